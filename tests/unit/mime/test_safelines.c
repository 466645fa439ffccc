/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/safelines.h"

#include "mime/decode.h"
#include "mime/scan.h"
#include "mime/scan_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define LONGEST    989
#define LINE_BYTES 78

/* Fifty lines of 76 characters. */
static GString *
make_lines(void)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 50; i++) {
        for (int k = 0; k < 76; k++)
            g_string_append_c(text, (char)('a' + (i * 7 + k) % 26));
        g_string_append(text, "\r\n");
    }
    return text;
}

static gsize
measure(const GString *text)
{
    gsize size = safelines_measure(text->str, text->len, LONGEST);
    assert_int_equal(safelines_measure_plainly(text->str, text->len, LONGEST),
                     size);
    return size;
}

/* Counted are lines before the one that holds at, and most of them. */
static void
assert_stops_before(const GString *text, gsize at)
{
    gsize line = at / LINE_BYTES * LINE_BYTES;
    gsize size = measure(text);
    assert_int_equal(size % LINE_BYTES, 0);
    assert_in_range(size, line - MIN(line, LINE_BYTES), line);
}

static void
safe_lines_pass_as_one(void **state)
{
    (void)state;
    g_autoptr(GString) text = make_lines();
    for (int i = 0; i < 10; i++)
        g_string_append_len(text, text->str, 3900);
    assert_int_equal(measure(text), text->len);
    g_string_append(text, "unfinished");
    assert_int_equal(measure(text), text->len - strlen("unfinished"));
}

static void
every_place_of_a_bad_byte_is_seen(void **state)
{
    (void)state;
    static const char bad[] = {'\0', '\200', '\r', '\n', '\377'};
    g_autoptr(GString) text = make_lines();
    for (gsize at = 0; at < text->len; at++) {
        if (text->str[at] == '\r' || text->str[at] == '\n')
            continue;
        for (gsize i = 0; i < sizeof bad; i++) {
            char before = text->str[at];
            text->str[at] = bad[i];
            assert_stops_before(text, at);
            text->str[at] = before;
        }
    }
    assert_int_equal(measure(text), text->len);
}

static void
every_line_that_needs_a_look_is_seen(void **state)
{
    (void)state;
    static const struct {
        gsize at; /* in the line */
        const char *put;
    } rows[] = {{0, "--"},  {0, "From "}, {75, " "},  {75, "\t"},
                {76, "xx"}, {76, "x\n"},  {76, "\rx"}};
    g_autoptr(GString) text = make_lines();
    for (gsize line = 0; line < 50; line++) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
            /* The last line's end is what makes it one. */
            if (line == 49 && rows[i].at == 76)
                continue;
            g_autoptr(GString) changed =
                g_string_new_len(text->str, (gssize)text->len);
            memcpy(changed->str + line * LINE_BYTES + rows[i].at, rows[i].put,
                   strlen(rows[i].put));
            bool is_longer = strcmp(rows[i].put, "xx") == 0;
            if (is_longer)
                assert_int_equal(measure(changed), changed->len);
            else
                assert_stops_before(changed, line * LINE_BYTES);
        }
    }
}

static void
a_line_that_is_too_long_is_seen(void **state)
{
    (void)state;
    const char *short_line = "a line before it\r\n";
    for (gsize before = 0; before < 4; before++) {
        for (gsize length = LONGEST - 1; length <= LONGEST + 3; length++) {
            g_autoptr(GString) text = g_string_new(NULL);
            for (gsize i = 0; i < before; i++)
                g_string_append(text, short_line);
            for (gsize i = 0; i < length; i++)
                g_string_append_c(text, 'x');
            g_string_append(text, "\r\nand one after it\r\n");
            assert_int_equal(measure(text), length > LONGEST
                                                ? before * strlen(short_line)
                                                : text->len);
        }
    }
}

static void
a_few_bytes_pass_too(void **state)
{
    (void)state;
    assert_int_equal(safelines_measure("", 0, LONGEST), 0);
    assert_int_equal(safelines_measure("a\r\n", 3, LONGEST), 3);
    assert_int_equal(safelines_measure("abc", 3, LONGEST), 0);
}

/* What a scan comes to, as text. */
static char *
describe(const char *body, gsize size, gsize chunk)
{
    g_autoptr(Message) message = message_new();
    assert_true(message_add_field(message, "Content-Type",
                                  " multipart/mixed; boundary=b", NULL));
    g_autoptr(Scan) scan = scan_new(message);
    for (gsize at = 0; at < size; at += chunk)
        scan_write(scan, body + at, MIN(chunk, size - at));
    scan_finish(scan);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%x %d", scan_get_faults(scan),
                           scan_has_own_boundary(scan));
    const GArray *parts = scan_get_parts(scan);
    for (guint i = 0; i < parts->len; i++) {
        const ScanPart *part = &g_array_index(parts, ScanPart, i);
        g_string_append_printf(text, "; %d %d %d %x %d",
                               (int)part->header_start, (int)part->body_start,
                               (int)part->body_end, part->faults, part->closed);
    }
    return g_string_free(text, FALSE);
}

static void
the_quick_way_and_the_slow_way_agree(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a safe line of text that says nothing at all\r\n",
        "another one, somewhat longer than the first of them is, so there\r\n",
        "--b\r\nContent-Type: text/plain\r\n\r\n",
        "--b--\r\n",
        "--=_sceau_0\r\n",
        "blank \r\n",
        "From me\r\n",
        "bare\rx\r\n",
        "bare\nx\r\n",
        "\303\251\r\n",
        "\r\n",
        "--b \r\n",
        "Free as air\r\n"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (int round = 0; round < 300; round++) {
        g_autoptr(GString) body = g_string_new("--b\r\n\r\n");
        for (int i = 0; i < 400; i++) {
            int which = g_rand_int_range(rand, 0, 100) < 97
                            ? g_rand_int_range(rand, 0, 2)
                            : g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces));
            g_string_append(body, pieces[which]);
        }
        g_autofree char *slow = describe(body->str, body->len, 1);
        g_autofree char *quick = describe(body->str, body->len, body->len);
        g_autofree char *chunks = describe(body->str, body->len, 5000);
        assert_string_equal(quick, slow);
        assert_string_equal(chunks, slow);
    }
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(safe_lines_pass_as_one),
        cmocka_unit_test(every_place_of_a_bad_byte_is_seen),
        cmocka_unit_test(every_line_that_needs_a_look_is_seen),
        cmocka_unit_test(a_line_that_is_too_long_is_seen),
        cmocka_unit_test(a_few_bytes_pass_too),
        cmocka_unit_test(the_quick_way_and_the_slow_way_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
