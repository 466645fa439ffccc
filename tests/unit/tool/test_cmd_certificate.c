/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tool/given.h"

static CommandRun
certificate(const char *a, const char *b, const char *c)
{
    const char *const words[] = {a, b, c, NULL};
    return run_command(&cmd_certificate, config, words, NULL);
}

static void
the_folders_are_listed(void **state)
{
    (void)state;
    CommandRun run = certificate("list", NULL, NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "bob@partner.example\n"));
    assert_non_null(strstr(run.out, "dave@partner.example\n"));
    assert_null(strstr(run.out, "alice@example.fr"));
    run = certificate("list", "--json", NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "\"place\": \"partners\""));
}

/* What made_setup makes lasts a day. */
static void
what_expires_is_told_with_the_keys(void **state)
{
    (void)state;
    CommandRun run = certificate("expiring", NULL, NULL);
    assert_int_equal(run.status, STATUS_NO);
    assert_non_null(strstr(run.out, "bob@partner.example\n"));
    assert_non_null(strstr(run.out, "alice@example.fr\n"));
    run = certificate("expiring", "--days", "0");
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "nothing expires"));
}

static void
mistakes_are_told(void **state)
{
    (void)state;
    CommandRun run = certificate("lst", NULL, NULL);
    assert_int_equal(run.status, STATUS_USAGE);
    assert_non_null(strstr(run.err, "did you mean list"));
    assert_int_equal(certificate("expiring", "--days", "soon").status,
                     STATUS_USAGE);
}

static void
gateways_are_listed_but_not_removed(void **state)
{
    (void)state;
    given_gateway("policy 1\n");
    CommandRun run = certificate("list", "--json", NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "\"place\": \"post\""));
    run = certificate("expiring", NULL, NULL);
    assert_int_equal(run.status, STATUS_NO);
    assert_non_null(strstr(run.out, "post"));
    run = certificate("remove", "dave@partner.example", "--yes");
    assert_null(strstr(run.out, "post"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_folders_are_listed),
        TEST(what_expires_is_told_with_the_keys),
        TEST(mistakes_are_told),
        TEST(gateways_are_listed_but_not_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
