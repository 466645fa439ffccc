/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/watchdog.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static gint64
now(void)
{
    return clock_monotonic_us();
}

static void
a_socket_is_cut_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    g_autoptr(Watchdog) watchdog = watchdog_new();
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    gint64 start = now();
    watchdog_arm(watchdog, fds[0], start + 50000);
    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 0); /* blocks until cut */
    assert_true(now() >= start + 50000);
    watchdog_disarm(watchdog, fds[0]);
    close(fds[0]);
    close(fds[1]);
}

static void
a_disarmed_socket_lives(void **state)
{
    (void)state;
    g_autoptr(Watchdog) watchdog = watchdog_new();
    int one[2], two[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
    watchdog_arm(watchdog, one[0], now() + 20000);
    watchdog_disarm(watchdog, one[0]);
    /* The other one's end tells that the first one's time has passed. */
    watchdog_arm(watchdog, two[0], now() + 60000);
    char byte;
    assert_int_equal(read(two[0], &byte, 1), 0);
    assert_int_equal(write(one[1], "x", 1), 1);
    assert_int_equal(read(one[0], &byte, 1), 1);
    watchdog_disarm(watchdog, two[0]);
    for (int i = 0; i < 2; i++) {
        close(one[i]);
        close(two[i]);
    }
}

static void
an_idle_watchdog_ends(void **state)
{
    (void)state;
    watchdog_free(watchdog_new());
    watchdog_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_is_cut_at_its_deadline_and_not_before),
        cmocka_unit_test(a_disarmed_socket_lives),
        cmocka_unit_test(an_idle_watchdog_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
