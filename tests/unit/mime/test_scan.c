/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/scan.h"

#include "mime/decode.h"
#include "mime/scan_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* A message with the given Content-Type, scanned in chunks. */
static Scan *
scan_of(Message *message, const char *type, const char *body, gsize chunk)
{
    if (type != NULL && message_count_fields(message) == 0)
        assert_true(message_add_field(message, "Content-Type", type, NULL));
    Scan *scan = scan_new(message);
    gsize size = strlen(body);
    for (gsize at = 0; at < size; at += chunk)
        scan_write(scan, body + at, MIN(chunk, size - at));
    scan_finish(scan);
    return scan;
}

static void
faults_are_seen_whatever_the_chunks(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
        unsigned faults, parts;
    } rows[] = {
        {NULL, "safe\r\ntext\r\n", 0, 1},
        {NULL, "", 0, 1},
        {NULL, "no end", FAULT_NO_FINAL_CRLF, 1},
        {NULL, "\303\251\r\n", FAULT_8BIT, 1},
        {NULL, "a\rb\r\n", FAULT_BARE_CR, 1},
        {NULL, "a\r", FAULT_BARE_CR | FAULT_NO_FINAL_CRLF, 1},
        {NULL, "a\nb\r\n", FAULT_BARE_LF, 1},
        {NULL, "blank \r\n", FAULT_TRAILING_BLANK, 1},
        {NULL, "From me\r\n", FAULT_FROM_LINE, 1},
        {NULL, ">From me\r\n", 0, 1},
        {" text", "x\r\n", FAULT_MALFORMED_TREE, 1},
        {" multipart/mixed; boundary=b",
         "pre\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: "
         "text/html\r\n\r\ntwo\r\n--b--\r\npost\r\n",
         0, 3},
        {" multipart/mixed; boundary=b", "--b\r\n\r\none\r\n",
         FAULT_MALFORMED_TREE, 2},
        {" multipart/mixed; boundary=b", "nothing\r\n", FAULT_MALFORMED_TREE,
         1},
        {" multipart/mixed; boundary=b", "--b--\r\n", FAULT_MALFORMED_TREE, 1},
        {" multipart/mixed", "--b\r\n\r\nx\r\n--b--\r\n", FAULT_MALFORMED_TREE,
         1},
        {" multipart/mixed; boundary=b", "--b \r\n\r\none\r\n--b--\r\n",
         FAULT_MALFORMED_TREE | FAULT_TRAILING_BLANK, 2},
        {" multipart/mixed; boundary=b", "--b\r\n\r\n--bx\r\n--b--\r\n",
         FAULT_MALFORMED_TREE, 2},
        {" multipart/mixed; boundary=b",
         "--b\r\nno header\r\n\r\nx\r\n--b--\r\n", FAULT_MALFORMED_TREE, 2},
        {" multipart/mixed; boundary=b", "--b\r\nA: x\r\n--b--\r\n",
         FAULT_MALFORMED_TREE, 2},
        {" multipart/mixed; boundary=b",
         "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
         "--c\r\n\r\nx\r\n--b--\r\n",
         FAULT_MALFORMED_TREE, 3},
        {" multipart/mixed; boundary=b",
         "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\nlate\r\n", FAULT_MALFORMED_TREE,
         3},
        {" multipart/mixed; boundary=b",
         "--b\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\nx\r\n"
         "--b--\r\n",
         FAULT_MALFORMED_TREE, 2},
        {" message/rfc822",
         "Subject: in\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
         "--b\r\n\r\nx\r\n--b--\r\n",
         0, 3},
        {" message/rfc822", "", FAULT_MALFORMED_TREE, 2},
        {" multipart/digest; boundary=b",
         "--b\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n", 0, 3},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        static const gsize chunks[] = {1, 3, 1000};
        for (gsize c = 0; c < 3; c++) {
            g_autoptr(Message) message = message_new();
            g_autoptr(Scan) scan =
                scan_of(message, rows[i].type, rows[i].body, chunks[c]);
            if (scan_get_faults(scan) != rows[i].faults ||
                scan_get_parts(scan)->len != rows[i].parts)
                fail_msg("row %zu, chunks of %zu: faults %x, %u parts", i,
                         chunks[c], scan_get_faults(scan),
                         scan_get_parts(scan)->len);
        }
    }
}

static void
parts_have_their_places(void **state)
{
    (void)state;
    static const char body[] = "--b\r\nContent-Type: text/html\r\n\r\none\r\n"
                               "--b\r\n\r\n\r\n--b--\r\n";
    g_autoptr(Message) message = message_new();
    g_autoptr(Scan) scan =
        scan_of(message, " multipart/mixed; boundary=b", body, 1000);
    const GArray *parts = scan_get_parts(scan);
    assert_int_equal(parts->len, 3);
    const ScanPart *one = &g_array_index(parts, ScanPart, 1);
    assert_string_equal(one->type, "text/html");
    assert_int_equal(one->header_start, 5);
    assert_memory_equal(body + one->body_start, "one", 3);
    assert_int_equal(one->body_end, one->body_start + 3);
    const ScanPart *two = &g_array_index(parts, ScanPart, 2);
    assert_string_equal(two->type, "text/plain");
    assert_int_equal(two->body_end, two->body_start);
    const ScanPart *root = &g_array_index(parts, ScanPart, 0);
    assert_int_equal(root->body_end, strlen(body));
}

static void
long_lines_and_zeroes_are_seen(void **state)
{
    (void)state;
    for (gsize length = 988; length < 992; length++) {
        g_autofree char *line = g_strnfill(length, 'x');
        g_autofree char *body = g_strconcat(line, "\r\n", NULL);
        g_autoptr(Message) message = message_new();
        g_autoptr(Scan) scan = scan_of(message, NULL, body, 100);
        assert_int_equal(scan_get_faults(scan),
                         length > 989 ? FAULT_LONG_LINE : 0);
    }
    g_autoptr(Message) message = message_new();
    g_autoptr(Scan) scan = scan_new(message);
    scan_write(scan, "a\0b\r\n", 5);
    scan_finish(scan);
    assert_int_equal(scan_get_faults(scan), FAULT_NUL);
}

static void
limits_end_the_looking_not_the_program(void **state)
{
    (void)state;
    g_autoptr(GString) many = g_string_new(NULL);
    for (int i = 0; i < 3000; i++)
        g_string_append(many, "--b\r\n\r\nx\r\n");
    g_string_append(many, "--b--\r\n");
    g_autoptr(Message) message = message_new();
    g_autoptr(Scan) wide =
        scan_of(message, " multipart/mixed; boundary=b", many->str, 4096);
    assert_true((scan_get_faults(wide) & FAULT_LIMIT) != 0);
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 500; i++)
        g_string_append(deep, "Content-Type: message/rfc822\r\n\r\n");
    g_autoptr(Message) nested = message_new();
    g_autoptr(Scan) scan = scan_of(nested, " message/rfc822", deep->str, 4096);
    assert_true((scan_get_faults(scan) & FAULT_LIMIT) != 0);
    g_autofree char *header = g_strnfill(200000, 'h');
    g_autoptr(Message) tall = message_new();
    g_autofree char *body = g_strconcat("X: ", header, "\r\n\r\nx\r\n", NULL);
    g_autoptr(Scan) huge = scan_of(tall, " message/rfc822", body, 4096);
    assert_true((scan_get_faults(huge) & FAULT_LIMIT) != 0);
}

static void
labels_and_headers_of_the_message_count(void **state)
{
    (void)state;
    g_autoptr(Message) message = message_new();
    assert_true(
        message_add_field(message, "Content-Transfer-Encoding", " 8bit", NULL));
    g_autoptr(Scan) scan = scan_of(message, NULL, "x\r\n", 10);
    assert_int_equal(scan_get_faults(scan), FAULT_8BIT_LABEL);
    g_autoptr(Message) twice = message_new();
    assert_true(message_add_field(twice, "Content-Type", " a/b", NULL));
    assert_true(message_add_field(twice, "content-type", " c/d", NULL));
    g_autoptr(Scan) two = scan_of(twice, NULL, "x\r\n", 10);
    assert_int_equal(scan_get_faults(two), FAULT_MALFORMED_TREE);
    g_autoptr(Message) raw = message_new();
    assert_true(message_add_field(raw, "Content-Type",
                                  " a/b; name=\"\303\251\"", NULL));
    g_autoptr(Scan) unsafe = scan_of(raw, NULL, "x\r\n", 10);
    assert_true(
        g_array_index(scan_get_parts(unsafe), ScanPart, 0).header_unsafe);
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_seen_whatever_the_chunks),
        cmocka_unit_test(parts_have_their_places),
        cmocka_unit_test(long_lines_and_zeroes_are_seen),
        cmocka_unit_test(limits_end_the_looking_not_the_program),
        cmocka_unit_test(labels_and_headers_of_the_message_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
