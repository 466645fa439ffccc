/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay/tls.h"

#include "base/error.h"
#include "tests/fakes/fake_smtp.h"
#include "relay/server.h"

#include "base/clock.h"

#include <poll.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const only_tls[] = {"TLS", "S:secret", "C:HELLO", NULL};

static gint64
later(void)
{
    return clock_monotonic_us() + 10 * G_USEC_PER_SEC;
}

/* Until the handshake ends, one way or the other. */
static TlsStep
shake(Tls *tls, int fd)
{
    for (;;) {
        TlsStep step = tls_handshake(tls);
        if (step != TLS_WANTS_READ && step != TLS_WANTS_WRITE)
            return step;
        assert_true(server_wait(
            "x", fd, step == TLS_WANTS_READ ? POLLIN : POLLOUT, later(), NULL));
    }
}

/* What became of a handshake that demands name. Caller frees. */
static char *
try_name(const char *name)
{
    FakeSmtp *fake = fake_smtp_start_tcp(only_tls);
    int fd = server_connect(fake_smtp_get_server(fake), later(), NULL);
    assert_true(fd >= 0);
    Tls *tls = tls_new(fd, fake_smtp_get_ca(fake), name, NULL);
    assert_non_null(tls);
    char *result =
        shake(tls, fd) == TLS_DONE ? g_strdup("ok") : tls_explain(tls);
    tls_free(tls);
    close(fd);
    g_free(fake_smtp_finish(fake));
    return result;
}

static void
the_certificate_must_be_for_the_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *result;
    } rows[] = {
        {"relay.test", "ok"},
        {"RELAY.test", "ok"},
        {"127.0.0.1", "ok"},
        {"127.0.0.2", "TLS: IP address mismatch"},
        {"::1", "TLS: IP address mismatch"},
        {"other.test", "TLS: hostname mismatch"},
        {"sub.relay.test", "TLS: hostname mismatch"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *result = try_name(rows[i].name);
        assert_string_equal(result, rows[i].result);
    }
}

static void
another_authority_is_not_believed(void **state)
{
    (void)state;
    FakeSmtp *other = fake_smtp_start_tcp(only_tls);
    FakeSmtp *fake = fake_smtp_start_tcp(only_tls);
    int fd = server_connect(fake_smtp_get_server(fake), later(), NULL);
    Tls *tls = tls_new(fd, fake_smtp_get_ca(other), "relay.test", NULL);
    assert_non_null(tls);
    assert_int_equal(shake(tls, fd), TLS_FAILED);
    g_autofree char *why = tls_explain(tls);
    assert_true(g_str_has_prefix(why, "TLS: "));
    tls_free(tls);
    close(fd);
    fd = server_connect(fake_smtp_get_server(other), later(), NULL);
    close(fd);
    g_free(fake_smtp_finish(fake));
    g_free(fake_smtp_finish(other));
}

static void
bytes_go_both_ways(void **state)
{
    (void)state;
    FakeSmtp *fake = fake_smtp_start_tcp(only_tls);
    int fd = server_connect(fake_smtp_get_server(fake), later(), NULL);
    Tls *tls = tls_new(fd, fake_smtp_get_ca(fake), "relay.test", NULL);
    assert_int_equal(shake(tls, fd), TLS_DONE);
    char buffer[3];
    gsize done = 0;
    TlsStep step;
    while ((step = tls_read(tls, buffer, sizeof buffer, &done)) ==
           TLS_WANTS_READ)
        assert_true(server_wait("x", fd, POLLIN, later(), NULL));
    assert_int_equal(step, TLS_DONE);
    assert_int_equal(done, 3);
    assert_memory_equal(buffer, "sec", 3);
    assert_true(tls_has_pending(tls));
    assert_int_equal(tls_write(tls, "HELLO\r\n", 7, &done), TLS_DONE);
    assert_int_equal(done, 7);
    tls_free(tls);
    close(fd);
    g_autofree char *heard = fake_smtp_finish(fake);
    assert_string_equal(heard, "HELLO\r\n");
}

static void
a_file_without_authorities_is_for_the_administrator(void **state)
{
    (void)state;
    static const char *const files[] = {"/nonexistent.pem", "/dev/null", "/"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(tls_new(0, files[i], "relay.test", &error));
        assert_int_equal(error_get_class(error), ERROR_CONFIG);
        assert_non_null(strstr(error->message, files[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_certificate_must_be_for_the_name),
        cmocka_unit_test(another_authority_is_not_believed),
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(a_file_without_authorities_is_for_the_administrator),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
