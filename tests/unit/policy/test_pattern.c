/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/pattern.h"

#include "given.h"

static Truth
match(const char *text, const char *subject)
{
    g_autofree char *reason = NULL;
    Pattern *pattern = pattern_new(text, false, &reason);
    assert_non_null(pattern);
    guint budget = PATTERN_BUDGET;
    Truth truth = pattern_match(pattern, subject, &budget);
    pattern_free(pattern);
    return truth;
}

static void
a_pattern_matches_anywhere_without_case(void **state)
{
    (void)state;
    assert_int_equal(match("conf.d", "XX CONFID"), TRUTH_TRUE);
    assert_int_equal(match("^conf", "XX conf"), TRUTH_FALSE);
    assert_int_equal(match("\\.zed$", "plan.ZED"), TRUTH_TRUE);
    assert_int_equal(match("\u00e9t\u00e9", "ete"), TRUTH_TRUE);
    assert_int_equal(match("", ""), TRUTH_TRUE);
}

static void
a_pattern_over_its_limit_is_unknown(void **state)
{
    (void)state;
    g_autofree char *many = g_strnfill(4000, 'a');
    static const char *const hostile[] = {
        "^(a+)+$!",           "(a*)*b(a*)*c", "(a|aa)+$!",
        "(?:a?){40}a{4000}b", "((a)(?1)?)+!",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++)
        assert_int_not_equal(match(hostile[i], many), TRUTH_TRUE);
    many[3999] = '!';
    assert_int_equal(match("^(a+)+$", many), TRUTH_UNKNOWN);
}

static void
the_budget_is_shared_and_ends(void **state)
{
    (void)state;
    g_autofree char *reason = NULL;
    Pattern *pattern = pattern_new("^(a+)+$", false, &reason);
    guint budget = 100;
    assert_int_equal(pattern_match(pattern, "aaaaaaaaaaaaaaaaaaa!", &budget),
                     TRUTH_UNKNOWN);
    assert_int_equal(budget, 0);
    assert_int_equal(pattern_match(pattern, "a", &budget), TRUTH_UNKNOWN);
    budget = 100;
    assert_int_equal(pattern_match(pattern, "a", &budget), TRUTH_TRUE);
    pattern_free(pattern);
    pattern_free(NULL);
}

static void
a_broken_pattern_is_told(void **state)
{
    (void)state;
    static const char *const broken[] = {"(",   "[a",   "a{2,1}",
                                         "\\C", "(?<n", "*"};
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *reason = NULL;
        Pattern *pattern = pattern_new(broken[i], false, &reason);
        if (pattern != NULL)
            fail_msg("\"%s\" was taken", broken[i]);
        assert_non_null(strstr(reason, "at its byte"));
    }
}

static void
an_exact_pattern_keeps_its_accents(void **state)
{
    (void)state;
    g_autofree char *reason = NULL;
    Pattern *pattern = pattern_new("^\u00e9lodie@", true, &reason);
    guint budget = PATTERN_BUDGET;
    assert_int_equal(pattern_match(pattern, "elodie@x", &budget), TRUTH_FALSE);
    assert_int_equal(pattern_match(pattern, "\u00c9lodie@x", &budget),
                     TRUTH_TRUE);
    pattern_free(pattern);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_matches_anywhere_without_case),
        cmocka_unit_test(a_pattern_over_its_limit_is_unknown),
        cmocka_unit_test(the_budget_is_shared_and_ends),
        cmocka_unit_test(a_broken_pattern_is_told),
        cmocka_unit_test(an_exact_pattern_keeps_its_accents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
