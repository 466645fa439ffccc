/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/daemon.h"

#include "tests/unit/tool/given_daemon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = {"status", NULL};

static void
who_runs_is_asked(void **state)
{
    (void)state;
    fake_daemon_start(control, 78, "all is well\n");
    CommandStatus status = STATUS_OK;
    g_autofree char *text = daemon_ask(config, words, DAEMON_SLOW_US, &status);
    assert_string_equal(fake_daemon_stop(), "status");
    assert_string_equal(text, "all is well\n");
    assert_int_equal(status, STATUS_CONFIG);
}

static void
nobody_there_is_for_later(void **state)
{
    (void)state;
    CommandStatus status = STATUS_OK;
    assert_null(daemon_ask(config, words, DAEMON_SLOW_US, &status));
    assert_int_equal(status, STATUS_LATER);
    assert_int_equal(daemon_tell(config, words, DAEMON_SLOW_US), STATUS_LATER);
}

static void
no_socket_is_a_matter_of_configuration(void **state)
{
    (void)state;
    setup_unref(made_setup_new("policy 1\n", "control = none"));
    CommandStatus status = STATUS_OK;
    assert_null(daemon_ask(config, words, DAEMON_SLOW_US, &status));
    assert_int_equal(status, STATUS_CONFIG);
    assert_null(daemon_ask("/nonexistent", words, DAEMON_SLOW_US, &status));
    assert_int_equal(status, STATUS_CONFIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_runs_is_asked),
        TEST(nobody_there_is_for_later),
        TEST(no_socket_is_a_matter_of_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
