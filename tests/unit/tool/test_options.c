/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const OptionRow rows[] = {
    {.name = "--from",
     .kind = OPTION_ONE,
     .value = "A",
     .required = true,
     .help = "sender"},
    {.name = "--to", .kind = OPTION_MANY, .value = "A", .help = "recipients"},
    {.name = "--header", .kind = OPTION_EACH, .value = "H", .help = "field"},
    {.name = "--json", .kind = OPTION_FLAG, .help = "as JSON"},
    {0}};

static Options *
parse(char *const *words, GError **error)
{
    return options_parse(rows, words, 0, 1, error);
}

static void
values_are_collected_by_name(void **state)
{
    (void)state;
    char *const words[] = {(char[]){"--to"},   (char[]){"b"},
                           (char[]){"c"},      (char[]){"--from=a"},
                           (char[]){"--to"},   (char[]){"d"},
                           (char[]){"--json"}, NULL};
    g_autoptr(Options) options = parse(words, NULL);
    assert_non_null(options);
    assert_string_equal(options_get(options, "--from"), "a");
    assert_int_equal(options_get_all(options, "--to")->len, 3);
    assert_string_equal(g_ptr_array_index(options_get_all(options, "--to"), 2),
                        "d");
    assert_true(options_has(options, "--json"));
    assert_false(options_has(options, "--header"));
    assert_null(options_get(options, "--header"));
    assert_int_equal(options_get_arguments(options)->len, 0);
}

static void
an_inline_value_may_be_empty_or_hold_anything(void **state)
{
    (void)state;
    char *const words[] = {(char[]){"--from="},
                           (char[]){"--header=X: --json=1"}, NULL};
    g_autoptr(Options) options = parse(words, NULL);
    assert_non_null(options);
    assert_string_equal(options_get(options, "--from"), "");
    assert_string_equal(options_get(options, "--header"), "X: --json=1");
    assert_false(options_has(options, "--json"));
}

static void
after_two_dashes_all_words_are_arguments(void **state)
{
    (void)state;
    char *const words[] = {(char[]){"--from"}, (char[]){"a"}, (char[]){"--"},
                           (char[]){"--json"}, NULL};
    g_autoptr(Options) options = parse(words, NULL);
    assert_non_null(options);
    assert_false(options_has(options, "--json"));
    assert_string_equal(g_ptr_array_index(options_get_arguments(options), 0),
                        "--json");
}

static void
each_mistake_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *line; /* words separated by '|' */
        const char *says;
    } cases[] = {
        {"--from|a|--jsno", "did you mean --json?"},
        {"--from|a|--zzzzzzzzzz", "unknown option --zzzzzzzzzz"},
        {"--from|a|-x", "unknown option -x"},
        {"--from|a|--x\x1b[31m", "\\u{1b}"},
        {"--from", "--from needs a value"},
        {"--from|--json", "--from needs a value"},
        {"--to|--from|a", "--to needs a value"},
        {"--from|a|--from|b", "--from is given twice"},
        {"--from=a|--from=b", "--from is given twice"},
        {"--from|a|--json=yes", "--json takes no value"},
        {"--json", "--from is missing"},
        {"--from|a|x|y", "unexpected argument y"},
        {"--from|a|b", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) words = g_strsplit(cases[i].line, "|", -1);
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = parse(words, &error);
        if (cases[i].says == NULL) {
            assert_non_null(options);
            continue;
        }
        assert_null(options);
        assert_non_null(error);
        if (strstr(error->message, cases[i].says) == NULL)
            fail_msg("\"%s\" says \"%s\"", cases[i].line, error->message);
    }
}

static void
a_missing_argument_is_a_mistake(void **state)
{
    (void)state;
    char *const words[] = {(char[]){"--from"}, (char[]){"a"}, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = options_parse(rows, words, 1, 1, &error);
    assert_null(options);
    assert_string_equal(error->message, "an argument is missing");
}

static void
every_option_is_described(void **state)
{
    (void)state;
    g_autofree char *text = options_describe(rows);
    for (const OptionRow *row = rows; row->name != NULL; row++) {
        assert_non_null(strstr(text, row->name));
        assert_non_null(strstr(text, row->help));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_collected_by_name),
        cmocka_unit_test(an_inline_value_may_be_empty_or_hold_anything),
        cmocka_unit_test(after_two_dashes_all_words_are_arguments),
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(a_missing_argument_is_a_mistake),
        cmocka_unit_test(every_option_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
