/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay/server.h"

#include "base/clock.h"
#include "base/error.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static gint64
soon(void)
{
    return clock_monotonic_us() + 100 * 1000;
}

static void
servers_are_paths_or_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *server;
        bool valid, local;
    } rows[] = {
        {"unix:/run/sceau", true, true},
        {"127.0.0.1:25", true, true},
        {"127.9.8.7:65535", true, true},
        {"localhost:10025", true, true},
        {"[::1]:25", true, true},
        {"10.1.2.3:25", true, false},
        {"128.0.0.1:25", true, false},
        {"[2001:db8::1]:25", true, false},
        {"[::ffff:127.0.0.1]:25", true, false},
        {"", false, false},
        {":", false, false},
        {":25", false, false},
        {"127.0.0.1", false, false},
        {"127.0.0.1:", false, false},
        {"127.0.0.1:0", false, false},
        {"127.0.0.1:65536", false, false},
        {"127.0.0.1:99999999999", false, false},
        {"127.0.0.1:-25", false, false},
        {"127.0.0.1:smtp", false, false},
        {"127.0.0.1 :25", false, false},
        {"127.evil.example:25", false, false},
        {"mx.example.fr:25", false, false},
        {"localhost.evil.example:25", false, false},
        {"::1:25", false, false},
        {"[::1]", false, false},
        {"[::1:25", false, false},
        {"[]:25", false, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (server_is_valid(rows[i].server) != rows[i].valid ||
            server_is_local(rows[i].server) != rows[i].local)
            fail_msg("%s", rows[i].server);
    }
    assert_false(server_is_valid("unix:"));
    assert_false(server_is_valid("unix:relative"));
    g_autofree char *long_path = g_strnfill(200, 'x');
    g_autofree char *server = g_strconcat("unix:/", long_path, NULL);
    assert_false(server_is_valid(server));
}

static void
the_host_has_no_brackets(void **state)
{
    (void)state;
    g_autofree char *v4 = server_get_host("127.0.0.1:25");
    g_autofree char *v6 = server_get_host("[::1]:25");
    assert_string_equal(v4, "127.0.0.1");
    assert_string_equal(v6, "::1");
    assert_null(server_get_host("unix:/x:25"));
    assert_null(server_get_host("nothing"));
}

static void
assert_not_reached(const char *server, ErrorClass class, const char *why)
{
    g_autoptr(GError) error = NULL;
    assert_int_equal(server_connect(server, soon(), &error), -1);
    assert_int_equal(error_get_class(error), class);
    if (strstr(error->message, why) == NULL ||
        strstr(error->message, server) == NULL)
        fail_msg("%s", error->message);
}

static void
a_server_that_is_not_there_is_away(void **state)
{
    (void)state;
    assert_not_reached("unix:/nonexistent/sceau", ERROR_TEMPORARY,
                       "No such file");
    assert_not_reached("127.0.0.1:1", ERROR_TEMPORARY, "refused");
    assert_not_reached("mx.example.fr:25", ERROR_CONFIG, "not looked up");
    assert_not_reached("unix:relative", ERROR_CONFIG, "neither");
}

typedef struct {
    char *directory, *path, *server;
    int listener;
} Listener;

static int
set_up(void **state)
{
    Listener *listener = g_new0(Listener, 1);
    listener->directory = g_dir_make_tmp("server-XXXXXX", NULL);
    listener->path = g_build_filename(listener->directory, "sock", NULL);
    listener->server = g_strconcat("unix:", listener->path, NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, listener->path, sizeof address.sun_path);
    listener->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *state = listener;
    return bind(listener->listener, (const struct sockaddr *)&address,
                sizeof address) == 0
               ? listen(listener->listener, 0)
               : -1;
}

static int
tear_down(void **state)
{
    Listener *listener = *state;
    (void)g_chmod(listener->directory, 0700);
    close(listener->listener);
    (void)g_unlink(listener->path);
    (void)g_rmdir(listener->directory);
    g_free(listener->directory);
    g_free(listener->path);
    g_free(listener->server);
    g_free(listener);
    return 0;
}

static void
a_listener_whose_queue_is_full_is_waited_for_until_the_deadline(void **state)
{
    Listener *listener = *state;
    int queued[8];
    unsigned count = 0;
    for (; count < G_N_ELEMENTS(queued); count++) {
        g_autoptr(GError) error = NULL;
        queued[count] = server_connect(listener->server, soon(), &error);
        if (queued[count] >= 0)
            continue;
        assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
        assert_non_null(strstr(error->message, "no answer in time"));
        break;
    }
    assert_in_range(count, 1, G_N_ELEMENTS(queued) - 1);
    for (unsigned i = 0; i < count; i++)
        close(queued[i]);
}

static void
no_right_to_enter_is_for_the_administrator(void **state)
{
    Listener *listener = *state;
    g_autoptr(GError) error = NULL;
    assert_int_equal(g_chmod(listener->path, 0), 0);
    bool was_root = geteuid() == 0;
    if (was_root)
        assert_int_equal(g_chmod(listener->directory, 0700), 0);
    /* Root may enter everywhere. */
    if (was_root && seteuid(65534) != 0)
        fail_msg("seteuid");
    int fd = server_connect(listener->server, soon(), &error);
    if (was_root && seteuid(0) != 0)
        fail_msg("seteuid");
    assert_int_equal(fd, -1);
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_non_null(strstr(error->message, "permission denied"));
    assert_non_null(strstr(error->message, "postdrop"));
}

static void
waiting_ends_at_the_deadline(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    g_autoptr(GError) error = NULL;
    assert_true(server_wait("x", pair[0], POLLOUT, soon(), NULL));
    assert_false(
        server_wait("x", pair[0], POLLIN, clock_monotonic_us() + 1000, &error));
    assert_string_equal(error->message, "relay x: no answer in time");
    /* A deadline that has passed is one. */
    assert_false(server_wait("x", pair[0], POLLOUT, 0, NULL));
    close(pair[0]);
    close(pair[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_paths_or_numbers),
        cmocka_unit_test(the_host_has_no_brackets),
        cmocka_unit_test(a_server_that_is_not_there_is_away),
        cmocka_unit_test_setup_teardown(
            a_listener_whose_queue_is_full_is_waited_for_until_the_deadline,
            set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            no_right_to_enter_is_for_the_administrator, set_up, tear_down),
        cmocka_unit_test(waiting_ends_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
