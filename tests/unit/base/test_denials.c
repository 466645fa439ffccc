/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/denials.h"

#include "base/clock.h"

#include <glib/gstdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define PRINT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char *dir;

static int
make_dir(void **state)
{
    (void)state;
    dir = g_dir_make_tmp("sceau-denials-XXXXXX", NULL);
    return dir != NULL ? 0 : -1;
}

static void
remove_file(void)
{
    static const char *const names[] = {"state.db", "state.db-wal",
                                        "state.db-shm"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_unlink(path);
    }
}

static int
remove_dir(void **state)
{
    (void)state;
    remove_file();
    g_rmdir(dir);
    g_clear_pointer(&dir, g_free);
    return 0;
}

static StateAnswer
find(Denials *denials, const char *name)
{
    g_autofree char *reason = NULL;
    StateAnswer answer = denials_find(denials, name, &reason);
    assert_int_equal(reason == NULL, answer == STATE_NO);
    return answer;
}

/* Waits until it says so; the time limit is far beyond what is promised. */
static void
await(Denials *denials, const char *name, StateAnswer wanted)
{
    gint64 end_us = clock_monotonic_us() + 30 * G_USEC_PER_SEC;
    while (find(denials, name) != wanted) {
        assert_true(clock_monotonic_us() < end_us);
        g_usleep(10000);
    }
}

static void
a_denial_is_seen_by_who_runs_already(void **state)
{
    (void)state;
    g_autoptr(Denials) denials = denials_new(dir);
    assert_int_equal(find(denials, PRINT), STATE_NO);
    guint64 before = denials_get_generation(denials);
    g_autoptr(State) writer = state_open(dir, NULL);
    assert_true(state_add_denial(writer, PRINT, "stolen", NULL));
    await(denials, PRINT, STATE_YES);
    assert_true(denials_get_generation(denials) != before);
    before = denials_get_generation(denials);
    assert_true(state_add_denial(writer, "bob@partner.example", "left", NULL));
    await(denials, "Bob@Partner.example", STATE_YES);
    assert_true(denials_get_generation(denials) != before);
    g_autofree char *reason = NULL;
    assert_int_equal(denials_find(denials, PRINT, &reason), STATE_YES);
    assert_string_equal(reason, "stolen");
    assert_int_equal(state_remove_denial(writer, PRINT, NULL), STATE_YES);
    await(denials, PRINT, STATE_NO);
    assert_int_equal(find(denials, "bob@partner.example"), STATE_YES);
}

/* What else is written to the file makes nobody judge anew. */
static void
the_generation_stays_while_nothing_is_denied(void **state)
{
    (void)state;
    g_autoptr(State) writer = state_open(dir, NULL);
    assert_true(state_add_denial(writer, PRINT, "stolen", NULL));
    g_autoptr(Denials) denials = denials_new(dir);
    assert_int_equal(find(denials, PRINT), STATE_YES);
    guint64 before = denials_get_generation(denials);
    assert_true(state_add_copy(writer, "id", "bob@x", NULL));
    assert_true(state_add_denial(writer, "marker@x", "m", NULL));
    assert_int_equal(state_remove_denial(writer, "marker@x", NULL), STATE_YES);
    assert_true(state_add_denial(writer, PRINT, "stolen", NULL));
    gint64 end_us = clock_monotonic_us() + 3 * DENIALS_AGE_US;
    while (clock_monotonic_us() < end_us) {
        assert_int_equal(denials_get_generation(denials), before);
        g_usleep(10000);
    }
}

static void
a_file_that_has_gone_cannot_be_asked(void **state)
{
    (void)state;
    g_autoptr(State) writer = state_open(dir, NULL);
    assert_non_null(writer);
    g_autoptr(Denials) denials = denials_new(dir);
    assert_int_equal(find(denials, PRINT), STATE_NO);
    remove_file();
    await(denials, PRINT, STATE_UNKNOWN);
    guint64 before = denials_get_generation(denials);
    g_autoptr(State) again = state_open(dir, NULL);
    assert_non_null(again);
    await(denials, PRINT, STATE_NO);
    assert_true(denials_get_generation(denials) != before);
}

static void
a_file_that_is_no_database_cannot_be_asked(void **state)
{
    (void)state;
    g_autofree char *path = g_build_filename(dir, "state.db", NULL);
    g_autofree char *junk = g_strnfill(5000, 'x');
    assert_true(g_file_set_contents(path, junk, -1, NULL));
    g_autoptr(Denials) denials = denials_new(dir);
    assert_int_equal(find(denials, PRINT), STATE_UNKNOWN);
}

static void
without_denials_nothing_is_denied(void **state)
{
    (void)state;
    assert_int_equal(find(NULL, PRINT), STATE_NO);
    assert_int_equal(denials_get_generation(NULL), 0);
    g_autoptr(Denials) denials = denials_new("/nonexistent/state");
    assert_int_equal(find(denials, PRINT), STATE_NO);
}

static gpointer
ask_often(gpointer denials)
{
    for (int i = 0; i < 2000; i++)
        (void)find(denials, PRINT);
    return NULL;
}

static void
threads_may_share_it(void **state)
{
    (void)state;
    g_autoptr(State) writer = state_open(dir, NULL);
    g_autoptr(Denials) denials = denials_new(dir);
    GThread *threads[3];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("asks", ask_often, denials);
    for (int i = 0; i < 20; i++)
        assert_true(state_add_denial(writer, PRINT, "stolen", NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    await(denials, PRINT, STATE_YES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_denial_is_seen_by_who_runs_already),
        TEST(the_generation_stays_while_nothing_is_denied),
        TEST(a_file_that_has_gone_cannot_be_asked),
        TEST(a_file_that_is_no_database_cannot_be_asked),
        TEST(without_denials_nothing_is_denied),
        TEST(threads_may_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
