/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/facts.h"

#include "manual.h"

static void
every_fact_has_its_line_in_the_manual(void **state)
{
    (void)state;
    g_autofree char *manual = manual_load();
    g_auto(GStrv) section = manual_find_section(manual, "FACTS");
    for (const FactRow *row = facts_table; row->name != NULL; row++) {
        const char *moment = manual_find_entry(section, row->name);
        if (moment == NULL)
            fail_msg("%s is not documented", row->name);
        g_autofree char *expected =
            g_strdup_printf(".Pq %s", facts_get_moment_name(row->moment));
        assert_string_equal(moment, expected);
    }
}

static void
every_line_of_the_manual_is_a_fact(void **state)
{
    (void)state;
    g_autofree char *manual = manual_load();
    g_auto(GStrv) section = manual_find_section(manual, "FACTS");
    unsigned count = 0;
    for (char **line = section; *line != NULL; line++) {
        g_autofree char *name = manual_read_name(*line);
        if (name == NULL)
            continue;
        count++;
        if (facts_find(name) == NULL)
            fail_msg("%s is documented and unknown", name);
    }
    assert_true(count > 10);
}

static void
kinds_and_manual_agree(void **state)
{
    (void)state;
    g_autofree char *manual = manual_load();
    g_auto(GStrv) section = manual_find_section(manual, "KINDS");
    unsigned kinds = 0, documented = 0;
    for (const FactKindRow *row = facts_kinds; row->word != NULL; row++) {
        kinds++;
        if (manual_find_entry(section, row->word) == NULL)
            fail_msg("%s is not documented", row->word);
    }
    for (char **line = section; *line != NULL; line++)
        if (g_str_has_prefix(*line, ".It Ic "))
            documented++;
    assert_int_equal(kinds, documented);
}

static void
every_row_is_complete(void **state)
{
    (void)state;
    for (const FactRow *row = facts_table; row->name != NULL; row++) {
        assert_ptr_equal(facts_find(row->name), row);
        assert_int_not_equal(row->operators, 0);
        assert_true(strlen(row->help) > 5);
        assert_true(row->help[strlen(row->help) - 1] != '.');
        assert_false(facts_is_later(row->name));
    }
    assert_null(facts_find("nothing"));
    assert_true(facts_is_later("msip-label"));
}

static void
the_operators_of_a_fact_read_as_a_list(void **state)
{
    (void)state;
    g_autofree char *sender = facts_make_operator_list(facts_find("sender"));
    assert_string_equal(sender, "is, in, has or matches");
    g_autofree char *kind = facts_make_operator_list(facts_find("kind"));
    assert_string_equal(kind, "is");
    g_autofree char *flag = facts_make_operator_list(facts_find("signed"));
    assert_string_equal(flag, "");
}

/* Every fact may be asked as its row says, and means something. */
static void
every_fact_and_operator_can_be_written(void **state)
{
    (void)state;
    static const FactOperator verbs[] = {
        OPERATOR_PRESENT, OPERATOR_IS,       OPERATOR_IN,
        OPERATOR_HAS,     OPERATOR_HAS_WORD, OPERATOR_MATCHES,
        OPERATOR_OVER,    OPERATOR_UNDER,    OPERATOR_AT_LEAST,
    };
    for (const FactRow *row = facts_table; row->name != NULL; row++)
        for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
            if ((row->operators & verbs[i]) == 0)
                continue;
            const char *value = verbs[i] == OPERATOR_PRESENT  ? ""
                                : verbs[i] == OPERATOR_IN     ? "l"
                                : row->type == FACT_TYPE_SIZE ? "1MiB"
                                : row->type == FACT_TYPE_KIND ? "list"
                                : row->type == FACT_TYPE_LEVEL
                                    ? "1"
                                    : "\"x@example.fr\"";
            g_autofree char *rules = g_strdup_printf(
                "list l = a@example.fr label a when signed\n"
                "rule r when recipient in l and labelled and %s%s %s %s\n"
                "then encrypt required",
                row->name, row->named ? " \"X\"" : "",
                facts_get_operator_name(verbs[i]), value);
            g_autoptr(Policy) policy = given_policy(rules);
            assert_non_null(policy);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact_has_its_line_in_the_manual),
        cmocka_unit_test(every_line_of_the_manual_is_a_fact),
        cmocka_unit_test(kinds_and_manual_agree),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(the_operators_of_a_fact_read_as_a_list),
        cmocka_unit_test(every_fact_and_operator_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
