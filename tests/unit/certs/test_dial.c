/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/dial.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/fakes/fake_ldap.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static gint64
soon(void)
{
    return clock_monotonic_us() + 2 * G_USEC_PER_SEC;
}

static void
a_server_that_is_there_is_reached(void **state)
{
    (void)state;
    g_autoptr(FakeLdap) fake = fake_ldap_new();
    int fd = dial_open(fake_ldap_get_uri(fake), soon(), NULL);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    close(fd);
}

static void
one_that_is_not_is_named(void **state)
{
    (void)state;
    static const char *const uris[] = {"ldapi://%2fnonexistent%2fldapi",
                                       "ldap://127.0.0.1:1", "ldaps://[::1]:1"};
    for (gsize i = 0; i < G_N_ELEMENTS(uris); i++) {
        g_autoptr(GError) error = NULL;
        assert_int_equal(dial_open(uris[i], soon(), &error), -1);
        assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
        assert_non_null(strstr(error->message, uris[i]));
    }
    g_autoptr(GError) error = NULL;
    assert_int_equal(dial_open("nonsense", soon(), &error), -1);
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
}

/* A listener whose queue is full leaves the next SYN unanswered. */
static void
silence_ends_at_the_deadline(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size),
                     0);
    int fillers[4];
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&address, size);
    }
    g_autofree char *uri =
        g_strdup_printf("ldap://127.0.0.1:%u", ntohs(address.sin_port));
    g_autoptr(GError) error = NULL;
    gint64 start = clock_monotonic_us();
    int fd = dial_open(uri, start + 200000, &error);
    assert_int_equal(fd, -1);
    assert_true(clock_monotonic_us() - start >= 200000);
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(listener);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_is_there_is_reached),
        cmocka_unit_test(one_that_is_not_is_named),
        cmocka_unit_test(silence_ends_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
