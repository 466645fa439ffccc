/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check_rules.h"

#include "given.h"

static void
contradictions_are_mistakes(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"rule r then encrypt never, encrypt required", "already decided this"},
        {"rule r then accept, accept", "already decided this"},
        {"rule r then refuse fr \"a\" en \"b\", defer", "already decided this"},
        {"rule r then on none clear, on none refuse", "already decided this"},
        {"rule r then on none clear, on lost refuse", ""},
        {"rule r then sign required, accept", ""},
        {"rule r then accept, refuse fr \"a\" en \"b\"", "cannot accept what"},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
required_mail_is_never_let_go_in_clear(void **state)
{
    (void)state;
    static const char *const guarding[] = {
        "encrypt required", "encrypt by-sender", "sign required"};
    static const PolicyClass of_signing[] = {
        CLASS_NOT_ALLOWED, CLASS_KEY_UNUSABLE, CLASS_KEY_AWAY};
    static const PolicyClass harmless[] = {CLASS_ALREADY_PROTECTED,
                                           CLASS_ENCRYPTED_FOR};
    static const PolicyClass of_both[] = {CLASS_DIRECTORY_DOWN,
                                          CLASS_UNREPRESENTABLE, CLASS_CLOCK};
    for (gsize g = 0; g < G_N_ELEMENTS(guarding); g++)
        for (unsigned class = 0; class < CLASS_COUNT; class ++) {
            bool signing = false, free_of = false, common = false;
            for (gsize i = 0; i < G_N_ELEMENTS(of_signing); i++)
                signing = signing || of_signing[i] == (PolicyClass) class;
            for (gsize i = 0; i < G_N_ELEMENTS(harmless); i++)
                free_of = free_of || harmless[i] == (PolicyClass) class;
            for (gsize i = 0; i < G_N_ELEMENTS(of_both); i++)
                common = common || of_both[i] == (PolicyClass) class;
            bool wrong = !free_of && (common || signing == (g == 2));
            g_autofree char *text =
                g_strdup_printf("rule r then %s, on %s clear", guarding[g],
                                policy_class_get_name((PolicyClass) class));
            GivenMistake row = {text, wrong ? "would let go" : ""};
            given_check_mistakes(&row, 1);
        }
    static const GivenMistake rows[] = {
        {"rule r then encrypt if-possible, on none clear", ""},
        {"rule r then encrypt required, on none defer", ""},
        {"rule r then on none clear, encrypt required", "would let go"},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
a_rule_without_effect_is_a_mistake(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"rule a then accept rule b when signed then sign never",
         "rule b can never have an effect"},
        {"rule a then encrypt never rule b when signed then encrypt required",
         "rule b can never have an effect"},
        {"rule a then encrypt never rule b when signed then encrypt required, "
         "sign never",
         ""},
        {"rule a when signed then accept rule b then accept", ""},
        {"rule a then sign never rule b then encrypt never\n"
         "rule c when signed then sign never, encrypt never",
         "at the latest by rule b in line 2"},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contradictions_are_mistakes),
        cmocka_unit_test(required_mail_is_never_let_go_in_clear),
        cmocka_unit_test(a_rule_without_effect_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
