/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay/smtp.h"

#include "base/error.h"
#include "tests/fakes/fake_smtp.h"

#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

static Smtp *
open_to(FakeSmtp *fake, gint64 timeout_ms)
{
    Smtp *smtp = smtp_connect(fake_smtp_get_server(fake), timeout_ms, NULL);
    assert_non_null(smtp);
    return smtp;
}

static void
a_long_reply_gives_one_short_text_and_all_its_lines(void **state)
{
    (void)state;
    g_autofree char *padding = g_strnfill(1500, 'x');
    g_autofree char *first = g_strconcat("S:250-mx ", padding, NULL);
    const char *const script[] = {first, "S:250-SIZE 10", "S:250 dsn", NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    g_auto(SmtpReply) reply = {0};
    Smtp *smtp = open_to(fake, PATIENCE_MS);
    assert_true(smtp_read_reply(smtp, &reply, NULL));
    assert_int_equal(reply.code, 250);
    assert_int_equal(strlen(reply.text), 1024);
    assert_int_equal(g_strv_length(reply.lines), 3);
    /* What EHLO offers is not lost behind a long name. */
    assert_true(smtp_reply_offers(&reply, "DSN", NULL));
    smtp_free(smtp);
    g_free(fake_smtp_finish(fake));
}

static void
offers_are_first_words_of_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *keyword, *value;
        bool offered;
    } rows[] = {
        {"DSN", "DSN", NULL, true},
        {"dsn", "DSN", NULL, true},
        {"DSNX", "DSN", NULL, false},
        {"X DSN", "DSN", NULL, false},
        {"", "DSN", NULL, false},
        {" DSN", "DSN", NULL, false},
        {"AUTH LOGIN PLAIN", "AUTH", "PLAIN", true},
        {"AUTH=PLAIN", "AUTH", "PLAIN", true},
        {"AUTH LOGIN", "AUTH", "PLAIN", false},
        {"AUTH PLAINER", "AUTH", "PLAIN", false},
        {"AUTH", "AUTH", "PLAIN", false},
        {"PLAIN", "AUTH", "PLAIN", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *const lines[] = {"AUTH DSN PLAIN", rows[i].line, NULL};
        SmtpReply reply = {.code = 250,
                           .lines = g_strdupv((char **)(gintptr)lines)};
        if (smtp_reply_offers(&reply, rows[i].keyword, rows[i].value) !=
            rows[i].offered)
            fail_msg("%s", rows[i].line);
        smtp_reply_clear(&reply);
    }
    const SmtpReply none = {0};
    assert_false(smtp_reply_offers(&none, "DSN", NULL));
}

static void
a_command_gets_its_own_reply(void **state)
{
    (void)state;
    static const char *const script[] = {"S:220 hi", "C:NOOP one", "S:250-a",
                                         "S:250 b",  "C:NOOP two", "S:550 c",
                                         NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    g_auto(SmtpReply) reply = {0};
    Smtp *smtp = open_to(fake, PATIENCE_MS);
    assert_true(smtp_read_reply(smtp, &reply, NULL));
    assert_true(smtp_command(smtp, &reply, NULL, "NOOP %s", "one"));
    assert_int_equal(reply.code, 250);
    assert_string_equal(reply.text, "a b");
    assert_true(smtp_command(smtp, &reply, NULL, "NOOP %s", "two"));
    assert_int_equal(reply.code, 550);
    smtp_free(smtp);
    g_autofree char *heard = fake_smtp_finish(fake);
    assert_string_equal(heard, "NOOP one\r\nNOOP two\r\nQUIT\r\n");
}

static void
control_characters_are_never_sent(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\r\nDATA", "a\nb",  "a\rb",
                                      "a\tb",      "a\x01", "\x7F"};
    static const char *const script[] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        FakeSmtp *fake = fake_smtp_start(script);
        g_auto(SmtpReply) reply = {0};
        g_autoptr(GError) error = NULL;
        Smtp *smtp = open_to(fake, PATIENCE_MS);
        assert_false(
            smtp_command(smtp, &reply, &error, "RCPT TO:<%s>", bad[i]));
        assert_int_equal(error_get_class(error), ERROR_INTERNAL);
        smtp_free(smtp);
        g_autofree char *heard = fake_smtp_finish(fake);
        assert_string_equal(heard, "QUIT\r\n");
    }
}

/* Runs one command after the greeting; NULL: what failed. */
static char *
try_command(const char *const *script, gint64 timeout_ms, char **heard)
{
    FakeSmtp *fake = fake_smtp_start(script);
    g_auto(SmtpReply) reply = {0};
    g_autoptr(GError) error = NULL;
    char *result = NULL;
    Smtp *smtp = open_to(fake, timeout_ms);
    if (smtp_read_reply(smtp, &reply, &error) &&
        smtp_command(smtp, &reply, &error, "NOOP")) {
        result = g_strdup_printf("%d %s", reply.code, reply.text);
    } else {
        assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
        assert_true(g_str_has_prefix(error->message, "relay unix:/"));
        result = g_strdup(strstr(error->message, "sock: ") + 6);
    }
    smtp_free(smtp);
    *heard = fake_smtp_finish(fake);
    return result;
}

static void
a_relay_out_of_step_is_not_believed(void **state)
{
    (void)state;
    static const struct {
        const char *const script[4];
        const char *result, *heard;
    } rows[] = {
        {{"R:220 hi\r\n250 early\r\n", NULL}, "it answers unasked", ""},
        {{"R:220 hi\r\n354 early\r\n", NULL}, "it answers unasked", ""},
        {{"R:220 hi\r\n421 bye\r\n", NULL}, "421 bye", ""},
        {{"R:220 hi\r\nrubbish\r\n", NULL},
         "what it says is no SMTP reply",
         ""},
        {{"R:rubbish\r\n", NULL}, "what it says is no SMTP reply", ""},
        {{"S:220 hi", "C:NOOP", "R:\r\n", NULL},
         "what it says is no SMTP reply",
         "NOOP\r\n"},
        {{"S:220 hi", "C:NOOP", "R:250-a\r\n550 b\r\n", NULL},
         "what it says is no SMTP reply",
         "NOOP\r\n"},
        {{"CLOSE", NULL}, "the connection was closed", ""},
        {{"R:220 h", "CLOSE", NULL}, "the connection was closed", ""},
        {{"S:220 hi", "C:NOOP", "CLOSE", NULL},
         "the connection was closed",
         "NOOP\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *heard = NULL;
        g_autofree char *result =
            try_command(rows[i].script, PATIENCE_MS, &heard);
        assert_string_equal(result, rows[i].result);
        assert_string_equal(heard, rows[i].heard);
    }
}

static void
silence_ends_at_the_deadline(void **state)
{
    (void)state;
    static const struct {
        const char *const script[4];
        const char *heard;
    } rows[] = {
        {{"FREEZE", NULL}, ""},
        {{"R:220 h", "FREEZE", NULL}, ""},
        {{"R:220-hi\r\n", "FREEZE", NULL}, ""},
        {{"S:220 hi", "C:NOOP", "FREEZE", NULL}, "NOOP\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *heard = NULL;
        g_autofree char *result = try_command(rows[i].script, 100, &heard);
        assert_string_equal(result, "no answer in time");
        /* Nor is it told QUIT. */
        assert_string_equal(heard, rows[i].heard);
    }
}

/* What goes over the wire for content, in pieces of step. */
static char *
send_content(const char *content, gsize step, bool end)
{
    static const char *const script[] = {"C:DATA", "S:354 go", "CONTENT",
                                         "S:250 ok", NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    g_auto(SmtpReply) reply = {0};
    Smtp *smtp = open_to(fake, PATIENCE_MS);
    bool unanswered = false;
    assert_true(smtp_begin_content(smtp, &reply, NULL));
    bool fine = true;
    g_autoptr(GError) error = NULL;
    for (gsize at = 0; at < strlen(content) && fine; at += step)
        fine = smtp_send_content(smtp, content + at,
                                 MIN(step, strlen(content) - at), &error);
    if (fine && end)
        fine = smtp_end_content(smtp, &reply, &unanswered, &error);
    if (fine && end)
        assert_int_equal(reply.code, 250);
    assert_false(unanswered);
    if (!fine)
        assert_int_equal(error_get_class(error), ERROR_MALFORMED);
    smtp_free(smtp);
    g_autofree char *heard = fake_smtp_finish(fake);
    assert_true(g_str_has_prefix(heard, "DATA\r\n"));
    return fine ? g_strdup(heard + 6) : NULL;
}

static void
content_is_dot_stuffed_in_any_chunking(void **state)
{
    (void)state;
    static const struct {
        const char *content, *wire;
    } rows[] = {
        {"", ".\r\n"},
        {"a\r\n", "a\r\n.\r\n"},
        {"a", "a\r\n.\r\n"},
        {".", "..\r\n.\r\n"},
        {".\r\n", "..\r\n.\r\n"},
        {"a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
        {"..\r\n", "...\r\n.\r\n"},
        {"a.\r\n.b.\r\n\r\n", "a.\r\n..b.\r\n\r\n.\r\n"},
        {"a\r\n.\r\nMAIL FROM:<x>\r\n", "a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"},
        {"\xFF\x01\x7F\r\n", "\xFF\x01\x7F\r\n.\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize step = 1; step < 6; step++) {
            /* An empty message has no CRLF before the dot that the fake could
             * wait for. */
            if (*rows[i].content == '\0')
                continue;
            g_autofree char *wire = send_content(rows[i].content, step, true);
            g_autofree char *wanted =
                g_strconcat(rows[i].wire, "QUIT\r\n", NULL);
            assert_non_null(wire);
            assert_string_equal(wire, wanted);
        }
}

static void
a_cr_or_lf_alone_is_never_sent(void **state)
{
    (void)state;
    static const char *const rows[] = {"a\nb\r\n", "a\rb\r\n", "\n",
                                       "\r",       "a\r\r\n",  "a\r\n\n",
                                       "a\n.\nb",  "a\r.\r",   "a\r\n\r"};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize step = 1; step < 4; step++)
            if (send_content(rows[i], step, true) != NULL)
                fail_msg("row %u, step %u", (unsigned)i, (unsigned)step);
}

static void
content_that_is_dropped_is_no_message(void **state)
{
    (void)state;
    /* Neither a dot nor QUIT: they would be its last lines. */
    g_autofree char *wire = send_content("a\r\nb", 10, false);
    assert_string_equal(wire, "a\r\nb");
}

static void
no_content_without_354(void **state)
{
    (void)state;
    static const char *const script[] = {"C:DATA", "S:250 what?", NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    g_auto(SmtpReply) reply = {0};
    Smtp *smtp = open_to(fake, PATIENCE_MS);
    assert_true(smtp_begin_content(smtp, &reply, NULL));
    assert_int_equal(reply.code, 250);
    smtp_free(smtp);
    g_autofree char *heard = fake_smtp_finish(fake);
    assert_string_equal(heard, "DATA\r\nQUIT\r\n");
}

static void
an_unanswered_dot_is_told_apart(void **state)
{
    (void)state;
    static const char *const script[] = {"C:DATA", "S:354 go", "CONTENT",
                                         "CLOSE", NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    g_auto(SmtpReply) reply = {0};
    g_autoptr(GError) error = NULL;
    Smtp *smtp = open_to(fake, PATIENCE_MS);
    bool unanswered = false;
    assert_true(smtp_begin_content(smtp, &reply, NULL));
    assert_true(smtp_send_content(smtp, "a\r\n", 3, NULL));
    assert_false(smtp_end_content(smtp, &reply, &unanswered, &error));
    assert_true(unanswered);
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    smtp_free(smtp);
    g_free(fake_smtp_finish(fake));
}

static void
clear_text_behind_starttls_is_not_believed(void **state)
{
    (void)state;
    static const char *const script[] = {
        "C:STARTTLS", "R:220 go\r\n250-x\r\n250 AUTH PLAIN\r\n", NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    g_auto(SmtpReply) reply = {0};
    g_autoptr(GError) error = NULL;
    Smtp *smtp = open_to(fake, PATIENCE_MS);
    assert_true(smtp_command(smtp, &reply, NULL, "STARTTLS"));
    assert_false(
        smtp_start_tls(smtp, fake_smtp_get_ca(fake), "relay.test", &error));
    assert_non_null(strstr(error->message, "unasked"));
    smtp_free(smtp);
    g_free(fake_smtp_finish(fake));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_reply_gives_one_short_text_and_all_its_lines),
        cmocka_unit_test(offers_are_first_words_of_lines),
        cmocka_unit_test(a_command_gets_its_own_reply),
        cmocka_unit_test(control_characters_are_never_sent),
        cmocka_unit_test(a_relay_out_of_step_is_not_believed),
        cmocka_unit_test(silence_ends_at_the_deadline),
        cmocka_unit_test(content_is_dot_stuffed_in_any_chunking),
        cmocka_unit_test(a_cr_or_lf_alone_is_never_sent),
        cmocka_unit_test(content_that_is_dropped_is_no_message),
        cmocka_unit_test(no_content_without_354),
        cmocka_unit_test(an_unanswered_dot_is_told_apart),
        cmocka_unit_test(clear_text_behind_starttls_is_not_believed),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
