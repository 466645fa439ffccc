/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/folder.h"

#include "smime/certificate.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
files_are_listed_in_order_and_others_left_out(void **state)
{
    (void)state;
    char *dir = pki_scratch_new();
    static const char *const names[] = {"b", "a", ".hidden", "a~"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_free(pki_scratch_write(dir, names[i], "x", 1, 0600));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GPtrArray) paths = folder_list(dir, NULL, problems);
    assert_int_equal(paths->len, 2);
    assert_true(g_str_has_suffix(g_ptr_array_index(paths, 0), "/a"));
    assert_true(g_str_has_suffix(g_ptr_array_index(paths, 1), "/b"));
    pki_scratch_remove(dir);
}

static void
each_broken_file_is_told_and_the_others_kept(void **state)
{
    (void)state;
    char *dir = pki_scratch_new();
    gsize size = 0;
    g_autofree char *pem = pki_read("bob.pem", &size);
    g_free(pki_scratch_write(dir, "bob.pem", pem, size, 0644));
    g_free(pki_scratch_write(dir, "junk", "junk", 4, 0644));
    g_free(pki_scratch_write(dir, "empty", "", 0, 0644));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GPtrArray) found = folder_load_certificates(dir, NULL, problems);
    assert_int_equal(found->len, 1);
    assert_int_equal(problems_count(problems), 2);
    assert_non_null(strstr(problems_get(problems, 0), "/empty"));
    assert_non_null(strstr(problems_get(problems, 1), "/junk"));
    pki_scratch_remove(dir);
}

static void
a_missing_folder_is_an_error_where_it_is_named(void **state)
{
    (void)state;
    const Position at = {.file = "c", .line = 4, .column = 2};
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GPtrArray) none =
        folder_load_certificates("/nonexistent", &at, problems);
    assert_int_equal(none->len, 0);
    assert_true(g_str_has_prefix(problems_get(problems, 0), "c:4:2: "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_listed_in_order_and_others_left_out),
        cmocka_unit_test(each_broken_file_is_told_and_the_others_kept),
        cmocka_unit_test(a_missing_folder_is_an_error_where_it_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
