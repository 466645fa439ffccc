/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/user.h"

#include "flow/setup.h"

#include <glib/gstdio.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const SettingsTable *const tables[] = {&general_settings, NULL};

/* A configuration with these lines; its path. */
static char *
write_config(const char *text)
{
    char *path = NULL;
    int fd = g_file_open_tmp("sceau-test-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    (void)close(fd);
    g_autofree char *whole =
        g_strdup_printf("domains = example.fr\n%s\n", text);
    assert_true(g_file_set_contents(path, whole, -1, NULL));
    return path;
}

static void
root_becomes_the_user_and_comes_back(void **state)
{
    (void)state;
    g_autofree char *path = write_config("user = nobody\ngroups = mail");
    g_autoptr(Problems) problems = problems_new();
    uid_t before = geteuid();
    User *user = user_enter(path, tables, problems);
    assert_int_equal(user != NULL, before == 0);
    if (user != NULL)
        assert_int_equal(geteuid(), getpwnam("nobody")->pw_uid);
    user_leave(user);
    assert_int_equal(geteuid(), before);
    assert_int_equal(problems_count(problems), 0);
    (void)g_unlink(path);
}

static void
unknown_names_are_problems_and_change_nothing(void **state)
{
    (void)state;
    static const char *const lines[] = {"user = no-such-user-here",
                                        "user = root"};
    if (geteuid() != 0)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *path = write_config(lines[i]);
        g_autoptr(Problems) problems = problems_new();
        assert_null(user_enter(path, tables, problems));
        assert_int_equal(problems_count(problems), 1);
        assert_int_equal(geteuid(), 0);
        (void)g_unlink(path);
    }
}

static void
an_unreadable_configuration_changes_nothing(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    assert_null(user_enter("/no/such/file", tables, problems));
    assert_int_equal(problems_count(problems), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_becomes_the_user_and_comes_back),
        cmocka_unit_test(unknown_names_are_problems_and_change_nothing),
        cmocka_unit_test(an_unreadable_configuration_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
