/* SPDX-License-Identifier: BSD-2-Clause */
/* Who listens on a control socket and has one answer for everybody. */
#include "tests/fakes/fake_daemon.h"

#include "base/clock.h"
#include "base/control.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOON_US (30 * G_USEC_PER_SEC)

static struct {
    int listener, stop;
    int status;
    char *text;
    char *asked;
    GThread *thread;
} fake;

static void
serve_one(void)
{
    int client = accept(fake.listener, NULL, NULL);
    if (client < 0)
        return;
    gint64 end_us = clock_monotonic_us() + SOON_US;
    g_auto(GStrv) words = control_read_question(client, end_us, NULL);
    if (words != NULL) {
        g_free(fake.asked);
        fake.asked = g_strjoinv("|", words);
        g_assert_true(
            control_write_answer(client, fake.status, fake.text, end_us, NULL));
    }
    (void)close(client);
}

static gpointer
serve(gpointer data)
{
    (void)data;
    for (;;) {
        struct pollfd both[] = {{.fd = fake.listener, .events = POLLIN},
                                {.fd = fake.stop, .events = POLLIN}};
        (void)poll(both, 2, -1);
        if (both[1].revents != 0)
            return NULL;
        serve_one();
    }
}

void
fake_daemon_start(const char *path, int status, const char *text)
{
    g_autoptr(GError) error = NULL;
    fake.listener = control_listen(path, geteuid(), getegid(), &error);
    g_assert_no_error(error);
    fake.stop = eventfd(0, EFD_CLOEXEC);
    fake.status = status;
    g_free(fake.text);
    fake.text = g_strdup(text);
    g_clear_pointer(&fake.asked, g_free);
    fake.thread = g_thread_new("daemon", serve, NULL);
}

const char *
fake_daemon_stop(void)
{
    const guint64 one = 1;
    g_assert_cmpint(write(fake.stop, &one, sizeof one), ==, sizeof one);
    g_thread_join(fake.thread);
    (void)close(fake.stop);
    (void)close(fake.listener);
    return fake.asked;
}
