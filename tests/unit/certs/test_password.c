/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/password.h"

#include "tests/fakes/pki.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
password_files_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int mode;
        unsigned problems;
    } rows[] = {{"secret\n", 0600, 0}, {"secret", 0644, 1}, {"\n", 0600, 1}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *dir = pki_scratch_new();
        g_autofree char *file = pki_scratch_write(
            dir, "p", rows[i].text, strlen(rows[i].text), rows[i].mode);
        const DirectorySettings settings = {.bind_password_file = file,
                                            .head.name = "corp"};
        g_autoptr(Problems) problems = problems_new();
        password_check(&settings, problems);
        assert_int_equal(problems_count(problems), rows[i].problems);
        pki_scratch_remove(dir);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(password_files_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
