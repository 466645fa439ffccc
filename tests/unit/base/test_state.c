/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/state.h"

#include "base/clock.h"
#include "base/error.h"

#include <glib/gstdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char *dir;

static void
make_dir(void)
{
    dir = g_dir_make_tmp("sceau-state-XXXXXX", NULL);
    assert_non_null(dir);
}

static void
remove_dir(void)
{
    static const char *const names[] = {"state.db", "state.db-wal",
                                        "state.db-shm"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_unlink(path);
    }
    g_rmdir(dir);
    g_clear_pointer(&dir, g_free);
}

static void
a_copy_is_remembered_across_a_crash(void **state)
{
    (void)state;
    make_dir();
    /* The child ends without closing: what was said to be on disk is. */
    pid_t child = fork();
    if (child == 0) {
        State *opened = state_open(dir, NULL);
        _exit(opened != NULL && state_add_copy(opened, "id", "bob@x", NULL)
                  ? 0
                  : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    g_autoptr(State) again = state_open(dir, NULL);
    assert_int_equal(state_find_copy(again, "id", "bob@x"), STATE_YES);
    assert_int_equal(state_find_copy(again, "id", "carol@x"), STATE_NO);
    assert_int_equal(state_find_copy(again, "other", "bob@x"), STATE_NO);
    assert_int_equal(state_has_copies(again, "id"), STATE_YES);
    assert_int_equal(state_has_copies(again, "other"), STATE_NO);
    assert_true(state_add_copy(again, "id", "bob@x", NULL)); /* twice is fine */
    remove_dir();
}

static void
old_copies_are_forgotten(void **state)
{
    (void)state;
    make_dir();
    g_autoptr(State) opened = state_open(dir, NULL);
    clock_set(1000);
    assert_true(state_add_copy(opened, "old", "bob@x", NULL));
    clock_set(5000);
    assert_true(state_add_copy(opened, "new", "bob@x", NULL));
    assert_true(state_expire_copies(opened, 1000, NULL));
    clock_set(-1);
    assert_int_equal(state_find_copy(opened, "old", "bob@x"), STATE_NO);
    assert_int_equal(state_find_copy(opened, "new", "bob@x"), STATE_YES);
    remove_dir();
}

static void
the_file_is_for_us_alone(void **state)
{
    (void)state;
    make_dir();
    g_autoptr(State) opened = state_open(dir, NULL);
    assert_true(state_add_copy(opened, "id", "bob@x", NULL));
    static const char *const names[] = {"state.db", "state.db-wal"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        struct stat about;
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 0077, 0);
    }
    remove_dir();
}

static void
a_wrong_directory_is_told(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_null(state_open("/nonexistent/state", &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    g_clear_error(&error);
    make_dir();
    assert_int_equal(g_chmod(dir, 0777), 0);
    assert_null(state_open(dir, &error));
    assert_non_null(strstr(error->message, "everybody"));
    remove_dir();
}

static void
a_file_that_is_no_database_is_an_error(void **state)
{
    (void)state;
    make_dir();
    g_autofree char *path = g_build_filename(dir, "state.db", NULL);
    g_autofree char *junk = g_strnfill(5000, 'x');
    assert_true(g_file_set_contents(path, junk, -1, NULL));
    g_autoptr(GError) error = NULL;
    assert_null(state_open(dir, &error));
    assert_non_null(error);
    remove_dir();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_remembered_across_a_crash),
        cmocka_unit_test(old_copies_are_forgotten),
        cmocka_unit_test(the_file_is_for_us_alone),
        cmocka_unit_test(a_wrong_directory_is_told),
        cmocka_unit_test(a_file_that_is_no_database_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
