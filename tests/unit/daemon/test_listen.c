/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/listen.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A private directory with a path for a socket in it. */
typedef struct {
    char *dir;
    char *path;
    char *spec;
    Privileges privileges;
    GeneralSettings general;
} Stage;

static int
set_up(void **state)
{
    static char mode[] = "0660";
    Stage *stage = g_new0(Stage, 1);
    stage->dir = g_dir_make_tmp("sceau-test-XXXXXX", NULL);
    assert_non_null(stage->dir);
    stage->path = g_build_filename(stage->dir, "s", NULL);
    stage->spec = g_strconcat("unix:", stage->path, NULL);
    stage->privileges.uid = geteuid();
    stage->privileges.socket_group = getegid();
    stage->general.socket = stage->spec;
    stage->general.socket_mode = mode;
    *state = stage;
    return 0;
}

static int
tear_down(void **state)
{
    Stage *stage = *state;
    (void)g_unlink(stage->path);
    (void)g_rmdir(stage->dir);
    g_free(stage->dir);
    g_free(stage->path);
    g_free(stage->spec);
    g_free(stage);
    return 0;
}

static void
fails_with(const Stage *stage, bool open, const char *word)
{
    g_autoptr(GError) error = NULL;
    bool done = open
                    ? listen_open(&stage->general, &stage->privileges, &error)
                    : listen_check(&stage->general, &stage->privileges, &error);
    assert_false(done);
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    if (strstr(error->message, word) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", word, error->message);
}

static void
a_private_directory_is_good(void **state)
{
    const Stage *stage = *state;
    assert_true(listen_check(&stage->general, &stage->privileges, NULL));
}

static void
a_directory_open_to_others_is_refused(void **state)
{
    const Stage *stage = *state;
    static const mode_t modes[] = {0755, 0751, 0701, 0702, 0704, 01777};
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        assert_int_equal(g_chmod(stage->dir, (int)modes[i]), 0);
        fails_with(stage, false, stage->dir);
        fails_with(stage, true, "open to all users");
        assert_false(g_file_test(stage->path, G_FILE_TEST_EXISTS));
    }
    assert_int_equal(g_chmod(stage->dir, 0770), 0);
    assert_true(listen_check(&stage->general, &stage->privileges, NULL));
}

static void
a_directory_of_a_stranger_is_refused(void **state)
{
    Stage *stage = *state;
    if (geteuid() == 0)
        assert_int_equal(chown(stage->dir, 4242, 4242), 0);
    else
        stage->privileges.uid = geteuid() + 1;
    fails_with(stage, false, "belongs to user");
}

static void
a_missing_directory_is_named(void **state)
{
    Stage *stage = *state;
    static char spec[] = "unix:/no/such/directory/s";
    stage->general.socket = spec;
    fails_with(stage, false, "/no/such/directory");
}

static void
specifications_are_read(void **state)
{
    Stage *stage = *state;
    static const struct {
        const char *spec;
        bool anywhere; /* sign-on-inet */
        const char *says;
    } cases[] = {
        {"inet:9000@127.0.0.1", false, NULL},
        {"inet:9000@localhost", false, NULL},
        {"inet:9000@127.9.9.9", false, NULL},
        {"inet6:9000@::1", false, NULL},
        {"inet:9000@0.0.0.0", false, "sign-on-inet"},
        {"inet:9000@192.0.2.1", false, "sign-on-inet"},
        {"inet:9000", false, "sign-on-inet"},
        {"inet6:9000@::", false, "sign-on-inet"},
        {"inet:9000@mx.example.fr", false, "sign-on-inet"},
        {"inet:9000@127.0.0.1.example.fr", false, "sign-on-inet"},
        {"inet:9000@192.0.2.1", true, NULL},
        {"inet:0@127.0.0.1", false, "inet:PORT@HOST"},
        {"inet:70000@127.0.0.1", false, "inet:PORT@HOST"},
        {"inet:@127.0.0.1", true, "inet:PORT@HOST"},
        {"inet:smtp@127.0.0.1", false, "inet:PORT@HOST"},
        {"inet:-1@127.0.0.1", false, "inet:PORT@HOST"},
        {"unix:relative/path", false, "unix:/path"},
        {"/var/run/sceau.sock", false, "unix:/path"},
        {"", false, "unix:/path"},
        {"tcp:9000@127.0.0.1", false, "unix:/path"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *spec = g_strdup(cases[i].spec);
        stage->general.socket = spec;
        stage->general.sign_on_inet = cases[i].anywhere;
        if (cases[i].says != NULL)
            fails_with(stage, false, cases[i].says);
        else
            assert_true(
                listen_check(&stage->general, &stage->privileges, NULL));
    }
    stage->general.socket = stage->spec;
}

static void
a_path_too_long_for_a_socket_is_refused(void **state)
{
    Stage *stage = *state;
    g_autofree char *name = g_strnfill(120, 'a');
    g_autofree char *spec = g_strdup_printf("unix:%s/%s", stage->dir, name);
    stage->general.socket = spec;
    fails_with(stage, false, "too long");
    stage->general.socket = stage->spec;
}

static void
a_mode_that_lets_others_in_is_refused(void **state)
{
    Stage *stage = *state;
    static const char *const modes[] = {"0666", "0661", "0060",  "rw",
                                        "",     "8",    "01777", "0x1b0"};
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *mode = g_strdup(modes[i]);
        stage->general.socket_mode = mode;
        fails_with(stage, false, "socket-mode");
    }
}

static int
listen_there(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(
        bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void
a_socket_in_use_is_left_alone(void **state)
{
    const Stage *stage = *state;
    int fd = listen_there(stage->path);
    g_autoptr(GError) error = NULL;
    assert_false(listen_open(&stage->general, &stage->privileges, &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    assert_non_null(strstr(error->message, "already in use"));
    assert_true(g_file_test(stage->path, G_FILE_TEST_EXISTS));
    (void)close(fd);
    /* Stale now: only the fake libmilter stands in the way. */
    fails_with(stage, true, "cannot listen");
}

static void
a_file_that_is_no_socket_is_left_alone(void **state)
{
    const Stage *stage = *state;
    assert_true(g_file_set_contents(stage->path, "precious", -1, NULL));
    fails_with(stage, true, "no socket");
    assert_true(g_file_test(stage->path, G_FILE_TEST_IS_REGULAR));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_private_directory_is_good),
        TEST(a_directory_open_to_others_is_refused),
        TEST(a_directory_of_a_stranger_is_refused),
        TEST(a_missing_directory_is_named),
        TEST(specifications_are_read),
        TEST(a_path_too_long_for_a_socket_is_refused),
        TEST(a_mode_that_lets_others_in_is_refused),
        TEST(a_socket_in_use_is_left_alone),
        TEST(a_file_that_is_no_socket_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
