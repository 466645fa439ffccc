/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/reader.h"

#include "given.h"

typedef struct {
    Problems *problems;
    Lexer *lexer;
    Reader reader;
} Bench;

static Bench
open_bench(const char *text)
{
    Bench bench = {.problems = problems_new()};
    bench.lexer = lexer_new("p", text, strlen(text), bench.problems);
    bench.reader = (Reader){.lexer = bench.lexer, .problems = bench.problems};
    return bench;
}

static void
close_bench(Bench *bench)
{
    lexer_free(bench->lexer);
    problems_free(bench->problems);
}

static void
a_word_in_quotes_is_no_word(void **state)
{
    (void)state;
    Bench bench = open_bench("\"when\" when");
    assert_false(reader_take(&bench.reader, "when"));
    assert_true(reader_is_value(&bench.reader));
    g_autofree char *text = reader_take_text(&bench.reader, "a text");
    assert_string_equal(text, "when");
    assert_false(reader_is_value(&bench.reader));
    assert_true(reader_take(&bench.reader, "when"));
    assert_int_equal(problems_count(bench.problems), 0);
    close_bench(&bench);
}

static void
a_mistake_shows_little_of_what_was_found(void **state)
{
    (void)state;
    g_autofree char *many = g_strnfill(100000, 'x');
    Bench bench = open_bench(many);
    static const char *const known[] = {"rule", NULL};
    assert_false(reader_fail_expected(&bench.reader, "y"));
    assert_false(reader_fail_unknown(&bench.reader, "z", known));
    assert_true(strlen(problems_get(bench.problems, 0)) < 100);
    assert_true(strlen(problems_get(bench.problems, 1)) < 100);
    close_bench(&bench);
}

static void
values_are_words_or_texts(void **state)
{
    (void)state;
    Bench bench = open_bench("a, \"b c\", .d then");
    g_autoptr(GPtrArray) values =
        g_ptr_array_new_with_free_func((GDestroyNotify)ast_value_free);
    assert_true(reader_take_values(&bench.reader, values));
    assert_int_equal(values->len, 3);
    const Value *second = g_ptr_array_index(values, 1);
    assert_string_equal(second->text, "b c");
    assert_true(second->quoted);
    assert_int_equal(second->at.column, 4);
    assert_true(reader_is(&bench.reader, "then"));
    close_bench(&bench);
}

static void
values_are_limited(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("a");
    for (unsigned i = 0; i < READER_VALUES_LIMIT; i++)
        g_string_append(text, ",a");
    Bench bench = open_bench(text->str);
    g_autoptr(GPtrArray) values =
        g_ptr_array_new_with_free_func((GDestroyNotify)ast_value_free);
    assert_false(reader_take_values(&bench.reader, values));
    assert_non_null(strstr(problems_get(bench.problems, 0), "use a list file"));
    close_bench(&bench);
}

static void
names_are_plain_and_not_words_of_the_language(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"a", true},       {"a-b_c.9", true}, {"9", true},     {"-a", false},
        {".a", false},     {"and", false},    {"rule", false}, {"a/b", false},
        {"\u00e9", false}, {"\"a\"", false},  {"", false},     {"a%s", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Bench bench = open_bench(rows[i].text);
        g_autofree char *name = reader_take_name(&bench.reader, "rule");
        if ((name != NULL) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
        assert_int_equal(problems_count(bench.problems), rows[i].good ? 0 : 1);
        close_bench(&bench);
    }
    g_autofree char *long_name = g_strnfill(READER_NAME_LIMIT + 1, 'a');
    Bench bench = open_bench(long_name);
    assert_null(reader_take_name(&bench.reader, "rule"));
    close_bench(&bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_in_quotes_is_no_word),
        cmocka_unit_test(a_mistake_shows_little_of_what_was_found),
        cmocka_unit_test(values_are_words_or_texts),
        cmocka_unit_test(values_are_limited),
        cmocka_unit_test(names_are_plain_and_not_words_of_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
