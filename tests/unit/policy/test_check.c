/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check.h"

#include "given.h"

static void
names_and_types_are_checked(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"rule r when recipient in lawyers then accept",
         "policy:2:26: no list is called \"lawyers\""},
        {"list lawyers = a@b.fr rule r when recipient in lawyer then accept",
         "did you mean \"lawyers\""},
        {"rule r when labelled secret then accept", "no label is called"},
        {"list a = x@y.fr\nlist a = x@y.fr\nrule r when sender in a then "
         "accept",
         "policy:3:6: the list \"a\" is already defined in line 2"},
        {"label a when signed\nlabel a when signed\nrule r when labelled then "
         "accept",
         "the label \"a\" is already defined"},
        {"rule a when signed then accept rule a when encrypted then accept",
         "the rule \"a\" is already defined"},
        {"list l = a@@b rule r when sender in l then accept",
         "\"a@@b\" is no address and no domain"},
        {"rule r when subject in l then accept",
         "cannot be asked with \"in\": use is, has, has word or matches"},
        {"rule r when size is 10MiB then accept", "use over or under"},
        {"rule r when signed is \"x\" then accept", "stands alone"},
        {"rule r when size over ten then accept", "is no size such as"},
        {"rule r when size over 1MiB, 2MiB then accept", "takes one value"},
        {"rule r when level at least x then accept", "is no level"},
        {"rule r when kind is lsit then accept", "did you mean \"list\""},
        {"rule r when kind is recall then accept", "comes in a later version"},
        {"rule r when kind matches \"x\" then accept", "use is"},
        {"rule r when subject is confidentiel then accept",
         "a text stands in quotes"},
        {"rule r when subject matches x then accept",
         "a text stands in quotes"},
        {"rule r when subject matches \"(\" then accept",
         "the pattern cannot be used"},
        {"rule r when subject has \"\" then accept", "no letter in this text"},
        {"rule r when subject has \"\u200b\" then accept",
         "no letter in this text"},
        {"rule r when subject is \"\" then accept", ""},
        {"rule r when sender is \"\" then accept", ""},
        {"rule r when recipient is \"\" then accept", "is no address"},
        {"rule r when from has \"\" then accept", "is in everything"},
        {"rule r when header \"\" then accept", "no name of a header field"},
        {"rule r when header \"X:\" then accept", "no name of a header field"},
        {"rule r when header \"X Y\" then accept", "no name of a header field"},
        {"rule r when any subject is not \"x\" then accept",
         "say \"not any subject is ...\""},
        {"label l when labelled rule r when labelled l then accept",
         "cannot depend on labels"},
        {"label l when recipient is inside rule r when labelled l then accept",
         "say \"any recipient\""},
        {"label l when any recipient is inside rule r when labelled l then "
         "accept",
         ""},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
a_list_file_stands_beside_the_policy(void **state)
{
    (void)state;
    g_autofree char *folder = g_dir_make_tmp("check-XXXXXX", NULL);
    g_autofree char *policy = g_build_filename(folder, "policy", NULL);
    g_autofree char *list = g_build_filename(folder, "list", NULL);
    static const char text[] = "policy 1 list l from \"list\" rule r when "
                               "recipient in l then encrypt required";
    assert_true(g_file_set_contents(policy, text, -1, NULL));
    g_autoptr(Problems) before = problems_new();
    g_autoptr(Policy) missing = policy_load(policy, before);
    assert_non_null(missing);
    assert_int_equal(problems_count(before), 1);
    assert_non_null(strstr(problems_get(before, 0), ":1:15: cannot read"));
    assert_true(g_file_set_contents(list, ".partner.example\n", -1, NULL));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Policy) loaded = policy_load(policy, problems);
    assert_int_equal(problems_count(problems), 0);
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(loaded, facts, 0);
    assert_int_equal(decision->encrypt, ENCRYPT_REQUIRED);
    assert_int_equal(remove(policy), 0);
    assert_int_equal(remove(list), 0);
    assert_int_equal(remove(folder), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_types_are_checked),
        cmocka_unit_test(a_list_file_stands_beside_the_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
