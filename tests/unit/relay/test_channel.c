/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay/channel.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/fakes/fake_smtp.h"

#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static gint64
after_ms(gint64 ms)
{
    return clock_monotonic_us() + ms * 1000;
}

static void
bytes_go_both_ways_in_clear_and_over_tls(void **state)
{
    (void)state;
    static const char *const clear[] = {"R:hi", "CONTENT", NULL};
    static const char *const secret[] = {"TLS", "R:hi", "CONTENT", NULL};
    for (int tls = 0; tls < 2; tls++) {
        FakeSmtp *fake = fake_smtp_start_tcp(tls ? secret : clear);
        g_autoptr(Channel) channel =
            channel_open(fake_smtp_get_server(fake), after_ms(10000), NULL);
        assert_non_null(channel);
        assert_string_equal(channel_get_server(channel),
                            fake_smtp_get_server(fake));
        if (tls)
            assert_true(channel_start_tls(channel, fake_smtp_get_ca(fake),
                                          "127.0.0.1", after_ms(10000), NULL));
        char buffer[8];
        gsize got = 0;
        while (got < 2) {
            gssize more =
                channel_read(channel, buffer + got, 1, after_ms(10000), NULL);
            assert_int_equal(more, 1);
            got += (gsize)more;
        }
        assert_memory_equal(buffer, "hi", 2);
        assert_true(channel_is_quiet(channel));
        /* More than a socket holds at once. */
        g_autofree char *much = g_strnfill(4 << 20, 'x');
        assert_true(
            channel_write(channel, much, strlen(much), after_ms(10000), NULL));
        assert_true(
            channel_write(channel, "\r\n.\r\n", 5, after_ms(10000), NULL));
        channel_free(g_steal_pointer(&channel));
        g_autofree char *heard = fake_smtp_finish(fake);
        assert_int_equal(strlen(heard), (4 << 20) + 5);
    }
}

static void
what_arrived_unread_is_not_quiet(void **state)
{
    (void)state;
    static const char *const talks[] = {"R:ab", NULL};
    FakeSmtp *fake = fake_smtp_start(talks);
    g_autoptr(Channel) channel =
        channel_open(fake_smtp_get_server(fake), after_ms(10000), NULL);
    char buffer[1];
    assert_int_equal(channel_read(channel, buffer, 1, after_ms(10000), NULL),
                     1);
    assert_false(channel_is_quiet(channel));
    channel_free(g_steal_pointer(&channel));
    g_free(fake_smtp_finish(fake));
}

static void
a_frozen_peer_is_left_at_the_deadline(void **state)
{
    (void)state;
    static const char *const frozen[] = {"FREEZE", NULL};
    for (int tls = 0; tls < 2; tls++) {
        FakeSmtp *fake = fake_smtp_start_tcp(frozen);
        g_autoptr(Channel) channel =
            channel_open(fake_smtp_get_server(fake), after_ms(10000), NULL);
        g_autoptr(GError) error = NULL;
        char buffer[8];
        if (tls)
            assert_false(channel_start_tls(channel, fake_smtp_get_ca(fake),
                                           "relay.test", after_ms(50), &error));
        else
            assert_int_equal(channel_read(channel, buffer, sizeof buffer,
                                          after_ms(50), &error),
                             -1);
        assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
        assert_non_null(strstr(error->message, "no answer in time"));
        channel_free(g_steal_pointer(&channel));
        g_free(fake_smtp_finish(fake));
    }
}

static void
a_peer_that_leaves_is_noticed(void **state)
{
    (void)state;
    static const char *const leaves[] = {"CLOSE", NULL};
    static const char *const leaves_tls[] = {"TLS", "CLOSE", NULL};
    for (int tls = 0; tls < 3; tls++) {
        FakeSmtp *fake = fake_smtp_start_tcp(tls == 1 ? leaves_tls : leaves);
        g_autoptr(Channel) channel =
            channel_open(fake_smtp_get_server(fake), after_ms(10000), NULL);
        g_autoptr(GError) error = NULL;
        char buffer[8];
        bool fine = tls == 0 ||
                    channel_start_tls(channel, fake_smtp_get_ca(fake),
                                      "relay.test", after_ms(10000), &error);
        assert_int_equal(fine, tls != 2);
        if (fine)
            assert_int_equal(channel_read(channel, buffer, sizeof buffer,
                                          after_ms(10000), &error),
                             -1);
        assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
        channel_free(g_steal_pointer(&channel));
        g_free(fake_smtp_finish(fake));
    }
}

static void
a_peer_that_does_not_read_is_left_at_the_deadline(void **state)
{
    (void)state;
    static const char *const mute[] = {"DEAF", NULL};
    FakeSmtp *fake = fake_smtp_start(mute);
    g_autoptr(Channel) channel =
        channel_open(fake_smtp_get_server(fake), after_ms(10000), NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *much = g_strnfill(8 << 20, 'x');
    assert_false(
        channel_write(channel, much, strlen(much), after_ms(100), &error));
    assert_non_null(strstr(error->message, "no answer in time"));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    channel_free(g_steal_pointer(&channel));
    g_free(fake_smtp_finish(fake));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_both_ways_in_clear_and_over_tls),
        cmocka_unit_test(what_arrived_unread_is_not_quiet),
        cmocka_unit_test(a_frozen_peer_is_left_at_the_deadline),
        cmocka_unit_test(a_peer_that_leaves_is_noticed),
        cmocka_unit_test(a_peer_that_does_not_read_is_left_at_the_deadline),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
