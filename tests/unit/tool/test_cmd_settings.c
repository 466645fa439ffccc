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
    setup_unref(made_setup_new("policy 1\n",
                               "service erp { clients = 10.1.2.3 "
                               "senders = factures@example.fr }"));
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
settings(const char *option_1, const char *option_2)
{
    const char *const words[] = {option_1, option_2, NULL};
    return run_command(&cmd_settings, config, words, NULL);
}

static void
values_of_the_file_are_shown(void **state)
{
    (void)state;
    CommandRun run = settings(NULL, NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "domains = example.fr\n"));
    assert_non_null(strstr(run.out, "contact = help@example.fr\n"));
    assert_non_null(strstr(run.out, "service erp {"));
    assert_non_null(strstr(run.out, "  limit = 4MiB\n"));
    assert_non_null(strstr(run.out, "default 100MiB"));
}

static void
defaults_need_no_file(void **state)
{
    (void)state;
    const char *const words[] = {"--defaults", NULL};
    CommandRun run = run_command(&cmd_settings, "/no/such/file", words, NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "service NAME {"));
    assert_non_null(strstr(run.out, "  limit = 100MiB\n"));
    assert_string_equal(run.err, "");
}

static void
what_the_file_names_may_be_missing(void **state)
{
    (void)state;
    assert_true(g_file_set_contents(
        config, "domains = example.fr\npolicy = \"/no/such/policy\"\n", -1,
        NULL));
    assert_int_equal(settings(NULL, NULL).status, STATUS_OK);
}

static void
a_broken_file_is_told(void **state)
{
    (void)state;
    assert_true(
        g_file_set_contents(config, "domians = example.fr\n", -1, NULL));
    CommandRun run = settings(NULL, NULL);
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.err, "sceau.conf:1:1"));
    assert_string_equal(run.out, "");
}

static void
json_has_every_row(void **state)
{
    (void)state;
    CommandRun run = settings("--json", "--defaults");
    assert_int_equal(run.status, STATUS_OK);
    assert_int_equal(run.out[0], '[');
    assert_non_null(strstr(run.out, "\"name\": \"max-recipients\""));
    assert_non_null(strstr(run.out, "\"required\": true"));
    assert_non_null(strstr(run.out, "\"choices\": \"outgoing|all\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_of_the_file_are_shown),
        TEST(defaults_need_no_file),
        TEST(what_the_file_names_may_be_missing),
        TEST(a_broken_file_is_told),
        TEST(json_has_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
