/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/marks.h"

#include "base/clock.h"

#include <glib/gstdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define NOW_S 1700000000
#define DAY_S 86400

static const char *const bob[] = {"Bob@partner.example", NULL};

static char *dir;
static State *file;

static int
make_dir(void **state)
{
    (void)state;
    clock_set(NOW_S);
    dir = g_dir_make_tmp("sceau-marks-XXXXXX", NULL);
    file = state_open(dir, NULL);
    return file != NULL ? 0 : -1;
}

static void
remove_file(void)
{
    static const char *const names[] = {"state.db", "state.db-wal",
                                        "state.db-shm"};
    g_clear_pointer(&file, state_free);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_unlink(path);
    }
}

static int
remove_dir(void **state)
{
    (void)state;
    clock_set(-1);
    remove_file();
    g_rmdir(dir);
    g_clear_pointer(&dir, g_free);
    return 0;
}

static StateAnswer
find(Marks *marks, const char *address)
{
    g_autofree char *reason = NULL;
    gint64 last_s = 0;
    StateAnswer answer = marks_find_lost(marks, address, &last_s, &reason);
    assert_int_equal(reason != NULL, answer == STATE_UNKNOWN);
    return answer;
}

static void
who_is_marked_is_lost_until_forgotten(void **state)
{
    (void)state;
    g_autoptr(Marks) marks = marks_new(dir);
    assert_int_equal(find(marks, "bob@partner.example"), STATE_NO);
    assert_true(marks_add(marks, bob, NULL));
    assert_int_equal(find(marks, "bob@PARTNER.example"), STATE_YES);
    assert_int_equal(find(marks, "carol@partner.example"), STATE_NO);
    /* The tool's own connection: it is seen at once. */
    assert_int_equal(state_remove_mark(file, "bob@partner.example", NULL),
                     STATE_YES);
    assert_int_equal(state_remove_mark(file, "bob@partner.example", NULL),
                     STATE_NO);
    assert_int_equal(find(marks, bob[0]), STATE_NO);
}

static void
a_mark_counts_for_ninety_days(void **state)
{
    (void)state;
    g_autoptr(Marks) marks = marks_new(dir);
    assert_true(marks_add(marks, bob, NULL));
    clock_set(NOW_S + 90 * DAY_S);
    assert_int_equal(find(marks, bob[0]), STATE_YES);
    clock_set(NOW_S + 90 * DAY_S + 1);
    assert_int_equal(find(marks, bob[0]), STATE_NO);
}

static void
who_is_lost_for_three_days_has_none(void **state)
{
    (void)state;
    g_autoptr(Marks) marks = marks_new(dir);
    assert_true(marks_add(marks, bob, NULL));
    assert_int_equal(marks_note_lost(marks, bob[0], NULL), STATE_YES);
    clock_set(NOW_S + DAY_S);
    assert_int_equal(marks_note_lost(marks, bob[0], NULL), STATE_NO);
    assert_int_equal(marks_note_lost(marks, "carol@x", NULL), STATE_NO);
    clock_set(NOW_S + 3 * DAY_S);
    assert_int_equal(find(marks, bob[0]), STATE_YES);
    clock_set(NOW_S + 3 * DAY_S + 1);
    assert_int_equal(find(marks, bob[0]), STATE_NO);
    /* He has one again, and loses it again. */
    assert_true(marks_add(marks, bob, NULL));
    assert_int_equal(find(marks, bob[0]), STATE_YES);
    assert_int_equal(marks_note_lost(marks, bob[0], NULL), STATE_YES);
}

/* Another State's number of the file changes with every write. */
static void
one_write_a_day_is_enough(void **state)
{
    (void)state;
    g_autoptr(Marks) marks = marks_new(dir);
    assert_true(marks_add(marks, bob, NULL));
    gint64 version = state_get_version(file);
    clock_set(NOW_S + DAY_S - 1);
    assert_true(marks_add(marks, bob, NULL));
    assert_int_equal(state_get_version(file), version);
    clock_set(NOW_S + DAY_S);
    assert_true(marks_add(marks, bob, NULL));
    assert_true(state_get_version(file) != version);
    StateMark mark = {0};
    assert_int_equal(state_find_mark(file, "bob@partner.example", &mark),
                     STATE_YES);
    assert_int_equal(mark.last_s, NOW_S + DAY_S);
}

static void
old_marks_go(void **state)
{
    (void)state;
    StateMark mark = {0};
    g_autoptr(Marks) before = marks_new(dir);
    assert_true(marks_add(before, bob, NULL));
    clock_set(NOW_S + 91 * DAY_S);
    g_autoptr(Marks) marks = marks_new(dir);
    static const char *const others[] = {"carol@x", "dave@x", NULL};
    assert_true(marks_add(marks, others, NULL));
    assert_int_equal(state_find_mark(file, "bob@partner.example", &mark),
                     STATE_NO);
    assert_int_equal(state_find_mark(file, "dave@x", &mark), STATE_YES);
}

static void
a_file_that_has_gone_cannot_be_asked(void **state)
{
    (void)state;
    g_autoptr(Marks) marks = marks_new(dir);
    assert_true(marks_add(marks, bob, NULL));
    remove_file();
    assert_int_equal(find(marks, bob[0]), STATE_UNKNOWN);
    assert_int_equal(marks_note_lost(marks, bob[0], NULL), STATE_UNKNOWN);
    g_autoptr(GError) error = NULL;
    assert_false(marks_add(marks, bob, &error));
    assert_non_null(error);
    file = state_open(dir, NULL);
    assert_int_equal(find(marks, bob[0]), STATE_NO);
}

static void
no_file_is_nobody(void **state)
{
    (void)state;
    remove_file();
    g_autoptr(Marks) marks = marks_new(dir);
    assert_int_equal(find(marks, bob[0]), STATE_NO);
    assert_int_equal(find(NULL, bob[0]), STATE_NO);
    g_autoptr(GError) error = NULL;
    assert_false(marks_add(marks, bob, &error));
    assert_non_null(strstr(error->message, "no state file"));
    assert_true(marks_add(NULL, bob, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_marked_is_lost_until_forgotten),
        TEST(a_mark_counts_for_ninety_days),
        TEST(who_is_lost_for_three_days_has_none),
        TEST(one_write_a_day_is_enough),
        TEST(old_marks_go),
        TEST(a_file_that_has_gone_cannot_be_asked),
        TEST(no_file_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
