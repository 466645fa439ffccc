/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/timekeeper.h"

#include "base/clock.h"

#include <glib/gstdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define BUILT_S 1700000000
#define NOW_S   (BUILT_S + 1000000)
#define DAY_S   86400

static char *dir;
static State *file;
static Marks *marks;
static Timekeeper *keeper;

static int
set_up(void **state)
{
    (void)state;
    clock_set(NOW_S);
    dir = g_dir_make_tmp("sceau-time-XXXXXX", NULL);
    file = state_open(dir, NULL);
    marks = marks_new(dir);
    keeper = timekeeper_new(marks, BUILT_S);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"state.db", "state.db-wal",
                                        "state.db-shm"};
    clock_set(-1);
    timekeeper_unref(keeper);
    marks_unref(marks);
    state_free(file);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_unlink(path);
    }
    g_rmdir(dir);
    g_free(dir);
    return 0;
}

/* words NULL: the time may be right. */
static void
says(const char *words, gint64 newest_list_s)
{
    g_autofree char *fault = timekeeper_check(keeper, newest_list_s);
    if ((fault != NULL) != (words != NULL))
        fail_msg("%s", fault != NULL ? fault : "plausible");
    if (words != NULL)
        assert_non_null(strstr(fault, words));
}

static void
mark_bob(void)
{
    static const char *const bob[] = {"bob@x", NULL};
    assert_true(state_add_marks(file, bob, NULL));
}

static void
a_time_before_the_build_is_none(void **state)
{
    (void)state;
    says(NULL, 0);
    clock_set(BUILT_S - 1);
    says("before this program was built", 0);
    clock_set(NOW_S);
    says(NULL, 0);
}

static void
a_time_before_the_newest_list_is_none(void **state)
{
    (void)state;
    says(NULL, NOW_S + TIMEKEEPER_LIST_SLACK_S);
    says("revocation list", NOW_S + TIMEKEEPER_LIST_SLACK_S + 1);
    says(NULL, NOW_S - 100 * DAY_S);
}

/* As a restart with a clock that was set back finds it. */
static void
a_time_before_the_last_mark_is_none(void **state)
{
    (void)state;
    clock_set(NOW_S + DAY_S);
    mark_bob();
    clock_set(NOW_S);
    timekeeper_accept(keeper);
    says(NULL, 0);
    clock_set(NOW_S - 1);
    timekeeper_accept(keeper);
    says("before mail was last encrypted", 0);
    /* Somebody who knows says that it is right. */
    assert_true(marks_settle(marks, NULL));
    timekeeper_accept(keeper);
    says(NULL, 0);
    StateMark mark = {0};
    assert_int_equal(state_find_mark(file, "bob@x", &mark), STATE_YES);
    assert_int_equal(mark.last_s, NOW_S - 1);
}

static void
a_jump_must_go_back_or_be_accepted(void **state)
{
    (void)state;
    static const gint64 jumps[] = {TIMEKEEPER_JUMP_S + 60,
                                   -(TIMEKEEPER_JUMP_S + 60), 400LL * DAY_S};
    for (gsize i = 0; i < G_N_ELEMENTS(jumps); i++) {
        clock_set(NOW_S + jumps[i]);
        says("jumped", 0);
        says("jumped", 0);
        clock_set(NOW_S);
        says(NULL, 0);
    }
    clock_set(NOW_S + TIMEKEEPER_JUMP_S / 2);
    says(NULL, 0);
    clock_set(NOW_S + 2 * TIMEKEEPER_JUMP_S);
    says("jumped", 0);
    timekeeper_accept(keeper);
    says(NULL, 0);
}

/* A machine that woke without a battery, and whose time is set then. */
static void
a_wrong_start_is_no_place_to_jump_from(void **state)
{
    (void)state;
    clock_set(0);
    g_autoptr(Timekeeper) late = timekeeper_new(marks, BUILT_S);
    g_autofree char *fault = timekeeper_check(late, 0);
    assert_non_null(fault);
    clock_set(NOW_S);
    g_autofree char *none = timekeeper_check(late, 0);
    assert_null(none);
}

/* Lines on standard error while the time is wrong, and right again. */
static void
each_change_is_told_once(void **state)
{
    (void)state;
    char name[] = "/tmp/sceau-time-XXXXXX";
    int to = mkstemp(name);
    int before = dup(STDERR_FILENO);
    assert_true(to >= 0 && before >= 0);
    dup2(to, STDERR_FILENO);
    for (int i = 0; i < 6; i++) {
        clock_set(i < 3 ? 0 : NOW_S);
        g_free(timekeeper_check(keeper, 0));
    }
    dup2(before, STDERR_FILENO);
    close(before);
    close(to);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(name, &text, NULL, NULL));
    unlink(name);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    assert_int_equal(g_strv_length(lines), 3);
    assert_non_null(strstr(lines[0], "before this program"));
    assert_non_null(strstr(lines[1], "none any more"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_time_before_the_build_is_none),
        TEST(a_time_before_the_newest_list_is_none),
        TEST(a_time_before_the_last_mark_is_none),
        TEST(a_jump_must_go_back_or_be_accepted),
        TEST(a_wrong_start_is_no_place_to_jump_from),
        TEST(each_change_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
