/* SPDX-License-Identifier: BSD-2-Clause */
#include "crld/fetch.h"

#include "base/error.h"
#include "tests/fakes/fake_http.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static FakeHttp *fake;

static int
start(void **state)
{
    (void)state;
    fake = fake_http_new();
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    fake_http_free(fake);
    return 0;
}

static const FetchLimits usual = {
    .private_too = true, .max_bytes = 1000, .timeout_ms = 20000};

/* What was fetched, or NULL with *error. */
static char *
fetch(const char *path, const FetchLimits *limits, GError **error)
{
    g_autofree char *url = fake_http_url(fake, path);
    FILE *file = tmpfile();
    assert_non_null(file);
    char *text = NULL;
    if (fetch_write(url, limits, fileno(file), error)) {
        text = g_malloc0(2000);
        assert_true(pread(fileno(file), text, 1999, 0) >= 0);
    } else {
        /* Whom to blame is the first word. */
        assert_true(g_str_has_prefix((*error)->message, url));
        assert_int_equal(error_get_class(*error), ERROR_TEMPORARY);
    }
    (void)fclose(file);
    return text;
}

static void
assert_fails(const char *path, const FetchLimits *limits, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = fetch(path, limits, &error);
    assert_null(text);
    if (strstr(error->message, words) == NULL)
        fail_msg("%s", error->message);
}

static void
what_is_there_is_written(void **state)
{
    (void)state;
    fake_http_set(fake, "/list", "200 OK", "a list", 6, FALSE);
    fake_http_set(fake, "/moved", "302 Found\r\nLocation: /list", "", 0, FALSE);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = fetch("/list", &usual, &error);
    assert_string_equal(text, "a list");
    g_autofree char *moved = fetch("/moved", &usual, &error);
    assert_string_equal(moved, "a list");
    assert_fails("/none", &usual, "404");
}

static void
redirects_lead_neither_far_nor_elsewhere(void **state)
{
    (void)state;
    fake_http_set(fake, "/loop", "302 Found\r\nLocation: /loop", "", 0, FALSE);
    fake_http_set(fake, "/file", "302 Found\r\nLocation: file:///etc/passwd",
                  "", 0, FALSE);
    fake_http_set(fake, "/ftp", "302 Found\r\nLocation: ftp://127.0.0.1/x", "",
                  0, FALSE);
    assert_fails("/loop", &usual, "redirects");
    assert_fails("/file", &usual, "rotocol");
    assert_fails("/ftp", &usual, "rotocol");
}

static void
size_and_time_have_an_end(void **state)
{
    (void)state;
    char large[2000];
    memset(large, 'x', sizeof large);
    fake_http_set(fake, "/large", "200 OK", large, sizeof large, FALSE);
    fake_http_set(fake, "/said", "200 OK\r\nContent-Length: 5000000", large,
                  sizeof large, FALSE);
    fake_http_set(fake, "/drip", "200 OK", "x", 1, TRUE);
    assert_fails("/large", &usual, "too large");
    assert_fails("/said", &usual, "too large");
    FetchLimits brief = usual;
    brief.timeout_ms = 300;
    assert_fails("/drip", &brief, "timed out");
}

static bool
always(void)
{
    return true;
}

static void
it_can_be_stopped(void **state)
{
    (void)state;
    fake_http_set(fake, "/drip", "200 OK", "x", 1, TRUE);
    FetchLimits stopped = usual;
    stopped.stop = always;
    assert_fails("/drip", &stopped, "stopped");
}

static void
private_addresses_are_not_connected_to(void **state)
{
    (void)state;
    fake_http_set(fake, "/list", "200 OK", "a list", 6, FALSE);
    FetchLimits strict = usual;
    strict.private_too = false;
    assert_fails("/list", &strict, "private");
    static const struct {
        const char *text;
        bool is_public;
    } rows[] = {
        {"127.0.0.1", false},
        {"10.1.2.3", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"172.32.0.1", true},
        {"192.168.1.1", false},
        {"169.254.169.254", false},
        {"100.64.0.1", false},
        {"0.0.0.0", false},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"9.9.9.9", true},
        {"::1", false},
        {"::", false},
        {"fe80::1", false},
        {"fc00::1", false},
        {"::ffff:127.0.0.1", false},
        {"::ffff:9.9.9.9", true},
        {"2002:7f00:1::", false},
        {"64:ff9b::7f00:1", false},
        {"2620:fe::fe", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        bool six = strchr(rows[i].text, ':') != NULL;
        assert_int_equal(
            inet_pton(six ? AF_INET6 : AF_INET, rows[i].text,
                      six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr),
            1);
        const struct sockaddr *address =
            six ? (const void *)&v6 : (const void *)&v4;
        if (fetch_is_public(address) != rows[i].is_public)
            fail_msg("%s", rows[i].text);
    }
    const struct sockaddr local = {.sa_family = AF_UNIX};
    assert_false(fetch_is_public(&local));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_written),
        cmocka_unit_test(redirects_lead_neither_far_nor_elsewhere),
        cmocka_unit_test(size_and_time_have_an_end),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(private_addresses_are_not_connected_to),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
