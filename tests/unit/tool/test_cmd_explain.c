/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tool/given.h"

static const char policy_text[] =
    "policy 1\n"
    "list spies = .spy.example\n"
    "label confidential level 2 when subject has \"secret\"\n"
    "rule secret when labelled confidential then encrypt required\n"
    "rule no-spies when recipient in spies then refuse fr \"non\" en "
    "\"not to spies\"\n"
    "rule outgoing when recipient is outside then encrypt if-possible, sign "
    "if-possible\n";

static int
given_policy(void **state)
{
    (void)state;
    given_config(policy_text, "");
    return 0;
}

#define BOB   "bob@partner.example"
#define CAROL "carol@partner.example"

static CommandRun
explain(const char *word_1, const char *word_2, const char *word_3,
        const char *word_4)
{
    const char *const words[] = {"--from",  "alice@example.fr",
                                 "--login", "alice",
                                 "--json",  "--to",
                                 word_1,    word_2,
                                 word_3,    word_4,
                                 NULL};
    return run_command(&cmd_explain, config, words, NULL);
}

static void
says(CommandRun run, const char *text)
{
    if (strstr(run.out, text) == NULL)
        fail_msg("%s is not in %s", text, run.out);
}

static void
each_recipient_has_his_treatment(void **state)
{
    (void)state;
    CommandRun run = explain(BOB, CAROL, NULL, NULL);
    assert_int_equal(run.status, STATUS_OK);
    says(run, "\"verdict\": \"replaced\"");
    says(run, "\"treatment\": \"sign+encrypt\"");
    says(run, "\"treatment\": \"sign\"");
    says(run, "\"class\": \"none\"");
    says(run, "\"rule\": \"outgoing\"");
    says(run, "\"right\": \"allowed\"");
}

static void
a_header_field_may_change_it(void **state)
{
    (void)state;
    CommandRun run = explain(BOB, CAROL, "--header", "Subject: secret plans");
    assert_int_equal(run.status, STATUS_OK);
    says(run, "\"verdict\": \"refused\"");
    says(run, "\"encrypt\": \"required\"");
    says(run, "\"rule\": \"secret\"");
    says(run, "<" CAROL ">");
}

static void
a_refusing_rule_is_named(void **state)
{
    (void)state;
    CommandRun run = explain("x@a.spy.example", NULL, NULL, NULL);
    says(run, "\"verdict\": \"refuse\"");
    says(run, "\"rule\": \"no-spies\"");
    says(run, "not to spies");
}

static void
mail_inside_has_nothing_to_explain(void **state)
{
    (void)state;
    CommandRun run = explain("dora@example.fr", NULL, NULL, NULL);
    assert_int_equal(run.status, STATUS_OK);
    says(run, "\"verdict\": \"untouched\"");
}

static void
the_message_is_read_from_a_file(void **state)
{
    (void)state;
    g_autofree char *path =
        g_build_filename(made_setup_get_dir(), "message", NULL);
    assert_true(g_file_set_contents(
        path, "From: alice@example.fr\nSubject: the secret\n\ntext\n", -1,
        NULL));
    CommandRun run = explain(BOB, "--message", path, NULL);
    assert_int_equal(run.status, STATUS_OK);
    says(run, "\"label\": \"confidential\"");
}

static void
text_names_rule_and_place(void **state)
{
    (void)state;
    const char *const words[] = {"--from", "<>", "--to", CAROL, NULL};
    CommandRun run = run_command(&cmd_explain, config, words, NULL);
    assert_int_equal(run.status, STATUS_OK);
    says(run, "message: untouched");
    says(run, "not-submitted");
    says(run, "/policy:6");
}

static void
mistakes_of_the_command_line_are_told(void **state)
{
    (void)state;
    assert_int_equal(explain(BOB, "--header", "no colon", NULL).status,
                     STATUS_USAGE);
    assert_int_equal(explain(BOB, "--message", "/no/such/file", NULL).status,
                     STATUS_USAGE);
    assert_int_equal(explain("x", NULL, NULL, NULL).status, STATUS_USAGE);
    assert_int_equal(explain("<>", NULL, NULL, NULL).status, STATUS_USAGE);
}

static void
a_gateway_is_shown(void **state)
{
    (void)state;
    given_gateway(policy_text);
    CommandRun run = explain(CAROL, NULL, NULL, NULL);
    says(run, "\"gateway\": \"post\"");
    says(run, "\"treatment\": \"sign+encrypt\"");
    run = explain(BOB, NULL, NULL, NULL);
    says(run, "\"gateway\": null");
}

#undef TEST
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, given_policy, given_nothing)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_recipient_has_his_treatment),
        TEST(a_header_field_may_change_it),
        TEST(a_refusing_rule_is_named),
        TEST(mail_inside_has_nothing_to_explain),
        TEST(the_message_is_read_from_a_file),
        TEST(text_names_rule_and_place),
        TEST(a_gateway_is_shown),
        TEST(mistakes_of_the_command_line_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
