/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/parser.h"

#include "given.h"

static void
statements_read_as_the_design_prints_them(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"list a = x@example.fr, .gmail.com rule r when recipient in a then "
         "accept",
         ""},
        {"label a when signed rule r when labelled a then accept", ""},
        {"label a level 100 when signed rule r when labelled then accept", ""},
        {"rule r\nwhen\nsigned\nthen\naccept", ""},
        {"rule list-mail when kind is list\nthen accept", ""},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
mistakes_say_what_was_expected(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"policy 1", "stands once"},
        {"rul r then accept", "did you mean \"rule\""},
        {"accept", "is no statement"},
        {"rule", "expected the name of the rule"},
        {"rule \"r\" then accept", "expected the name of the rule"},
        {"rule when signed then accept", "is a word of the language"},
        {"rule a\u00e9 then accept", "a name has ASCII letters"},
        {"rule -a then accept", "a name has ASCII letters"},
        {"rule r", "expected \"then\""},
        {"rule r when signed accept", "\"and\", \"or\" or \"then\""},
        {"rule r mode shadow until 2027-01-01", "comes in a later version"},
        {"mode shadow until 2027-01-01", "comes in a later version"},
        {"label l", "expected \"when\""},
        {"label l level when signed", "a level from 1 to 100"},
        {"label l level 0 when signed", "a level from 1 to 100"},
        {"label l level 101 when signed", "a level from 1 to 100"},
        {"label l level -1 when signed", "a level from 1 to 100"},
        {"list l", "\"=\" and addresses, or \"from\""},
        {"list l =", "expected a value"},
        {"list l from group \"cn=x\"", "come in a later version"},
        {"list l from file", "the file's name, in quotes"},
        {"list l from \"x\" until 2027-01-01", "stands in the list file"},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
a_policy_begins_with_its_version(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"", "begins with \"policy 1\""},
        {"rule r then accept", "begins with \"policy 1\""},
        {"policy", "expected 1"},
        {"policy 2", "expected 1"},
        {"policy \"1\"", "expected 1"},
        {"# nothing", "begins with \"policy 1\""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *lines = given_mistakes(rows[i].text);
        if (strstr(lines, rows[i].said) == NULL)
            fail_msg("\"%s\" said: %s", rows[i].text, lines);
    }
}

static void
one_mistake_does_not_hide_the_next(void **state)
{
    (void)state;
    g_autofree char *lines = given_mistakes("policy 1\n"
                                            "list a = not\n"
                                            "label b when\n"
                                            "rule c when recipient in a and "
                                            "labelled b then accept\n"
                                            "  , sign\n"
                                            "ruel d then accept\n"
                                            "rule e then hold\n");
    static const char *const places[] = {
        "policy:2:", "policy:4:1:", "policy:6:", "policy:6:1:", "policy:7:"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        if (strstr(lines, places[i]) == NULL)
            fail_msg("%s not in: %s", places[i], lines);
    /* What uses a broken definition is not blamed as well. */
    assert_null(strstr(lines, "is called"));
}

static void
numbers_of_statements_are_limited(void **state)
{
    (void)state;
    static const struct {
        const char *statement;
        const char *said;
    } rows[] = {
        {"rule r%u when signed then accept\n", "at most 1000 rules"},
        {"label l%u when signed\n", "at most 100 labels"},
        {"list l%u = a@example.fr\n", "at most 1000 lists"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) text = g_string_new("policy 1\n");
        g_auto(GStrv) parts = g_strsplit(rows[i].statement, "%u", 2);
        for (unsigned k = 0; k <= 1000; k++)
            g_string_append_printf(text, "%s%u%s", parts[0], k, parts[1]);
        g_autofree char *lines = given_mistakes(text->str);
        assert_non_null(strstr(lines, rows[i].said));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_read_as_the_design_prints_them),
        cmocka_unit_test(mistakes_say_what_was_expected),
        cmocka_unit_test(a_policy_begins_with_its_version),
        cmocka_unit_test(one_mistake_does_not_hide_the_next),
        cmocka_unit_test(numbers_of_statements_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
