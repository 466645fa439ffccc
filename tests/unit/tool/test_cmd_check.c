/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tool/given.h"

#include "base/clock.h"

#include <unistd.h>

/* Root would read files as the configured user, who may not enter the
 * private directory: the checks here are about what is read. */
static CommandRun
check(const char *option)
{
    const char *const words[] = {"--offline", option, NULL};
    return run_command(&cmd_check, config, words, NULL);
}

static void
keys_and_policy_are_listed(void **state)
{
    (void)state;
    CommandRun run = check(NULL);
    assert_non_null(strstr(run.out, "alice@example.fr"));
    assert_non_null(strstr(run.out, "policy: ok: "));
    if (geteuid() != 0)
        assert_int_equal(run.status, STATUS_OK);
}

static void
without_a_source_nothing_will_be_encrypted(void **state)
{
    (void)state;
    CommandRun run = check(NULL);
    assert_null(strstr(run.out, "nothing will be encrypted"));
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(config, &text, NULL, NULL));
    for (char *at; (at = strstr(text, "certificates ")) != NULL;)
        memset(at, ' ', strcspn(at, "}") + 1);
    assert_true(g_file_set_contents(config, text, -1, NULL));
    run = check(NULL);
    assert_non_null(strstr(run.out, "directory: warning: there is no source of "
                                    "certificates: nothing will be encrypted"));
}

/* What made_setup makes lasts a day. */
static void
certificates_that_expire_are_counted(void **state)
{
    (void)state;
    CommandRun run = check(NULL);
    assert_non_null(
        strstr(run.out, "certificates: warning: 3 of 3 certificates in "));
}

static void
root_is_told_of_a_user_that_does_not_exist(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(config, &text, NULL, NULL));
    g_autofree char *more =
        g_strdup_printf("user = no-such-user-here\n%s", text);
    assert_true(g_file_set_contents(config, more, -1, NULL));
    CommandRun run = check(NULL);
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.out, "no-such-user-here"));
}

static void
all_mistakes_are_told_at_once(void **state)
{
    (void)state;
    assert_true(g_file_set_contents(
        config, "domians = example.fr\nscope = sometimes\n", -1, NULL));
    CommandRun run = check(NULL);
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.out, "domians"));
    assert_non_null(strstr(run.out, "sometimes"));
    run = check("--json");
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.out, "\"ok\": false"));
    assert_non_null(strstr(run.out, "\"severity\": \"error\""));
}

static void
how_long_a_gateway_lasts_is_told(void **state)
{
    (void)state;
    given_gateway("policy 1\n");
    CommandRun run = check(NULL);
    assert_non_null(strstr(run.out, "gateway: warning: the certificate in "));
    assert_non_null(strstr(run.out, "dave@partner.example.pem is good until "));
}

static void
a_clock_that_cannot_be_right_is_told(void **state)
{
    (void)state;
    clock_set(1000);
    CommandRun run = check(NULL);
    clock_set(-1);
    assert_non_null(strstr(run.out, "clock: error: it is before"));
    assert_int_not_equal(run.status, STATUS_OK);
    assert_null(strstr(check(NULL).out, "clock: "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_and_policy_are_listed),
        TEST(without_a_source_nothing_will_be_encrypted),
        TEST(certificates_that_expire_are_counted),
        TEST(root_is_told_of_a_user_that_does_not_exist),
        TEST(all_mistakes_are_told_at_once),
        TEST(a_clock_that_cannot_be_right_is_told),
        TEST(how_long_a_gateway_lasts_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
