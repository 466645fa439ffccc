/* SPDX-License-Identifier: BSD-2-Clause */
#include "given.h"

static const char rules[] =
    "label confidentiel level 2 when header \"Sensitivity\" is \"private\"\n"
    "  or any subject has word \"confidentiel\", \"pour avocats\"\n"
    "label patron level 2 when subject matches \"\\[C[23]\\]|^secret$|.*\"\n"
    "label motif level 2 when subject matches \"^\\[(C2|C3)\\]\", \"dr-\\d\"\n"
    "label rouge level 3 when subject is \"[rouge]\"\n"
    "label inland level 1 when not any subject has word \"public\"\n"
    "rule r when labelled then encrypt required";

static void
only_brackets_that_set_a_label_are_taken(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"[Confidentiel] plan", "plan"},
        {"RE: TR: [CONFIDENTIEL] plan", "RE: TR: plan"},
        {"[Co\u0301nfid\u200bentiel]plan", "plan"},
        {"[pour  avocats][Confidentiel]  plan [v2]", "plan [v2]"},
        {"plan [x confidentiel x]", "plan "},
        {"[Rouge]", ""},
        {"[C2] plan [C4]", "plan [C4]"},
        {"Re: [c3] plan", "Re: plan"},
        {"[DR-7][JIRA-12] plan", "[JIRA-12] plan"},
        {"plan", NULL},
        {"confidentiel plan", NULL},
        {"[v2] confidentiel", NULL},
        {"[private] plan", NULL},
        {"[public] plan", NULL},
        {"[confidentiel", NULL},
        {"confidentiel] plan", NULL},
        {"[]", NULL},
        {"", NULL},
    };
    g_autoptr(Policy) policy = given_policy(rules);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *left = policy_strip_tags(policy, rows[i][0]);
        if (g_strcmp0(left, rows[i][1]) != 0)
            fail_msg("%s became %s", rows[i][0], left);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_brackets_that_set_a_label_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
