/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/cmd_certificate.h"

#include "base/state.h"
#include "made_setup.h"
#include "run_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *config;
static State *file;

static int
set_up(void **state)
{
    (void)state;
    g_autoptr(Setup) setup = made_setup_new("policy 1\n", "");
    config = g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    file = state_open(setup->general->state, NULL);
    return file != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    state_free(file);
    g_clear_pointer(&config, g_free);
    made_setup_clean();
    return 0;
}

static CommandRun
forget(const char *a, const char *b)
{
    const char *const words[] = {"forget", a, b, NULL};
    return run_command(&cmd_certificate, config, words, NULL);
}

static CommandRun
look_up(void)
{
    const char *const words[] = {"carol@partner.example", NULL};
    return run_command(&cmd_lookup, config, words, NULL);
}

/* "sceau lookup" judges as the daemon does. */
static void
who_is_forgotten_is_lost_no_more(void **state)
{
    (void)state;
    static const char *const carol[] = {"carol@partner.example", NULL};
    assert_true(state_add_marks(file, carol, NULL));
    CommandRun run = look_up();
    assert_int_equal(run.status, STATUS_NO);
    assert_non_null(strstr(run.out, "carol@partner.example: lost\n"));
    run = forget("Carol@Partner.example", NULL);
    assert_string_equal(run.err, "");
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(look_up().out, "carol@partner.example: none\n"));
    assert_int_equal(forget("Carol@Partner.example", NULL).status, STATUS_NO);
}

static void
one_that_is_not_remembered_is_told(void **state)
{
    (void)state;
    static const char *const dave[] = {"dave@partner.example", NULL};
    assert_true(state_add_marks(file, dave, NULL));
    CommandRun run = forget("carol@partner.example", dave[0]);
    assert_int_equal(run.status, STATUS_NO);
    StateMark mark = {0};
    assert_int_equal(state_find_mark(file, dave[0], &mark), STATE_NO);
}

static void
mistakes_are_told(void **state)
{
    (void)state;
    assert_int_equal(forget(NULL, NULL).status, STATUS_USAGE);
    assert_int_equal(forget("no address", NULL).status, STATUS_USAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_forgotten_is_lost_no_more),
        TEST(one_that_is_not_remembered_is_told),
        TEST(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
