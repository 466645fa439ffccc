/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/control_server.h"

#include "base/clock.h"
#include "base/control.h"
#include "fake_relay.h"
#include "made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

static char *path;
static Reload *reload;
static ControlServer *server;

static int
set_up(void **state)
{
    (void)state;
    setup_unref(made_setup_new("policy 1\n", ""));
    const char *dir = made_setup_get_dir();
    g_autofree char *config = g_build_filename(dir, "sceau.conf", NULL);
    path = g_build_filename(dir, "control.sock", NULL);
    g_autoptr(Problems) problems = problems_new();
    reload = reload_new(reload_load(config, problems));
    server = control_server_new(
        control_listen(path, geteuid(), getegid(), NULL), reload);
    return server != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    control_server_free(server);
    reload_free(reload);
    g_clear_pointer(&path, g_free);
    made_setup_clean();
    return 0;
}

/* Caller frees. */
static char *
ask(const char *a, const char *b, const char *c, int *status)
{
    const char *const words[] = {a, b, c, NULL};
    char *text = control_ask(
        path, words, clock_monotonic_us() + 60 * G_USEC_PER_SEC, status, NULL);
    assert_non_null(text);
    return text;
}

static void
status_is_told(void **state)
{
    (void)state;
    int status = -1;
    g_autofree char *text = ask("status", NULL, NULL, &status);
    assert_int_equal(status, EX_OK);
    assert_true(g_str_has_prefix(text, "[sceaud]\n"));
}

static void
a_reload_tells_how_it_went(void **state)
{
    (void)state;
    int status = -1;
    g_autofree char *good = ask("reload", NULL, NULL, &status);
    assert_int_equal(status, EX_OK);
    assert_non_null(strstr(good, "new configuration is in use"));
    g_autofree char *policy =
        g_build_filename(made_setup_get_dir(), "policy", NULL);
    assert_true(
        g_file_set_contents(policy, "policy 1\nrule a then fly\n", -1, NULL));
    g_autofree char *bad = ask("reload", NULL, NULL, &status);
    assert_int_equal(status, EX_CONFIG);
    assert_non_null(strstr(bad, "/policy:2:"));
    assert_non_null(strstr(bad, "old configuration stays"));
}

static void
addresses_are_asked_for_anew(void **state)
{
    (void)state;
    int status = -1;
    g_autofree char *both =
        ask("refresh", "Bob@partner.example", "carol@partner.example", &status);
    assert_int_equal(status, EX_OK);
    assert_non_null(strstr(both, "bob@partner.example: found\n"));
    assert_non_null(strstr(both, "carol@partner.example: none"));
    g_autofree char *all = ask("refresh", "certificates", NULL, &status);
    assert_int_equal(status, EX_OK);
    assert_string_equal(
        all, "what directories said about 2 addresses is forgotten\n");
}

static void
the_clock_is_declared_right(void **state)
{
    (void)state;
    int status = -1;
    g_autoptr(Setup) setup = reload_get_setup(reload);
    clock_set(clock_now() + 7200);
    g_autofree char *jumped = setup_check_clock(setup);
    assert_non_null(jumped);
    g_autofree char *good = ask("refresh", "clock", NULL, &status);
    assert_int_equal(status, EX_OK);
    assert_string_equal(good, "the present time is believed\n");
    g_autofree char *none = setup_check_clock(setup);
    assert_null(none);
    clock_set(1000);
    g_autofree char *bad = ask("refresh", "clock", NULL, &status);
    clock_set(-1);
    assert_int_equal(status, EX_TEMPFAIL);
    assert_non_null(strstr(bad, "still not plausible"));
}

static void
mistakes_are_told(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"fly", NULL}, {"refresh", NULL}, {"refresh", "bob"}, {"", ""}};
    for (gsize i = 0; rows[i][0][0] != '\0'; i++) {
        int status = -1;
        g_autofree char *text = ask(rows[i][0], rows[i][1], NULL, &status);
        assert_int_equal(status, EX_USAGE);
        assert_null(strstr(text, "found"));
    }
}

static int
connect_silently(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* All but one place are taken by those who connect and say nothing. */
static void
who_says_nothing_stops_nobody(void **state)
{
    (void)state;
    int silent[CONTROL_SERVER_CLIENTS - 1];
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        silent[i] = connect_silently();
    int status = -1;
    g_autofree char *text = ask("status", NULL, NULL, &status);
    assert_true(g_str_has_prefix(text, "[sceaud]\n"));
    assert_int_equal(status, EX_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++)
        (void)close(silent[i]);
}

static void
without_a_socket_there_is_no_server(void **state)
{
    (void)state;
    assert_null(control_server_new(-1, reload));
    control_server_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(status_is_told),
        TEST(a_reload_tells_how_it_went),
        TEST(addresses_are_asked_for_anew),
        TEST(the_clock_is_declared_right),
        TEST(mistakes_are_told),
        TEST(who_says_nothing_stops_nobody),
        TEST(without_a_socket_there_is_no_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
