/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/privileges.h"

#include "base/error.h"

#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char nobody[] = "nobody";
static char root[] = "root";
static char no_such[] = "no-such-name-here";

static void
fails_with(const GeneralSettings *general, const char *word)
{
    g_autoptr(GError) error = NULL;
    assert_null(privileges_new(general, &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_non_null(strstr(error->message, word));
}

static void
names_that_do_not_exist_are_mistakes(void **state)
{
    (void)state;
    char *groups[] = {no_such, NULL};
    fails_with(&(GeneralSettings){.user = nobody, .groups = groups}, no_such);
    fails_with(&(GeneralSettings){.user = nobody, .socket_group = no_such},
               "socket-group");
    if (geteuid() == 0)
        fails_with(&(GeneralSettings){.user = no_such}, no_such);
}

static void
root_must_become_somebody_else(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    static char empty[] = "";
    fails_with(&(GeneralSettings){.user = NULL}, "set user");
    fails_with(&(GeneralSettings){.user = empty}, "set user");
    fails_with(&(GeneralSettings){.user = root}, "is root");
}

static void
somebody_else_stays_who_he_is(void **state)
{
    (void)state;
    if (geteuid() == 0)
        return;
    g_autoptr(Privileges) privileges =
        privileges_new(&(GeneralSettings){.user = no_such}, NULL);
    assert_non_null(privileges);
    assert_false(privileges->change);
    assert_int_equal(privileges->uid, geteuid());
    assert_true(privileges_drop(privileges, NULL));
}

static int
run_in_child(int (*check)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(check());
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The number of the check that failed. */
static int
drop_and_look(void)
{
    char *groups[] = {(char[]){"mail"}, NULL};
    const GeneralSettings general = {
        .user = nobody, .groups = groups, .socket_group = (char[]){"daemon"}};
    g_autoptr(Privileges) privileges = privileges_new(&general, NULL);
    if (privileges == NULL || !privileges->change)
        return 1;
    if (!privileges_drop(privileges, NULL))
        return 2;
    if (getuid() == 0 || geteuid() == 0 || setuid(0) == 0 || setgid(0) == 0)
        return 3;
    gid_t have[64];
    int count = getgroups(64, have);
    bool mail = false, daemon = false, zero = false;
    for (int i = 0; i < count; i++) {
        mail = mail || have[i] == getgrnam("mail")->gr_gid;
        daemon = daemon || have[i] == getgrnam("daemon")->gr_gid;
        zero = zero || have[i] == 0;
    }
    if (!mail || !daemon || zero)
        return 4;
    return privileges->socket_group == getgrnam("daemon")->gr_gid ? 0 : 5;
}

static void
rights_are_given_up_for_good(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    assert_int_equal(run_in_child(drop_and_look), 0);
}

static int
harden_and_look(void)
{
    struct rlimit limit = {1, 1};
    if (!privileges_harden(NULL))
        return 1;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 2;
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
        return 3;
    return 0;
}

static void
a_hardened_process_leaves_no_core(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(harden_and_look), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_do_not_exist_are_mistakes),
        cmocka_unit_test(root_must_become_somebody_else),
        cmocka_unit_test(somebody_else_stays_who_he_is),
        cmocka_unit_test(rights_are_given_up_for_good),
        cmocka_unit_test(a_hardened_process_leaves_no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
