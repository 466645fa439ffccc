/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tool/given_daemon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static CommandRun
reload(void)
{
    static const char *const words[] = {NULL};
    return run_command(&cmd_reload, config, words, NULL);
}

static void
the_daemons_word_is_printed(void **state)
{
    (void)state;
    fake_daemon_start(control, STATUS_OK, "the new one is in use\n");
    CommandRun run = reload();
    assert_string_equal(fake_daemon_stop(), "reload");
    assert_int_equal(run.status, STATUS_OK);
    assert_string_equal(run.out, "the new one is in use\n");
}

static void
why_the_old_one_stays_is_printed(void **state)
{
    (void)state;
    fake_daemon_start(control, STATUS_CONFIG, "policy:1:1: a\x1b[2J mistake\n");
    CommandRun run = reload();
    (void)fake_daemon_stop();
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_string_equal(run.out, "");
    assert_non_null(strstr(run.err, "policy:1:1"));
    assert_null(strchr(run.err, '\x1b'));
}

static void
nobody_there_is_told(void **state)
{
    (void)state;
    CommandRun run = reload();
    assert_int_equal(run.status, STATUS_LATER);
    assert_non_null(strstr(run.err, "nobody listens"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_daemons_word_is_printed),
        TEST(why_the_old_one_stays_is_printed),
        TEST(nobody_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
