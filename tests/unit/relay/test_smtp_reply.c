/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay/smtp_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Feeds bytes in pieces of step. */
static SmtpReplyState
feed(SmtpReplyReader *reader, const char *bytes, gsize size, gsize step,
     gsize *taken)
{
    SmtpReplyState state = SMTP_REPLY_MORE;
    for (*taken = 0; *taken < size && state == SMTP_REPLY_MORE;) {
        gsize used = 0;
        state = smtp_reply_read(reader, bytes + *taken,
                                MIN(step, size - *taken), &used);
        assert_true(used >= 1 && used <= step);
        *taken += used;
    }
    return state;
}

static void
replies_are_read_in_any_chunking(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int code;
        const char *text;
    } rows[] = {
        {"250 ok\r\n", 250, "ok"},
        {"250 ok\n", 250, "ok"},
        {"354\r\n", 354, ""},
        {"220 \r\n", 220, ""},
        {"250-mx\r\n250-DSN\r\n250 HELP\r\n", 250, "mx\nDSN\nHELP"},
        {"250-\r\n250-\r\n250\r\n", 250, "\n\n"},
        {"550 5.1.1 d\xC3\xA9j\xC3\xA0\x1B[1m\t\r\n", 550, "5.1.1 d??j???[1m?"},
        {"599-a\r\n599 b\r\r\n", 599, "a\nb?"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize step = 1; step < 12; step++) {
            g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
            gsize size = strlen(rows[i].bytes), taken = 0;
            assert_int_equal(feed(reader, rows[i].bytes, size, step, &taken),
                             SMTP_REPLY_DONE);
            assert_int_equal(taken, size);
            assert_int_equal(smtp_reply_get_code(reader), rows[i].code);
            assert_string_equal(smtp_reply_get_text(reader), rows[i].text);
        }
}

static void
what_is_no_reply_is_bad(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        gsize size;
    } rows[] = {
#define ROW(text) {text, sizeof text - 1}
        ROW("\r\n"),
        ROW("25\r\n"),
        ROW("hello\r\n"),
        ROW("199 low\r\n"),
        ROW("600 high\r\n"),
        ROW("000 none\r\n"),
        ROW("2x0 ok\r\n"),
        ROW("250ok\r\n"),
        ROW("250\tok\r\n"),
        ROW(" 250 ok\r\n"),
        ROW("-250 ok\r\n"),
        ROW("250-a\r\n251 b\r\n"),
        ROW("250-a\r\n550 b\r\n"),
        ROW("250-a\r\n\r\n"),
        ROW("250 a\0b\r\n"),
        ROW("\0"),
        ROW("HTTP/1.1 400 Bad Request\r\n"),
        ROW("\x15\x03\x01\x00\x02\x02\x46\n"),
#undef ROW
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
        gsize taken = 0;
        assert_int_equal(feed(reader, rows[i].bytes, rows[i].size, 5, &taken),
                         SMTP_REPLY_BAD);
    }
}

static void
an_unfinished_reply_wants_more(void **state)
{
    (void)state;
    static const char *const rows[] = {"",       "2",        "250",
                                       "250 ok", "250 ok\r", "250-ok\r\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
        gsize taken = 0;
        assert_int_equal(feed(reader, rows[i], strlen(rows[i]), 3, &taken),
                         SMTP_REPLY_MORE);
    }
}

static SmtpReplyState
read_line_of(gsize length, const char *end)
{
    g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
    g_autoptr(GString) bytes = g_string_new("250 ");
    while (bytes->len < length)
        g_string_append_c(bytes, 'x');
    g_string_append(bytes, end);
    gsize taken = 0;
    return feed(reader, bytes->str, bytes->len, 100, &taken);
}

static void
a_line_has_a_limit(void **state)
{
    (void)state;
    gsize most = SMTP_REPLY_MAX_LINE_BYTES;
    assert_int_equal(read_line_of(most, "\r\n"), SMTP_REPLY_DONE);
    assert_int_equal(read_line_of(most, "\n"), SMTP_REPLY_DONE);
    assert_int_equal(read_line_of(most + 1, "\r\n"), SMTP_REPLY_BAD);
    assert_int_equal(read_line_of(most + 1, "\n"), SMTP_REPLY_BAD);
    /* It does not wait for the end of what is too long anyway. */
    assert_int_equal(read_line_of(most + 2, ""), SMTP_REPLY_BAD);
    assert_int_equal(read_line_of(1 << 20, ""), SMTP_REPLY_BAD);
}

static SmtpReplyState
read_lines(unsigned count)
{
    g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
    g_autoptr(GString) bytes = g_string_new(NULL);
    for (unsigned i = 1; i < count; i++)
        g_string_append(bytes, "250-x\r\n");
    g_string_append(bytes, "250 x\r\n");
    gsize taken = 0;
    return feed(reader, bytes->str, bytes->len, 4096, &taken);
}

static void
a_reply_has_a_limit_of_lines(void **state)
{
    (void)state;
    assert_int_equal(read_lines(SMTP_REPLY_MAX_LINES), SMTP_REPLY_DONE);
    assert_int_equal(read_lines(SMTP_REPLY_MAX_LINES + 1), SMTP_REPLY_BAD);
}

static void
it_stops_at_the_end_of_one_reply(void **state)
{
    (void)state;
    static const char bytes[] = "250-a\r\n250 b\r\n550 c\r\n";
    g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
    gsize used = 0;
    assert_int_equal(smtp_reply_read(reader, bytes, strlen(bytes), &used),
                     SMTP_REPLY_DONE);
    assert_int_equal(used, strlen("250-a\r\n250 b\r\n"));
    assert_string_equal(smtp_reply_get_text(reader), "a\nb");
    assert_int_equal(
        smtp_reply_read(reader, bytes + used, strlen(bytes) - used, &used),
        SMTP_REPLY_DONE);
    assert_int_equal(smtp_reply_get_code(reader), 550);
    assert_string_equal(smtp_reply_get_text(reader), "c");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_read_in_any_chunking),
        cmocka_unit_test(what_is_no_reply_is_bad),
        cmocka_unit_test(an_unfinished_reply_wants_more),
        cmocka_unit_test(a_line_has_a_limit),
        cmocka_unit_test(a_reply_has_a_limit_of_lines),
        cmocka_unit_test(it_stops_at_the_end_of_one_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
