/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/safe_file.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void
a_file_is_written_whole_with_its_mode(void **state)
{
    (void)state;
    g_autofree char *dir = g_dir_make_tmp("sceau-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "a", NULL);
    g_autofree char *text = NULL;
    assert_true(safe_file_write(dir, "a", "one", 0644, NULL));
    assert_true(safe_file_write(dir, "a", "two", 0640, NULL));
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "two");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_true(safe_file_remove(path, NULL));
    /* Nothing else is left behind. */
    assert_int_equal(g_rmdir(dir), 0);
}

static void
a_failure_names_the_file_and_leaves_nothing(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_false(safe_file_write("/nowhere", "a", "x", 0644, &error));
    assert_non_null(strstr(error->message, "/nowhere/a"));
    g_clear_error(&error);
    assert_false(safe_file_remove("/nowhere/a", &error));
    assert_non_null(strstr(error->message, "/nowhere/a"));
    /* A folder is in the place of the name. */
    g_autofree char *dir = g_dir_make_tmp("sceau-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "a", NULL);
    assert_int_equal(g_mkdir(path, 0700), 0);
    assert_false(safe_file_write(dir, "a", "x", 0644, NULL));
    assert_int_equal(g_rmdir(path), 0);
    assert_int_equal(g_rmdir(dir), 0);
}

static void
a_name_holds_no_surprise(void **state)
{
    (void)state;
    g_autofree char *plain = safe_file_make_name("bob+x@partner.example");
    assert_string_equal(plain, "bob+x@partner.example");
    g_autofree char *odd = safe_file_make_name("../a/b \n\xc3\xa9@x");
    assert_string_equal(odd, "_._a_b____@x");
    g_autofree char *most = g_strnfill(500, 'a');
    g_autofree char *cut = safe_file_make_name(most);
    assert_int_equal(strlen(cut), 128);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_written_whole_with_its_mode),
        cmocka_unit_test(a_failure_names_the_file_and_leaves_nothing),
        cmocka_unit_test(a_name_holds_no_surprise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
