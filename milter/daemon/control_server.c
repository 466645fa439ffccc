/* SPDX-License-Identifier: BSD-2-Clause */
/* Control server: answers an administrator's commands. Read it from the end. */
#include "daemon/control_server.h"

#include "base/clock.h"
#include "base/control.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "daemon/status.h"
#include "flow/find.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#define READ_US  (5 * G_USEC_PER_SEC)
#define WRITE_US (10 * G_USEC_PER_SEC)
#define ASK_US   (20 * G_USEC_PER_SEC)
#define RETRY_US (G_USEC_PER_SEC / 10)

struct ControlServer {
    int fd;
    int stop; /* an eventfd, readable from the end on */
    Reload *reload;
    gint64 started_s, started_us;
    GThread *threads[CONTROL_SERVER_CLIENTS];
};

/* --- commands: words are what follows; each gives an exit status ------- */

static int
tell_status(const ControlServer *server, char *const *words, GString *text)
{
    (void)words;
    g_autoptr(Bulletin) bulletin = bulletin_new();
    status_write(bulletin, server->reload, server->started_s,
                 server->started_us);
    g_string_append(text, bulletin_get_text(bulletin));
    return EX_OK;
}

static int
reload(const ControlServer *server, char *const *words, GString *text)
{
    (void)words;
    g_autoptr(Problems) problems = problems_new();
    bool good = reload_run(server->reload, problems);
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        g_string_append_printf(text, "%s\n", problems_get(problems, i));
    g_string_append(text, good ? "the new configuration is in use\n"
                               : "the old configuration stays in use\n");
    return good ? EX_OK : EX_CONFIG;
}

static int
forget_certificates(const Setup *setup, GString *text)
{
    g_string_append_printf(text,
                           "what directories said about %u addresses is "
                           "forgotten\n",
                           finder_forget(setup->finder));
    return EX_OK;
}

/* The administrator says that the machine's time is right now. */
static int
believe_clock(const Setup *setup, GString *text)
{
    g_autoptr(GError) error = NULL;
    if (!marks_settle(setup->marks, &error)) {
        g_string_append_printf(text, "%s\n", error->message);
        return EX_TEMPFAIL;
    }
    timekeeper_accept(setup->timekeeper);
    g_autofree char *fault = setup_check_clock(setup);
    g_string_append_printf(text, "%s%s\n",
                           fault == NULL ? "the present time is believed"
                                         : "the time is still not plausible: ",
                           fault == NULL ? "" : fault);
    return fault == NULL ? EX_OK : EX_TEMPFAIL;
}

/* The folded addresses; NULL, and said, when one of them is none. */
static GPtrArray *
read_addresses(char *const *words, GString *text)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    for (; *words != NULL; words++) {
        g_autofree char *address = mailbox_parse(*words);
        if (address == NULL || *address == '\0') {
            g_string_append_printf(text, "\"%s\" is no mail address\n", *words);
            return NULL;
        }
        g_ptr_array_add(addresses, mailbox_fold(address));
    }
    g_ptr_array_add(addresses, NULL);
    return g_steal_pointer(&addresses);
}

static int
ask_anew(const Setup *setup, const GPtrArray *addresses, GString *text)
{
    gint64 deadline_us = clock_monotonic_us() +
                         MIN(setup->general->lookup_timeout_ms * 1000, ASK_US);
    g_autoptr(GPtrArray) answers = finder_refresh(
        setup->finder, (char *const *)addresses->pdata, deadline_us);
    int status = EX_OK;
    for (guint i = 0; i < answers->len; i++) {
        g_autoptr(CertAnswer) answer = find_consider_lost(
            setup, cert_answer_ref(g_ptr_array_index(answers, i)));
        if (answer->class == CERT_DIRECTORY_DOWN)
            status = EX_TEMPFAIL;
        g_string_append_printf(text, "%s: %s%s%s\n", answer->address,
                               cert_class_get_name(answer->class),
                               answer->reason != NULL ? ", " : "",
                               answer->reason != NULL ? answer->reason : "");
    }
    return status;
}

/* "certificates", "clock", or addresses. */
static int
refresh(const ControlServer *server, char *const *words, GString *text)
{
    g_autoptr(Setup) setup = reload_get_setup(server->reload);
    if (g_strcmp0(words[0], "certificates") == 0 && words[1] == NULL)
        return forget_certificates(setup, text);
    if (g_strcmp0(words[0], "clock") == 0 && words[1] == NULL)
        return believe_clock(setup, text);
    g_autoptr(GPtrArray) addresses = read_addresses(words, text);
    if (addresses == NULL || addresses->len < 2)
        return EX_USAGE;
    return ask_anew(setup, addresses, text);
}

static const struct {
    const char *name;
    int (*run)(const ControlServer *server, char *const *words, GString *text);
} commands[] = {
    {"status", tell_status}, {"reload", reload}, {"refresh", refresh}};

static int
run_command(const ControlServer *server, char *const *words, GString *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].name, words[0]) == 0)
            return commands[i].run(server, words + 1, text);
    g_string_append(text, "this daemon does not know that command\n");
    return EX_USAGE;
}

/* --- clients ----------------------------------------------------------- */

/* Whoever connects and says nothing (to see whether we are here) is no
 * event. */
static void
answer(const ControlServer *server, int client)
{
    g_auto(GStrv) words =
        control_read_question(client, clock_monotonic_us() + READ_US, NULL);
    if (words == NULL)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    int status = run_command(server, words, text);
    bool told = control_write_answer(client, status, text->str,
                                     clock_monotonic_us() + WRITE_US, NULL);
    log_event(LOG_LEVEL_NOTICE, "control", "command", words[0], "result",
              status == EX_OK ? "done" : "not done", "answer",
              told ? NULL : "not waited for", NULL);
}

static void
serve_next(const ControlServer *server)
{
    int client = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) {
        /* Another thread has it; or there are too many descriptors, which may
         * last. */
        if (errno != EAGAIN)
            g_usleep(RETRY_US);
        return;
    }
    if (control_check_peer(client))
        answer(server, client);
    else
        log_event(LOG_LEVEL_WARNING, "control", "refused",
                  "neither root nor sceaud's own user", NULL);
    (void)close(client);
}

static gpointer
serve(gpointer data)
{
    const ControlServer *server = data;
    for (;;) {
        struct pollfd both[] = {{.fd = server->fd, .events = POLLIN},
                                {.fd = server->stop, .events = POLLIN}};
        if (poll(both, G_N_ELEMENTS(both), -1) < 0)
            continue;
        if (both[1].revents != 0)
            return NULL;
        if (both[0].revents != 0)
            serve_next(server);
    }
}

/* --- the story --------------------------------------------------------- */

ControlServer *
control_server_new(int fd, Reload *reload)
{
    if (fd < 0)
        return NULL;
    ControlServer *server = g_new0(ControlServer, 1);
    server->fd = fd;
    server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_assert(server->stop >= 0);
    server->reload = reload;
    server->started_s = clock_now();
    server->started_us = clock_monotonic_us();
    for (guint i = 0; i < CONTROL_SERVER_CLIENTS; i++)
        server->threads[i] = g_thread_new("control", serve, server);
    return server;
}

void
control_server_free(ControlServer *server)
{
    if (server == NULL)
        return;
    const guint64 one = 1;
    (void)!write(server->stop, &one, sizeof one);
    for (guint i = 0; i < CONTROL_SERVER_CLIENTS; i++)
        g_thread_join(server->threads[i]);
    (void)close(server->stop);
    (void)close(server->fd);
    g_free(server);
}
