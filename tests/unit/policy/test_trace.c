/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/trace.h"

#include "given.h"

static void
each_line_says_why(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(
        "label red level 3 when subject has word \"rouge\" and submitted\n"
        "rule one when submitted and not labelled then sign required\n"
        "rule two when signed or encrypted then encrypt never, on none defer\n"
        "rule three when level at least 2 then encrypt required\n"
        "rule four then sign required\n"
        "rule five when login then encrypt never\n");
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->subject, "rouge");
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_string_equal(
        decision->trace->str,
        "label red (line 2) applies: all its conditions are true\n"
        "rule one (line 3) does not apply: labelled (line 3) is true\n"
        "rule two (line 4) does not apply: none of its conditions is true\n"
        "rule three (line 5) applies: level at least 2 (line 5) is true; so "
        "encrypt required\n"
        "rule four (line 6) applies; so sign required\n"
        "rule five (line 7) applies: login (line 7) is true; so encrypt never "
        "(an earlier rule has decided)\n");
}

static void
an_unknown_label_says_what_was_unknown(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(
        "label red level 3 when subject has word \"rouge\" and signed\n"
        "rule three when level at least 2 then encrypt required\n");
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->subject, "rouge");
    facts->is_signed = TRUTH_UNKNOWN;
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_string_equal(decision->undecided,
                        "rule three (line 3): level at least 2 (line 3) is "
                        "unknown, because signed (line 2) is unknown, for "
                        "bob@partner.example");
}

static void
the_message_is_never_shown(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(
        "label red when any subject has word \"rouge\"\n"
        "rule a when header \"X\" matches \"^geheim\" and not labelled then "
        "accept\n"
        "rule b when any header \"X\" has \"s\" or login is nobody then defer");
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->subject, "rouge tresor");
    given_texts(&facts->inner_subject, "fusion");
    g_ptr_array_add(facts->fields, policy_field_new("X", "geheimnis", false));
    g_ptr_array_add(facts->inner_fields,
                    policy_field_new("X", "schatz", false));
    for (unsigned i = 0; i < 2; i++) {
        g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
        g_autofree char *text = policy_explain(decision);
        static const char *const secrets[] = {"tresor", "fusion", "geheimnis",
                                              "schatz"};
        for (gsize k = 0; k < G_N_ELEMENTS(secrets); k++)
            assert_null(strstr(text, secrets[k]));
        facts->subject.incomplete = facts->inner_subject.incomplete = true;
    }
}

static void
what_was_not_needed_is_said_once(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(
        "rule a when submitted then accept rule b when signed then defer\n"
        "rule c when signed then sign never");
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_non_null(strstr(decision->trace->str,
                           "rule b (line 2) and what follows was not needed"));
    assert_null(strstr(decision->trace->str, "rule c"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_says_why),
        cmocka_unit_test(an_unknown_label_says_what_was_unknown),
        cmocka_unit_test(the_message_is_never_shown),
        cmocka_unit_test(what_was_not_needed_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
