/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/reload.h"

#include "base/settings.h"
#include "fake_relay.h"
#include "made_setup.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
write_policy(const char *text)
{
    g_autofree char *path =
        g_build_filename(made_setup_get_dir(), "policy", NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static int
set_up(void **state)
{
    setup_unref(made_setup_new("policy 1\n", ""));
    g_autofree char *path =
        g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    g_autoptr(Problems) problems = problems_new();
    Setup *setup = reload_load(path, problems);
    assert_non_null(setup);
    *state = reload_new(setup);
    return 0;
}

static int
tear_down(void **state)
{
    reload_free(*state);
    made_setup_clean();
    return 0;
}

static void
a_good_change_is_swapped_in(void **state)
{
    Reload *reload = *state;
    g_autoptr(Setup) before = reload_get_setup(reload);
    write_policy("policy 1\nrule a when recipient is inside then accept\n");
    assert_true(reload_run(reload, NULL));
    g_autoptr(Setup) after = reload_get_setup(reload);
    assert_ptr_not_equal(before, after);
    assert_string_not_equal(policy_get_hash(before->policy),
                            policy_get_hash(after->policy));
    /* Whoever holds the old one can still use it. */
    assert_string_equal(before->general->contact, "help@example.fr");
}

static void
a_mistake_keeps_the_old_one(void **state)
{
    Reload *reload = *state;
    g_autoptr(Setup) before = reload_get_setup(reload);
    static const char *const mistakes[] = {"", "polcy 1\n",
                                           "policy 1\nrule a then fly\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        write_policy(mistakes[i]);
        assert_false(reload_run(reload, NULL));
        g_autoptr(Setup) after = reload_get_setup(reload);
        assert_ptr_equal(before, after);
    }
}

static void
a_missing_file_keeps_the_old_one(void **state)
{
    Reload *reload = *state;
    g_autoptr(Setup) before = reload_get_setup(reload);
    made_setup_clean();
    assert_false(reload_run(reload, NULL));
    g_autoptr(Setup) after = reload_get_setup(reload);
    assert_ptr_equal(before, after);
}

static void
the_signal_thread_ends_when_it_is_told_to(void **state)
{
    Reload *reload = *state;
    reload_block_signals();
    assert_true(reload_start(reload, NULL));
    /* tear_down joins it: a thread that does not end would hang the test. */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_change_is_swapped_in),
        TEST(a_mistake_keeps_the_old_one),
        TEST(a_missing_file_keeps_the_old_one),
        TEST(the_signal_thread_ends_when_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
