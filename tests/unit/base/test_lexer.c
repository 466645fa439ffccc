/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/lexer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* The tokens of text as "kind:text@line:column" with blanks between. */
static char *
tokens_of(const char *text, gsize size, Problems *problems)
{
    static const char *const kinds[] = {"end", "word", "string", "mark"};
    g_autoptr(Lexer) lexer = lexer_new("f", text, size, problems);
    GString *all = g_string_new(NULL);
    const Token *token;
    while ((token = lexer_next(lexer))->kind != TOKEN_END)
        g_string_append_printf(all, "%s:%s@%u:%u ", kinds[token->kind],
                               token->text, token->at.line, token->at.column);
    assert_int_equal(lexer_next(lexer)->kind, TOKEN_END);
    assert_int_equal(lexer_peek_second(lexer)->kind, TOKEN_END);
    return g_string_free(all, FALSE);
}

static void
text_becomes_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        {"", ""},
        {"a=b", "word:a@1:1 mark:=@1:2 word:b@1:3 "},
        {"# all\na # b\n", "word:a@2:1 "},
        {"a#b", "word:a#b@1:1 "},
        {"\"x y\",{", "string:x y@1:1 mark:,@1:6 mark:{@1:7 "},
        {"\"a\\\"b\\c\"", "string:a\"b\\c@1:1 "},
        {"\"\"", "string:@1:1 "},
        {"10.1.2.0/24 1MiB", "word:10.1.2.0/24@1:1 word:1MiB@1:13 "},
        {"\"\303\251\" z", "string:\303\251@1:1 word:z@1:5 "},
        {"(a)\r\n\t}", "mark:(@1:1 word:a@1:2 mark:)@1:3 mark:}@2:2 "},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_autofree char *tokens =
            tokens_of(rows[i].text, strlen(rows[i].text), problems);
        assert_string_equal(tokens, rows[i].tokens);
        assert_int_equal(problems_count(problems), 0);
    }
}

static void
broken_text_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        gsize size;
        const char *problem;
    } rows[] = {
        {"a\n \"open\nb", 10, "f:2:2: this quoted text does not end"},
        {"ab\0c", 4, "f:1:3: NUL byte"},
        {"\303\251 \377", 4, "f:1:3: this is not UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_free(tokens_of(rows[i].text, rows[i].size, problems));
        assert_int_equal(problems_count(problems), 1);
        assert_ptr_equal(strstr(problems_get(problems, 0), rows[i].problem),
                         problems_get(problems, 0));
    }
}

static void
files_that_cannot_be_read_are_told(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    assert_null(lexer_load("/nonexistent/x", problems));
    assert_null(lexer_load("/tmp", problems));
    assert_null(lexer_load("/dev/zero", problems));
    assert_int_equal(problems_count(problems), 3);
    assert_non_null(strstr(problems_get(problems, 0), "/nonexistent/x"));
}

static void
words_are_told_from_strings(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Lexer) lexer = lexer_new("f", "\"when\" when =", 13, problems);
    assert_false(lexer_is_word(lexer_next(lexer), "when"));
    assert_true(lexer_is_word(lexer_next(lexer), "when"));
    assert_true(lexer_is_mark(lexer_peek(lexer), '='));
    assert_false(lexer_is_mark(lexer_peek(lexer), ','));
}

static void
sizes_and_durations_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        gint64 size, duration; /* -1: not readable */
    } rows[] = {
        {"0", 0, 0},
        {"10", 10, -1},
        {"64KiB", 65536, -1},
        {"1MiB", 1048576, -1},
        {"10kB", 10000, -1},
        {"250ms", -1, 250},
        {"30s", -1, 30000},
        {"5min", -1, 300000},
        {"24h", -1, 86400000},
        {"2d", -1, 172800000},
        {"", -1, -1},
        {"-1", -1, -1},
        {"1 MiB", -1, -1},
        {"1mib", -1, -1},
        {"0x10", -1, -1},
        {"99999999999999999999", -1, -1},
        {"9999999999999GiB", -1, -1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 size = 0;
        gint64 duration = 0;
        assert_int_equal(lexer_parse_size(rows[i].text, &size),
                         rows[i].size >= 0);
        if (rows[i].size >= 0)
            assert_int_equal(size, rows[i].size);
        assert_int_equal(lexer_parse_duration(rows[i].text, &duration),
                         rows[i].duration >= 0);
        if (rows[i].duration >= 0)
            assert_int_equal(duration, rows[i].duration);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_tokens),
        cmocka_unit_test(broken_text_is_told_with_its_place),
        cmocka_unit_test(files_that_cannot_be_read_are_told),
        cmocka_unit_test(words_are_told_from_strings),
        cmocka_unit_test(sizes_and_durations_have_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
