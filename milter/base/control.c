/* SPDX-License-Identifier: BSD-2-Clause */
/* Control: the socket by which an administrator's command reaches us. */
#include "base/control.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/localsocket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 16

/* --- bytes with a deadline --------------------------------------------- */

/* False: not in time, TEMPORARY. */
static bool
await(int fd, short events, gint64 deadline_us, GError **error)
{
    for (;;) {
        gint64 left_us = deadline_us - clock_monotonic_us();
        struct pollfd one = {.fd = fd, .events = events};
        int got = left_us > 0 ? poll(&one, 1, (int)(left_us / 1000) + 1) : 0;
        if (got > 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        error_set(error, ERROR_TEMPORARY, "no answer in time");
        return false;
    }
}

static bool
write_all(int fd, const char *bytes, gsize size_bytes, gint64 deadline_us,
          GError **error)
{
    while (size_bytes > 0) {
        if (!await(fd, POLLOUT, deadline_us, error))
            return false;
        ssize_t sent = send(fd, bytes, size_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (sent < 0) {
            error_set(error, ERROR_TEMPORARY, "the other end has hung up: %s",
                      g_strerror(errno));
            return false;
        }
        bytes += sent;
        size_bytes -= (gsize)sent;
    }
    return true;
}

/* Whether text is a whole question: it ends with an empty line. */
static bool
is_whole(const GString *text)
{
    return g_str_has_suffix(text->str, "\n\n");
}

/* Until the end, or the end of a question (whole set then); at most max. */
static bool
read_all(int fd, GString *text, gsize max_bytes, bool question,
         gint64 deadline_us, GError **error)
{
    char buffer[4096];
    while (!question || !is_whole(text)) {
        if (!await(fd, POLLIN, deadline_us, error))
            return false;
        ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            return true;
        if (text->len + (gsize)got > max_bytes ||
            memchr(buffer, '\0', (gsize)got) != NULL) {
            error_set(error, ERROR_MALFORMED, "too much, or no text");
            return false;
        }
        g_string_append_len(text, buffer, got);
    }
    return true;
}

/* --- who asks ---------------------------------------------------------- */

static char *
make_question(const char *const *words, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    bool good = *words != NULL;
    for (; *words != NULL; words++) {
        good = good && **words != '\0' && strchr(*words, '\n') == NULL;
        g_string_append_printf(text, "%s\n", *words);
    }
    g_string_append_c(text, '\n');
    if (good && text->len <= CONTROL_MAX_QUESTION)
        return g_string_free(g_steal_pointer(&text), FALSE);
    error_set(error, ERROR_CONFIG,
              good ? "too many words for one question"
                   : "a word is empty or holds a line end");
    return NULL;
}

static int
connect_to(const char *path, GError **error)
{
    struct sockaddr_un address;
    if (!localsocket_fill(&address, path)) {
        error_set(error, ERROR_CONFIG, "control: %s is too long a path", path);
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int reason = errno;
    if (fd >= 0)
        (void)close(fd);
    if (reason == EACCES || reason == EPERM)
        error_set(error, ERROR_CONFIG,
                  "%s: only root and the daemon's own user may ask", path);
    else if (reason == EAGAIN)
        error_set(error, ERROR_TEMPORARY, "%s: the daemon is busy with others",
                  path);
    else
        error_set(error, ERROR_TEMPORARY,
                  "nobody listens on %s (%s): is the daemon running, with this "
                  "configuration?",
                  path, g_strerror(reason));
    return -1;
}

/* The text of an answer. */
static char *
take_answer(const char *path, const char *text, int *status, GError **error)
{
    char *end = NULL;
    guint64 number = g_ascii_strtoull(text, &end, 10);
    if (end != text && *end == '\n' && number <= 255) {
        *status = (int)number;
        return g_strdup(end + 1);
    }
    error_set(error, ERROR_TEMPORARY,
              "%s: the daemon hung up without an answer: only root and its own "
              "user may ask",
              path);
    return NULL;
}

char *
control_ask(const char *path, const char *const *words, gint64 deadline_us,
            int *status, GError **error)
{
    g_autofree char *question = make_question(words, error);
    int fd = question != NULL ? connect_to(path, error) : -1;
    if (fd < 0)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) trouble = NULL;
    bool read = write_all(fd, question, strlen(question), deadline_us, NULL) ||
                clock_monotonic_us() < deadline_us;
    /* Who is not let in reads nothing, and must learn that from the end. */
    read = read &&
           read_all(fd, text, CONTROL_MAX_ANSWER, false, deadline_us, &trouble);
    (void)close(fd);
    if (read)
        return take_answer(path, text->str, status, error);
    error_set(error, ERROR_TEMPORARY, "%s: %s", path,
              trouble != NULL ? trouble->message : "no answer in time");
    return NULL;
}

/* --- who answers ------------------------------------------------------- */

static bool
check_directory(const char *path, uid_t uid, gid_t gid, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    struct stat about;
    bool made = mkdir(dir, 0750) == 0;
    if ((made && chown(dir, (uid_t)-1, gid) != 0) || stat(dir, &about) != 0) {
        error_set(error, ERROR_CONFIG, "control: the directory %s: %s", dir,
                  g_strerror(errno));
        return false;
    }
    bool ours = about.st_uid == 0 || about.st_uid == uid;
    if (S_ISDIR(about.st_mode) && ours &&
        (about.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    error_set(error, ERROR_CONFIG,
              "control: %s must be a directory of root's or of sceaud's user "
              "that nobody else can write to",
              dir);
    return false;
}

static int
bind_to(const struct sockaddr_un *address, uid_t uid, gid_t gid)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    /* The umask gives the mode at once. */
    mode_t before = umask(0177);
    bool bound =
        bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    (void)umask(before);
    if (bound && lchown(address->sun_path, uid, gid) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    int reason = errno;
    if (bound)
        (void)unlink(address->sun_path);
    (void)close(fd);
    errno = reason;
    return -1;
}

int
control_listen(const char *path, uid_t uid, gid_t gid, GError **error)
{
    struct sockaddr_un address;
    if (*path != '/' || !localsocket_fill(&address, path)) {
        error_set(error, ERROR_CONFIG,
                  "control: \"%s\" is no path, or too long a one", path);
        return -1;
    }
    if (!check_directory(path, uid, gid, error) ||
        !localsocket_check_free(path, "control", error))
        return -1;
    (void)unlink(path);
    int fd = bind_to(&address, uid, gid);
    if (fd < 0)
        error_set(error, ERROR_CONFIG, "control: cannot listen on %s: %s", path,
                  g_strerror(errno));
    return fd;
}

bool
control_check_peer(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

char **
control_read_question(int fd, gint64 deadline_us, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!read_all(fd, text, CONTROL_MAX_QUESTION, true, deadline_us, error))
        return NULL;
    if (!is_whole(text) || text->len < 3) {
        error_set(error, ERROR_MALFORMED, "the question is cut off");
        return NULL;
    }
    g_string_truncate(text, text->len - 2);
    return g_strsplit(text->str, "\n", -1);
}

bool
control_write_answer(int fd, int status, const char *text, gint64 deadline_us,
                     GError **error)
{
    g_autofree char *head = g_strdup_printf("%d\n", status);
    return write_all(fd, head, strlen(head), deadline_us, error) &&
           write_all(fd, text, strlen(text), deadline_us, error);
}
