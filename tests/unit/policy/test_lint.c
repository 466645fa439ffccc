/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/lint.h"

#include "given.h"

#define LABELS                                                                 \
    "label red level 3 when subject has \"r\" label pink level 1 when "        \
    "subject has \"p\"\n"
#define PROTECT "\nrule protect when labelled then encrypt required"

static void
what_lets_labelled_mail_out_is_warned_of(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {LABELS "rule a when recipient is inside then accept" PROTECT,
         "warning: \"accept\" of rule a can let out mail labelled red"},
        {LABELS "rule a when kind is bounce then encrypt never" PROTECT,
         "\"encrypt never\" of rule a"},
        {LABELS "rule a when kind is bounce then encrypt if-possible" PROTECT,
         "\"encrypt if-possible\" of rule a"},
        {LABELS "rule a when kind is bounce then on none clear" PROTECT,
         "\"on none clear\" of rule a"},
        {LABELS "rule a when labelled pink then accept" PROTECT,
         "mail labelled red"},
        {LABELS
         "rule a when kind is bounce and not labelled pink then accept" PROTECT,
         "mail labelled red"},
        {LABELS
         "rule a when kind is bounce or not labelled then accept" PROTECT,
         "of rule a"},
        {LABELS "rule a when not level at least 2 then accept" PROTECT,
         "mail labelled pink"},
        {LABELS "rule a when signed then accept rule b when labelled then "
                "refuse fr \"f\" en \"e\"",
         "before rule b"},
        {LABELS "rule a when signed then accept rule b when labelled red or "
                "encrypted then encrypt by-sender",
         "before rule b"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        given_check_mistakes(&rows[i], 1);
}

static void
what_says_not_labelled_is_not(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {LABELS
         "rule a when recipient is inside and not labelled then accept" PROTECT,
         ""},
        {LABELS "rule a when (kind is list or signed) and not labelled red, "
                "pink then accept" PROTECT,
         ""},
        {LABELS "rule a when not (labelled or signed) then accept" PROTECT, ""},
        {LABELS "rule a when not level at least 1 then accept" PROTECT, ""},
        {LABELS
         "rule a when signed then sign never, on not-allowed clear" PROTECT,
         ""},
        /* Protected before. */
        {LABELS "rule first when labelled then encrypt required rule a when "
                "signed then encrypt never rule b when labelled then encrypt "
                "required",
         ""},
        /* Nothing protects later. */
        {LABELS "rule a when labelled then sign required rule b when signed "
                "then accept",
         ""},
        /* A refusal still refuses what must not be encrypted. */
        {LABELS "rule a when signed then encrypt never rule b when labelled "
                "then refuse fr \"f\" en \"e\"",
         ""},
        /* The rule is about what has no label. */
        {LABELS "rule a when signed then accept rule b when not labelled then "
                "encrypt required rule c when labelled then sign required",
         ""},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
what_is_of_no_use_is_warned_of(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"label l when signed", "no rule asks for the label \"l\""},
        {"list l = a@b.fr", "nothing asks for the list \"l\""},
        {"rule r when labelled then accept", "defines no label"},
        {LABELS "rule r when level at least 4 or labelled then accept",
         "no label has this level"},
        {"", "has no rule"},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
warnings_are_no_mistakes(void **state)
{
    (void)state;
    static const char text[] = "policy 1 label l when signed";
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Policy) policy =
        policy_parse("policy", text, strlen(text), problems);
    assert_non_null(policy);
    assert_int_equal(problems_count(problems), 0);
    assert_true(problems_is_warning(problems, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lets_labelled_mail_out_is_warned_of),
        cmocka_unit_test(what_says_not_labelled_is_not),
        cmocka_unit_test(what_is_of_no_use_is_warned_of),
        cmocka_unit_test(warnings_are_no_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
