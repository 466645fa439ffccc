/* SPDX-License-Identifier: BSD-2-Clause */
#include "made_setup.h"
#include "run_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *config;

static int
set_up(void **state)
{
    (void)state;
    setup_unref(made_setup_new("policy 1\n", ""));
    config = g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    g_clear_pointer(&config, g_free);
    made_setup_clean();
    return 0;
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_folders_are_listed),
        TEST(what_expires_is_told_with_the_keys),
        TEST(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
