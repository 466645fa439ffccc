/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/explain.h"

#include "given.h"

static void
each_aspect_names_its_rule_and_place(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(
        "label red level 3 when submitted\n"
        "rule a when labelled then encrypt required for this recipient,\n"
        "  refuse fr \"non\" en \"no\", on lost refuse");
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    g_autofree char *text = explain_decision(decision);
    assert_string_equal(
        text, "verdict    refuse - rule a (policy:3)\n"
              "           fr \"non\"\n"
              "           en \"no\"\n"
              "encrypt    required for this recipient - rule a (policy:3)\n"
              "sign       never - default\n"
              "on lost    refuse - rule a (policy:3)\n"
              "label      red, level 3\n"
              "\n"
              "label red (line 2) applies: submitted (line 2) is true\n"
              "rule a (line 3) applies: labelled (line 3) is true; so encrypt "
              "required for this recipient, refuse, on lost refuse\n");
}

static void
what_no_rule_sets_is_default(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy("");
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    g_autofree char *text = explain_decision(decision);
    assert_string_equal(text, "verdict    deliver - default\n"
                              "encrypt    never - default\n"
                              "sign       never - default\n\n");
}

static void
forms_are_told_where_a_rule_set_them(void **state)
{
    (void)state;
    g_autoptr(Policy) policy =
        given_policy("rule a then cipher aes-256-gcm, sign opaque,\n"
                     "  subject replace \"...\", protect headers");
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    g_autofree char *text = explain_decision(decision);
    assert_non_null(strstr(text, "cipher     aes-256-gcm - rule a (policy:2)\n"
                                 "sign       opaque - rule a (policy:2)\n"
                                 "subject    replace \"...\" - rule a "
                                 "(policy:2)\n"
                                 "protect    headers - rule a (policy:2)\n"));
}

static void
what_could_not_be_decided_says_why(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy("rule a when signed then defer");
    g_autoptr(PolicyFacts) facts = given_facts();
    facts->is_signed = TRUTH_UNKNOWN;
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    g_autofree char *text = explain_decision(decision);
    assert_true(g_str_has_prefix(
        text, "verdict    could not decide - rule a (line 2): signed (line 2) "
              "is unknown, for bob@partner.example\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_aspect_names_its_rule_and_place),
        cmocka_unit_test(what_no_rule_sets_is_default),
        cmocka_unit_test(forms_are_told_where_a_rule_set_them),
        cmocka_unit_test(what_could_not_be_decided_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
