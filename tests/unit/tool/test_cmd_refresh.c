/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tool/given_daemon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static CommandRun
refresh(const char *a, const char *b)
{
    const char *const words[] = {a, b, NULL};
    return run_command(&cmd_refresh, config, words, NULL);
}

static void
addresses_are_sent(void **state)
{
    (void)state;
    fake_daemon_start(control, STATUS_OK, "bob@x.example: found\n");
    CommandRun run = refresh("Bob@x.example", "dave@x.example");
    assert_string_equal(fake_daemon_stop(),
                        "refresh|Bob@x.example|dave@x.example");
    assert_int_equal(run.status, STATUS_OK);
    assert_string_equal(run.out, "bob@x.example: found\n");
}

static void
all_certificates_are_a_word(void **state)
{
    (void)state;
    fake_daemon_start(control, STATUS_OK, "");
    assert_int_equal(refresh("certificates", NULL).status, STATUS_OK);
    assert_string_equal(fake_daemon_stop(), "refresh|certificates");
}

static void
lists_are_for_sceau_crld(void **state)
{
    (void)state;
    g_autofree char *dir = g_path_get_dirname(control);
    g_autofree char *other = g_build_filename(dir, "crl.sock", NULL);
    g_autofree char *text = NULL;
    CommandRun run = refresh("crl", NULL);
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.err, "no block crld"));
    assert_true(g_file_get_contents(config, &text, NULL, NULL));
    g_autofree char *more =
        g_strdup_printf("%s\ncrld { control = \"%s\" }\n", text, other);
    assert_true(g_file_set_contents(config, more, -1, NULL));
    fake_daemon_start(other, STATUS_LATER, "trust corp: not fetched: why\n");
    run = refresh("crl", NULL);
    assert_string_equal(fake_daemon_stop(), "refresh");
    assert_int_equal(run.status, STATUS_LATER);
    assert_string_equal(run.err, "trust corp: not fetched: why\n");
    assert_int_equal(refresh("crl", NULL).status, STATUS_LATER);
}

static void
mistakes_are_not_sent(void **state)
{
    (void)state;
    fake_daemon_start(control, STATUS_OK, "");
    assert_int_equal(refresh("bob", NULL).status, STATUS_USAGE);
    assert_int_equal(refresh("certificates", "bob@x.example").status,
                     STATUS_USAGE);
    assert_null(fake_daemon_stop());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_are_sent),
        TEST(all_certificates_are_a_word),
        TEST(lists_are_for_sceau_crld),
        TEST(mistakes_are_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
