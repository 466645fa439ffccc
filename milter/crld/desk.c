/* SPDX-License-Identifier: BSD-2-Clause */
/* Desk: where sceau-crld waits for whatever comes first. */
#include "crld/desk.h"

#include "base/clock.h"
#include "base/control.h"
#include "base/localsocket.h"
#include "base/log.h"
#include "certs/crllearn.h"

#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define READ_US  (5 * G_USEC_PER_SEC)
#define WRITE_US (10 * G_USEC_PER_SEC)

struct Desk {
    int signals;
    int control; /* -1: none */
    int learn;   /* -1: none */
    char *control_path;
    char *learn_path;
    uid_t learn_from;
    int client; /* whose command is being done; -1: nobody's */
};

/* --- opening ----------------------------------------------------------- */

/* Anybody may connect: who sends is told by the kernel with each datagram. */
static int
open_learn(const char *path)
{
    struct sockaddr_un address;
    const int yes = 1;
    bool fits = localsocket_fill(&address, path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fits)
        (void)unlink(path);
    if (fits && fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0 &&
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        chmod(path, 0666) == 0)
        return fd;
    log_event(LOG_LEVEL_WARNING, "no-learn", "path", path, "text",
              "cannot listen there: nothing is learnt from certificates", NULL);
    if (fd >= 0)
        close(fd);
    return -1;
}

Desk *
desk_new(const sigset_t *signals, const char *control, const uid_t *learn_from)
{
    Desk *desk = g_new0(Desk, 1);
    g_autoptr(GError) error = NULL;
    desk->signals = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
    desk->control = desk->learn = desk->client = -1;
    if (control == NULL)
        return desk;
    desk->control_path = g_strdup(control);
    desk->control = control_listen(control, geteuid(), getegid(), &error);
    if (error != NULL)
        log_event(LOG_LEVEL_WARNING, "no-control", "error", error->message,
                  NULL);
    if (learn_from == NULL)
        return desk;
    desk->learn_from = *learn_from;
    desk->learn_path = crllearn_get_path(control);
    desk->learn = open_learn(desk->learn_path);
    return desk;
}

void
desk_free(Desk *desk)
{
    if (desk == NULL)
        return;
    if (desk->control >= 0)
        (void)unlink(desk->control_path);
    if (desk->learn >= 0)
        (void)unlink(desk->learn_path);
    const int fds[] = {desk->signals, desk->control, desk->learn, desk->client};
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    g_free(desk->control_path);
    g_free(desk->learn_path);
    g_free(desk);
}

/* --- commands ---------------------------------------------------------- */

void
desk_answer(Desk *desk, int status, const char *text)
{
    g_autoptr(GError) error = NULL;
    if (desk->client >= 0 &&
        !control_write_answer(desk->client, status, text,
                              clock_monotonic_us() + WRITE_US, &error))
        log_event(LOG_LEVEL_WARNING, "control", "error", error->message, NULL);
    if (desk->client >= 0)
        close(desk->client);
    desk->client = -1;
}

/* Whether a command is to be done. */
static bool
take_command(Desk *desk)
{
    desk->client = accept4(desk->control, NULL, NULL, SOCK_CLOEXEC);
    if (desk->client < 0)
        return false;
    g_auto(GStrv) words =
        control_check_peer(desk->client)
            ? control_read_question(desk->client,
                                    clock_monotonic_us() + READ_US, NULL)
            : NULL;
    if (words != NULL && strcmp(words[0], "refresh") == 0 && words[1] == NULL)
        return true;
    if (words != NULL)
        desk_answer(desk, EX_USAGE, "sceau-crld does not know that command\n");
    if (desk->client >= 0)
        close(desk->client);
    desk->client = -1;
    return false;
}

/* --- datagrams --------------------------------------------------------- */

static bool
may_send(const Desk *desk, struct msghdr *message)
{
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each != NULL;
         each = CMSG_NXTHDR(message, each)) {
        struct ucred who;
        if (each->cmsg_level != SOL_SOCKET ||
            each->cmsg_type != SCM_CREDENTIALS)
            continue;
        memcpy(&who, CMSG_DATA(each), sizeof who);
        return who.uid == 0 || who.uid == geteuid() ||
               who.uid == desk->learn_from;
    }
    return false;
}

static bool
take_datagram(const Desk *desk, DeskNews *news)
{
    char text[CRLLEARN_MAX_BYTES + 1];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } room;
    struct iovec part = {.iov_base = text, .iov_len = sizeof text};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room.bytes,
                             .msg_controllen = sizeof room.bytes};
    ssize_t size = recvmsg(desk->learn, &message, MSG_CMSG_CLOEXEC);
    return size > 0 && (message.msg_flags & MSG_TRUNC) == 0 &&
           may_send(desk, &message) &&
           crllearn_parse(text, (gsize)size, &news->trust, &news->url);
}

/* --- waiting ----------------------------------------------------------- */

static DeskEvent
take(Desk *desk, const struct pollfd *fds, DeskNews *news)
{
    struct signalfd_siginfo about;
    if (fds[0].revents != 0 &&
        read(desk->signals, &about, sizeof about) == sizeof about) {
        news->signal = (int)about.ssi_signo;
        return DESK_SIGNAL;
    }
    if (fds[1].revents != 0 && take_command(desk))
        return DESK_REFRESH;
    if (fds[2].revents != 0 && take_datagram(desk, news))
        return DESK_LEARNT;
    return DESK_TIME;
}

DeskEvent
desk_wait(Desk *desk, gint64 wait_s, DeskNews *news)
{
    gint64 until_us = clock_monotonic_us() + wait_s * G_USEC_PER_SEC;
    *news = (DeskNews){0};
    for (;;) {
        struct pollfd fds[] = {{.fd = desk->signals, .events = POLLIN},
                               {.fd = desk->control, .events = POLLIN},
                               {.fd = desk->learn, .events = POLLIN}};
        gint64 left_ms = (until_us - clock_monotonic_us()) / 1000;
        if (left_ms <= 0 && wait_s > 0)
            return DESK_TIME;
        if (poll(fds, G_N_ELEMENTS(fds), (int)MAX(left_ms, 0)) > 0) {
            DeskEvent event = take(desk, fds, news);
            if (event != DESK_TIME)
                return event;
        }
        if (wait_s <= 0)
            return DESK_TIME;
    }
}
