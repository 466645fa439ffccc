/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay/greeting.h"

#include "base/error.h"
#include "tests/fakes/fake_smtp.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    char *path; /* the password file */
    RelaySettings settings;
} Fixture;

static int
set_up(void **state)
{
    Fixture *fixture = g_new0(Fixture, 1);
    int fd = g_file_open_tmp("password-XXXXXX", &fixture->path, NULL);
    assert_int_equal(write(fd, "s3cret\nmore\n", 12), 12);
    close(fd);
    assert_int_equal(g_chmod(fixture->path, 0640), 0);
    fixture->settings = (RelaySettings){.timeout_ms = 10000};
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    Fixture *fixture = *state;
    (void)g_unlink(fixture->path);
    g_free(fixture->path);
    g_free(fixture);
    return 0;
}

/* "ok" or the error, after its class. Caller frees. */
static char *
try_greeting(FakeSmtp *fake, RelaySettings *settings, Greeting *greeting,
             char **heard)
{
    g_autoptr(GError) error = NULL;
    if (settings->server == NULL)
        settings->server = (char *)(gintptr)fake_smtp_get_server(fake);
    Smtp *smtp = greeting_exchange(settings, greeting, &error);
    char *result = g_strdup("ok");
    if (smtp == NULL) {
        g_free(result);
        const char *why = strstr(error->message, settings->server);
        result = g_strdup_printf("%d %s", (int)error_get_class(error),
                                 why ? why + strlen(settings->server) + 2
                                     : error->message);
    }
    smtp_free(smtp);
    *heard = fake_smtp_finish(fake);
    settings->server = NULL;
    return result;
}

static void
what_it_offers_is_noted(void **state)
{
    Fixture *fixture = *state;
    static const struct {
        const char *const script[12];
        Greeting greeting;
    } rows[] = {
        {{"S:220 hi", "C:EHLO sceau.localhost", "S:250 mx", NULL}, {0}},
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250-PIPELINING", "S:250-DSN",
          "S:250-8BITMIME", "S:250-SMTPUTF8", "S:250-STARTTLS",
          "S:250 AUTH LOGIN PLAIN", NULL},
         {true, true, true, true, true}},
        {{"S:220 DSN", "C:EHLO", "S:250-DSN SMTPUTF8", "S:250-AUTH LOGIN",
          "S:250 8BITMIME", NULL},
         {.eight_bit = true}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Greeting greeting;
        g_autofree char *heard = NULL;
        g_autofree char *result =
            try_greeting(fake_smtp_start(rows[i].script), &fixture->settings,
                         &greeting, &heard);
        assert_string_equal(result, "ok");
        assert_string_equal(heard, "EHLO sceau.localhost\r\nQUIT\r\n");
        assert_memory_equal(&greeting, &rows[i].greeting, sizeof greeting);
    }
}

static void
a_service_that_does_not_greet_is_away(void **state)
{
    Fixture *fixture = *state;
    static const struct {
        const char *const script[5];
        const char *result;
    } rows[] = {
        {{"S:554 go away", NULL}, "0 no service: 554 go away"},
        {{"S:421 busy", NULL}, "0 no service: 421 busy"},
        {{"S:250 ok", NULL}, "0 no service: 250 ok"},
        {{"S:220 hi", "C:EHLO", "S:502 what", NULL}, "0 no service: 502 what"},
        {{"S:220 hi", "C:EHLO", "S:220 hi", NULL}, "0 no service: 220 hi"},
        {{"CLOSE", NULL}, "0 the connection was closed"},
        {{"S:220 hi", "C:EHLO", "CLOSE", NULL}, "0 the connection was closed"},
    };
    assert_int_equal(ERROR_TEMPORARY, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Greeting greeting;
        g_autofree char *heard = NULL;
        g_autofree char *result =
            try_greeting(fake_smtp_start(rows[i].script), &fixture->settings,
                         &greeting, &heard);
        assert_string_equal(result, rows[i].result);
    }
}

static void
a_login_is_one_line_of_auth_plain(void **state)
{
    Fixture *fixture = *state;
    static const char *const script[] = {
        "S:220 hi",     "C:EHLO",   "S:250-mx", "S:250 AUTH PLAIN",
        "C:AUTH PLAIN", "S:235 ok", NULL};
    Greeting greeting;
    g_autofree char *heard = NULL;
    fixture->settings.login = (char *)(gintptr) "sceau";
    fixture->settings.password_file = fixture->path;
    g_autofree char *result = try_greeting(
        fake_smtp_start(script), &fixture->settings, &greeting, &heard);
    assert_string_equal(result, "ok");
    /* NUL sceau NUL s3cret */
    assert_string_equal(heard, "EHLO sceau.localhost\r\n"
                               "AUTH PLAIN AHNjZWF1AHMzY3JldA==\r\nQUIT\r\n");
}

static void
a_login_that_fails_is_told(void **state)
{
    Fixture *fixture = *state;
    static const struct {
        const char *const script[7];
        const char *result;
    } rows[] = {
        {{"S:220 hi", "C:EHLO", "S:250 AUTH PLAIN", NULL},
         "2 offers no AUTH PLAIN for login sceau"},
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250 AUTH LOGIN", NULL},
         "2 offers no AUTH PLAIN for login sceau"},
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250 AUTH PLAIN", "C:AUTH PLAIN",
          "S:535 5.7.8 no", NULL},
         "2 login sceau refused: 535 5.7.8 no"},
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250 AUTH PLAIN", "C:AUTH PLAIN",
          "S:454 4.7.0 later", NULL},
         "0 login sceau refused: 454 4.7.0 later"},
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250 AUTH PLAIN", "C:AUTH PLAIN",
          "S:334 more", NULL},
         "0 login sceau refused: 334 more"},
    };
    assert_int_equal(ERROR_CONFIG, 2);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Greeting greeting;
        g_autofree char *heard = NULL;
        fixture->settings.login = (char *)(gintptr) "sceau";
        fixture->settings.password_file = fixture->path;
        g_autofree char *result =
            try_greeting(fake_smtp_start(rows[i].script), &fixture->settings,
                         &greeting, &heard);
        assert_string_equal(result, rows[i].result);
    }
}

static void
try_password(Fixture *fixture, const char *bytes, gsize size, mode_t mode,
             const char *wanted)
{
    static const char *const script[] = {"S:220 hi", "C:EHLO", "S:250-mx",
                                         "S:250 AUTH PLAIN", NULL};
    Greeting greeting;
    g_autofree char *heard = NULL;
    assert_true(g_file_set_contents(fixture->path, bytes, (gssize)size, NULL));
    assert_int_equal(g_chmod(fixture->path, (int)mode), 0);
    fixture->settings.login = (char *)(gintptr) "sceau";
    fixture->settings.password_file = fixture->path;
    g_autofree char *result = try_greeting(
        fake_smtp_start(script), &fixture->settings, &greeting, &heard);
    if (result[0] != '2' || strstr(result, wanted) == NULL)
        fail_msg("%s, not %s", result, wanted);
    assert_null(strstr(result, "s3cret"));
    assert_null(strstr(heard, "AUTH"));
}

static void
a_password_file_must_hold_a_password_of_ours_alone(void **state)
{
    Fixture *fixture = *state;
    g_autofree char *much = g_strnfill(256, 'x');
    try_password(fixture, "s3cret\n", 7, 0644, "open to others");
    try_password(fixture, "s3cret\n", 7, 0602, "open to others");
    try_password(fixture, "", 0, 0600, "is empty");
    try_password(fixture, "\ns3cret\n", 8, 0600, "is empty");
    try_password(fixture, "s3\0cret\n", 8, 0600, "no password");
    try_password(fixture, much, 256, 0600, "no password");
    Greeting greeting;
    g_autofree char *heard = NULL;
    static const char *const script[] = {"S:220 hi", "C:EHLO", "S:250-mx",
                                         "S:250 AUTH PLAIN", NULL};
    fixture->settings.password_file = (char *)(gintptr) "/nonexistent";
    g_autofree char *result = try_greeting(
        fake_smtp_start(script), &fixture->settings, &greeting, &heard);
    assert_non_null(strstr(result, "No such file"));
}

static void
with_tls_the_login_goes_encrypted(void **state)
{
    Fixture *fixture = *state;
    static const char *const script[] = {
        "S:220 hi",   "C:EHLO",           "S:250-mx",     "S:250 STARTTLS",
        "C:STARTTLS", "S:220 go",         "TLS",          "C:EHLO",
        "S:250-mx",   "S:250 AUTH PLAIN", "C:AUTH PLAIN", "S:235 ok",
        NULL};
    for (int named = 0; named < 2; named++) {
        Greeting greeting;
        g_autofree char *heard = NULL;
        FakeSmtp *fake = fake_smtp_start_tcp(script);
        g_autofree char *ca = g_strdup(fake_smtp_get_ca(fake));
        fixture->settings.tls_ca = ca;
        fixture->settings.tls_name =
            named ? (char *)(gintptr) "relay.test" : NULL;
        fixture->settings.login = (char *)(gintptr) "sceau";
        fixture->settings.password_file = fixture->path;
        g_autofree char *result =
            try_greeting(fake, &fixture->settings, &greeting, &heard);
        assert_string_equal(result, "ok");
        /* What was offered in clear counts no more. */
        assert_false(greeting.start_tls);
        assert_true(greeting.auth_plain);
    }
}

static void
without_verified_tls_nothing_is_said(void **state)
{
    Fixture *fixture = *state;
    static const struct {
        const char *const script[9];
        const char *name, *result;
    } rows[] = {
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250 AUTH PLAIN", NULL},
         NULL,
         "2 tls-ca is set, but it offers no STARTTLS"},
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250 STARTTLS", "C:STARTTLS",
          "S:454 later", NULL},
         NULL,
         "0 STARTTLS: 454 later"},
        {{"S:220 hi", "C:EHLO", "S:250-mx", "S:250 STARTTLS", "C:STARTTLS",
          "S:220 go", "TLS", "C:EHLO", NULL},
         "other.test",
         "0 TLS: hostname mismatch"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Greeting greeting;
        g_autofree char *heard = NULL;
        FakeSmtp *fake = fake_smtp_start_tcp(rows[i].script);
        g_autofree char *ca = g_strdup(fake_smtp_get_ca(fake));
        fixture->settings.tls_ca = ca;
        fixture->settings.tls_name = (char *)(gintptr)rows[i].name;
        fixture->settings.login = (char *)(gintptr) "sceau";
        fixture->settings.password_file = fixture->path;
        g_autofree char *result =
            try_greeting(fake, &fixture->settings, &greeting, &heard);
        assert_string_equal(result, rows[i].result);
        assert_null(strstr(heard, "AUTH"));
    }
}

static void
another_machine_is_not_asked_in_clear(void **state)
{
    Fixture *fixture = *state;
    Greeting greeting;
    g_autoptr(GError) error = NULL;
    fixture->settings.server = (char *)(gintptr) "192.0.2.1:25";
    assert_null(greeting_exchange(&fixture->settings, &greeting, &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_non_null(strstr(error->message, "no tls-ca"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_it_offers_is_noted),
        TEST(a_service_that_does_not_greet_is_away),
        TEST(a_login_is_one_line_of_auth_plain),
        TEST(a_login_that_fails_is_told),
        TEST(a_password_file_must_hold_a_password_of_ours_alone),
        TEST(with_tls_the_login_goes_encrypted),
        TEST(without_verified_tls_nothing_is_said),
        TEST(another_machine_is_not_asked_in_clear),
    };
#undef TEST
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
