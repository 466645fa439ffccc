/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/quote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
each_sink_has_its_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *log, *terminal, *smtp, *json;
    } rows[] = {
        {"plain-1.2@x", "plain-1.2@x", "plain-1.2@x", "plain-1.2@x",
         "\"plain-1.2@x\""},
        {"", "\"\"", "", "", "\"\""},
        {"a b", "\"a b\"", "a b", "a b", "\"a b\""},
        {"a\"b\\", "\"a\\\"b\\\\\"", "a\"b\\", "a\"b\\", "\"a\\\"b\\\\\""},
        {"a\r\nb", "\"a\\u{d}\\nb\"", "a\\u{d}\\nb", "a??b",
         "\"a\\u000d\\nb\""},
        {"r\303\251vo", "\"r\303\251vo\"", "r\303\251vo", "revo",
         "\"r\303\251vo\""},
        {"\033[31m", "\"\\u{1b}[31m\"", "\\u{1b}[31m", "?[31m",
         "\"\\u001b[31m\""},
        {"a\342\200\256b", "\"a\\u{202e}b\"", "a\\u{202e}b", "a?b",
         "\"a\342\200\256b\""},
        {"l\342\200\231eau", "\"l\342\200\231eau\"", "l\342\200\231eau",
         "l'eau", "\"l\342\200\231eau\""},
        {"100 %", "\"100 %\"", "100 %", "100 %", "\"100 %\""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *log = quote_log(rows[i].text);
        g_autofree char *terminal = quote_terminal(rows[i].text);
        g_autofree char *smtp = quote_smtp(rows[i].text);
        g_autofree char *json = quote_json(rows[i].text);
        assert_string_equal(log, rows[i].log);
        assert_string_equal(terminal, rows[i].terminal);
        assert_string_equal(smtp, rows[i].smtp);
        assert_string_equal(json, rows[i].json);
    }
}

static void
bad_bytes_become_question_marks(void **state)
{
    (void)state;
    g_autofree char *log = quote_log("a\377\376b");
    assert_string_equal(log, "\"a??b\"");
    g_autofree char *json = quote_json("a\377b");
    assert_true(g_utf8_validate(json, -1, NULL));
}

static void
long_text_is_cut_between_characters(void **state)
{
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (int i = 0; i < shift; i++)
            g_string_append_c(text, 'a');
        for (int i = 0; i < 600; i++)
            g_string_append(text, "\342\202\254");
        g_autofree char *log = quote_terminal(text->str);
        assert_true(strlen(log) <= 515);
        assert_true(g_utf8_validate(log, -1, NULL));
        assert_true(g_str_has_suffix(log, "..."));
        assert_null(strchr(log, '?'));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sink_has_its_quotes),
        cmocka_unit_test(bad_bytes_become_question_marks),
        cmocka_unit_test(long_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
