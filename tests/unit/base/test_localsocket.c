/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/localsocket.h"

#include "base/error.h"

#include <glib/gstdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static char *dir;
static char *path;

static int
make_dir(void **state)
{
    (void)state;
    dir = g_dir_make_tmp("sceau-socket-XXXXXX", NULL);
    path = g_build_filename(dir, "sock", NULL);
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    g_unlink(path);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
    return 0;
}

static void
fails_with(ErrorClass class, const char *words)
{
    g_autoptr(GError) error = NULL;
    assert_false(localsocket_check_free(path, "control", &error));
    assert_int_equal(error_get_class(error), class);
    assert_non_null(strstr(error->message, words));
    assert_true(g_str_has_prefix(error->message, "control: "));
}

static void
a_socket_is_free_when_nobody_listens(void **state)
{
    (void)state;
    assert_true(localsocket_check_free(path, "control", NULL));
    struct sockaddr_un address;
    assert_true(localsocket_fill(&address, path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    fails_with(ERROR_TEMPORARY, "in use");
    (void)close(fd);
    assert_true(localsocket_check_free(path, "control", NULL));
}

static void
what_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    assert_true(g_file_set_contents(path, "precious", -1, NULL));
    fails_with(ERROR_CONFIG, "no socket");
}

static void
long_paths_do_not_fit(void **state)
{
    (void)state;
    struct sockaddr_un address;
    g_autofree char *fits = g_strnfill(sizeof address.sun_path - 1, 'a');
    g_autofree char *longer = g_strnfill(sizeof address.sun_path, 'a');
    assert_true(localsocket_fill(&address, fits));
    assert_false(localsocket_fill(&address, longer));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_socket_is_free_when_nobody_listens),
        TEST(what_is_no_socket_is_left_alone),
        TEST(long_paths_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
