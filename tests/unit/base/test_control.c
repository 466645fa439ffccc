/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/control.h"

#include "base/clock.h"
#include "base/error.h"

#include <glib/gstdio.h>

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON_US (30 * G_USEC_PER_SEC)

static char *dir;
static char *path;

static int
make_dir(void **state)
{
    (void)state;
    dir = g_dir_make_tmp("sceau-control-XXXXXX", NULL);
    path = g_build_filename(dir, "run", "control.sock", NULL);
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    g_autofree char *below = g_build_filename(dir, "run", NULL);
    g_unlink(path);
    g_rmdir(below);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
    return 0;
}

static gint64
soon(void)
{
    return clock_monotonic_us() + SOON_US;
}

static int
listen_here(void)
{
    return control_listen(path, geteuid(), getegid(), NULL);
}

static int
accept_one(int listener)
{
    struct pollfd one = {.fd = listener, .events = POLLIN};
    assert_int_equal(poll(&one, 1, 30000), 1);
    int client = accept(listener, NULL, NULL);
    assert_true(client >= 0);
    return client;
}

/* Answers one question with its own words, or says nothing. */
static gpointer
serve(gpointer data)
{
    int client = accept_one(*(int *)data);
    g_auto(GStrv) words = control_read_question(client, soon(), NULL);
    if (words != NULL && strcmp(words[0], "silence") != 0) {
        g_autofree char *joined = g_strjoinv("|", words);
        assert_true(control_write_answer(client, 75, joined, soon(), NULL));
    }
    (void)close(client);
    return NULL;
}

static char *
ask(int listener, const char *const *words, int *status, GError **error)
{
    GThread *server = g_thread_new("server", serve, &listener);
    char *text = control_ask(path, words, soon(), status, error);
    g_thread_join(server);
    return text;
}

static void
a_question_has_an_answer(void **state)
{
    (void)state;
    int listener = listen_here();
    assert_true(listener >= 0);
    static const char *const words[] = {"refresh", "bob@x.example", NULL};
    int status = 0;
    g_autofree char *text = ask(listener, words, &status, NULL);
    assert_string_equal(text, "refresh|bob@x.example");
    assert_int_equal(status, 75);
    (void)close(listener);
}

static void
an_end_without_an_answer_is_told(void **state)
{
    (void)state;
    int listener = listen_here();
    static const char *const words[] = {"silence", NULL};
    int status = 0;
    g_autoptr(GError) error = NULL;
    assert_null(ask(listener, words, &status, &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    assert_non_null(strstr(error->message, "hung up"));
    (void)close(listener);
}

static void
nobody_listening_is_told(void **state)
{
    (void)state;
    static const char *const words[] = {"status", NULL};
    int status = 0;
    for (int stale = 0; stale < 2; stale++) {
        g_autoptr(GError) error = NULL;
        assert_null(control_ask(path, words, soon(), &status, &error));
        assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
        assert_non_null(strstr(error->message, "nobody listens"));
        (void)close(listen_here());
    }
}

/* One who listens and never accepts. */
static void
a_silent_server_is_waited_for_until_the_deadline(void **state)
{
    (void)state;
    int listener = listen_here();
    static const char *const words[] = {"status", NULL};
    int status = 0;
    g_autoptr(GError) error = NULL;
    assert_null(
        control_ask(path, words, clock_monotonic_us() + 1000, &status, &error));
    assert_non_null(strstr(error->message, "in time"));
    (void)close(listener);
}

static void
words_that_do_not_fit_are_not_sent(void **state)
{
    (void)state;
    g_autofree char *huge = g_strnfill(CONTROL_MAX_QUESTION, 'a');
    const char *const rows[][3] = {
        {NULL}, {"a", "", NULL}, {"a", "b\nc", NULL}, {"a", huge, NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        int status = 0;
        g_autoptr(GError) error = NULL;
        assert_null(control_ask(path, rows[i], soon(), &status, &error));
        assert_int_equal(error_get_class(error), ERROR_CONFIG);
    }
}

/* What a client writes, and whether it is a question. */
static bool
is_read(const char *bytes, gsize size_bytes, bool hang_up, GError **error)
{
    int both[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
    int room = 1 << 20;
    assert_int_equal(
        setsockopt(both[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    assert_int_equal(send(both[0], bytes, size_bytes, 0), size_bytes);
    if (hang_up)
        assert_int_equal(shutdown(both[0], SHUT_WR), 0);
    g_auto(GStrv) words = control_read_question(
        both[1], clock_monotonic_us() + (hang_up ? SOON_US : 1000), error);
    (void)close(both[0]);
    (void)close(both[1]);
    return words != NULL;
}

static void
questions_are_bounded(void **state)
{
    (void)state;
    g_autofree char *huge = g_strnfill(CONTROL_MAX_QUESTION + 1, 'a');
    assert_true(is_read("status\n\n", 8, true, NULL));
    static const struct {
        const char *bytes;
        gsize size_bytes;
        bool hang_up;
        ErrorClass class;
    } rows[] = {
        {"status\n", 7, true, ERROR_MALFORMED},
        {"status", 6, true, ERROR_MALFORMED},
        {"\n\n", 2, true, ERROR_MALFORMED},
        {"a\0b\n\n", 5, true, ERROR_MALFORMED},
        {"", 0, true, ERROR_MALFORMED},
        {"status\n", 7, false, ERROR_TEMPORARY},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(is_read(rows[i].bytes, rows[i].size_bytes, rows[i].hang_up,
                             &error));
        assert_int_equal(error_get_class(error), rows[i].class);
    }
    g_autoptr(GError) error = NULL;
    assert_false(is_read(huge, CONTROL_MAX_QUESTION + 1, true, &error));
    assert_int_equal(error_get_class(error), ERROR_MALFORMED);
}

static void
the_socket_is_for_its_owner(void **state)
{
    (void)state;
    int listener = listen_here();
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    g_autofree char *below = g_path_get_dirname(path);
    assert_int_equal(stat(below, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0750);
    /* In use; then free again, though its name stays. */
    g_autoptr(GError) error = NULL;
    assert_int_equal(control_listen(path, geteuid(), getegid(), &error), -1);
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    (void)close(listener);
    listener = listen_here();
    assert_true(listener >= 0);
    (void)close(listener);
    assert_int_equal(g_chmod(below, 0770), 0);
    g_clear_error(&error);
    assert_int_equal(control_listen(path, geteuid(), getegid(), &error), -1);
    assert_non_null(strstr(error->message, "nobody else can write"));
}

static void
only_root_and_our_own_user_are_peers(void **state)
{
    (void)state;
    int listener = listen_here();
    assert_int_equal(g_chmod(path, 0666), 0);
    g_autofree char *below = g_path_get_dirname(path);
    assert_int_equal(g_chmod(below, 0755), 0);
    assert_int_equal(g_chmod(dir, 0755), 0);
    bool root = geteuid() == 0;
    for (int stranger = 0; stranger <= (root ? 1 : 0); stranger++) {
        pid_t child = fork();
        if (child == 0) {
            struct sockaddr_un address = {.sun_family = AF_UNIX};
            (void)g_strlcpy(address.sun_path, path, sizeof address.sun_path);
            int fd = socket(AF_UNIX, SOCK_STREAM, 0);
            bool done = !stranger || setuid(65534) == 0;
            done = done && connect(fd, (const struct sockaddr *)&address,
                                   sizeof address) == 0;
            char byte;
            _exit(done && read(fd, &byte, 1) == 0 ? 0 : 1);
        }
        int client = accept_one(listener);
        assert_int_equal(control_check_peer(client), !stranger);
        (void)close(client);
        int status = 1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    (void)close(listener);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_question_has_an_answer),
        TEST(an_end_without_an_answer_is_told),
        TEST(nobody_listening_is_told),
        TEST(a_silent_server_is_waited_for_until_the_deadline),
        TEST(words_that_do_not_fit_are_not_sent),
        TEST(questions_are_bounded),
        TEST(the_socket_is_for_its_owner),
        TEST(only_root_and_our_own_user_are_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
