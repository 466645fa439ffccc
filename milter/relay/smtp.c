/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP: the lines and replies of one client connection. */
#include "relay/smtp.h"

#include "base/clock.h"
#include "base/error.h"
#include "relay/smtp_reply.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES 4096

struct Smtp {
    int fd;
    char *server;
    gint64 timeout_ms;
    SmtpReplyReader *reader;
    char input[READ_BYTES];
    gsize input_start, input_end;
    bool line_start; /* content: the next byte begins a line */
    bool after_cr;
};

void
smtp_reply_clear(SmtpReply *reply)
{
    g_clear_pointer(&reply->text, g_free);
}

/* --- waiting ----------------------------------------------------------- */

static bool
fail(const Smtp *smtp, const char *what, GError **error)
{
    error_set(error, ERROR_TEMPORARY, "relay %s: %s", smtp->server, what);
    return false;
}

static bool
wait_for(const Smtp *smtp, short events, gint64 deadline_us, GError **error)
{
    for (;;) {
        gint64 left_us = deadline_us - clock_monotonic_us();
        if (left_us <= 0)
            return fail(smtp, "no answer in time", error);
        struct pollfd wanted = {.fd = smtp->fd, .events = events};
        int got = poll(&wanted, 1, (int)(left_us / 1000) + 1);
        if (got > 0)
            return true;
        if (got < 0 && errno != EINTR)
            return fail(smtp, g_strerror(errno), error);
    }
}

static gint64
get_deadline(const Smtp *smtp)
{
    return clock_monotonic_us() + smtp->timeout_ms * 1000;
}

/* --- connecting -------------------------------------------------------- */

static bool
finish_connect(Smtp *smtp, int got, gint64 deadline_us, GError **error)
{
    int fault = got == 0 ? 0 : errno;
    socklen_t size = sizeof fault;
    if (fault == EINPROGRESS || fault == EAGAIN) {
        if (!wait_for(smtp, POLLOUT, deadline_us, error))
            return false;
        getsockopt(smtp->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
    }
    if (fault == 0)
        return true;
    /* Rights do not mend themselves: the administrator has to act. */
    ErrorClass class =
        fault == EACCES || fault == EPERM ? ERROR_CONFIG : ERROR_TEMPORARY;
    error_set(error, class, "relay %s: %s%s", smtp->server, g_strerror(fault),
              class == ERROR_CONFIG ? " (is our user in the MTA's group, "
                                      "postdrop on Postfix?)"
                                    : "");
    return false;
}

static bool
connect_unix(Smtp *smtp, const char *path, gint64 deadline_us, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return fail(smtp, "the path is too long", error);
    memcpy(address.sun_path, path, strlen(path));
    smtp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (smtp->fd < 0)
        return fail(smtp, g_strerror(errno), error);
    int got =
        connect(smtp->fd, (const struct sockaddr *)&address, sizeof address);
    return finish_connect(smtp, got, deadline_us, error);
}

static bool
connect_address(Smtp *smtp, const struct addrinfo *address, gint64 deadline_us,
                GError **error)
{
    smtp->fd = socket(address->ai_family,
                      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (smtp->fd < 0)
        return fail(smtp, g_strerror(errno), error);
    int got = connect(smtp->fd, address->ai_addr, address->ai_addrlen);
    if (finish_connect(smtp, got, deadline_us, error))
        return true;
    close(smtp->fd);
    smtp->fd = -1;
    return false;
}

/* Only numbers: a name server is one more that can be silent. "localhost" is
 * written as it is by people. */
static struct addrinfo *
read_address(const char *server)
{
    const char *colon = strrchr(server, ':');
    if (colon == NULL || colon == server || colon[1] == '\0')
        return NULL;
    g_autofree char *host = g_strndup(server, (gsize)(colon - server));
    gsize length = strlen(host);
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        memmove(host, host + 1, length - 1);
    }
    if (strcmp(host, "localhost") == 0) {
        g_free(host);
        host = g_strdup("127.0.0.1");
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    return getaddrinfo(host, colon + 1, &hints, &list) == 0 ? list : NULL;
}

Smtp *
smtp_connect(const char *server, gint64 timeout_ms, GError **error)
{
    g_autoptr(Smtp) smtp = g_new0(Smtp, 1);
    smtp->fd = -1;
    smtp->server = g_strdup(server);
    smtp->timeout_ms = timeout_ms;
    smtp->reader = smtp_reply_reader_new();
    gint64 deadline_us = get_deadline(smtp);
    bool connected = false;
    if (g_str_has_prefix(server, "unix:")) {
        connected = connect_unix(smtp, server + 5, deadline_us, error);
    } else {
        struct addrinfo *list = read_address(server);
        if (list == NULL)
            error_set(error, ERROR_CONFIG,
                      "relay %s: neither unix:/path nor address:port", server);
        else
            connected = connect_address(smtp, list, deadline_us, error);
        if (list != NULL)
            freeaddrinfo(list);
    }
    return connected ? g_steal_pointer(&smtp) : NULL;
}

void
smtp_free(Smtp *smtp)
{
    if (smtp == NULL)
        return;
    if (smtp->fd >= 0)
        close(smtp->fd);
    smtp_reply_reader_free(smtp->reader);
    g_free(smtp->server);
    g_free(smtp);
}

bool
smtp_is_local(const char *server)
{
    return g_str_has_prefix(server, "unix:/") ||
           g_str_has_prefix(server, "127.") ||
           g_str_has_prefix(server, "localhost:") ||
           g_str_has_prefix(server, "[::1]:");
}

/* --- reading ----------------------------------------------------------- */

static bool
fill(Smtp *smtp, gint64 deadline_us, GError **error)
{
    for (;;) {
        if (!wait_for(smtp, POLLIN, deadline_us, error))
            return false;
        ssize_t got = recv(smtp->fd, smtp->input, sizeof smtp->input, 0);
        if (got > 0) {
            smtp->input_start = 0;
            smtp->input_end = (gsize)got;
            return true;
        }
        if (got == 0)
            return fail(smtp, "the connection was closed", error);
        if (errno != EINTR && errno != EAGAIN)
            return fail(smtp, g_strerror(errno), error);
    }
}

bool
smtp_read_reply(Smtp *smtp, SmtpReply *reply, GError **error)
{
    gint64 deadline_us = get_deadline(smtp);
    smtp_reply_clear(reply);
    for (;;) {
        if (smtp->input_start == smtp->input_end &&
            !fill(smtp, deadline_us, error))
            return false;
        gsize used = 0;
        SmtpReplyState state =
            smtp_reply_read(smtp->reader, smtp->input + smtp->input_start,
                            smtp->input_end - smtp->input_start, &used);
        smtp->input_start += used;
        if (state == SMTP_REPLY_BAD)
            return fail(smtp, "what it says is no SMTP reply", error);
        if (state == SMTP_REPLY_DONE)
            break;
    }
    reply->code = smtp_reply_get_code(smtp->reader);
    reply->text = g_strdup(smtp_reply_get_text(smtp->reader));
    return true;
}

/* --- writing ----------------------------------------------------------- */

/* A deadline for the whole chunk: a peer that takes a byte now and then does
 * not hold us. */
static bool
send_all(Smtp *smtp, const char *bytes, gsize size, GError **error)
{
    gint64 deadline_us = get_deadline(smtp);
    while (size > 0) {
        if (!wait_for(smtp, POLLOUT, deadline_us, error))
            return false;
        ssize_t done = send(smtp->fd, bytes, size, MSG_NOSIGNAL);
        if (done < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (done < 0)
            return fail(smtp, g_strerror(errno), error);
        bytes += done;
        size -= (gsize)done;
    }
    return true;
}

bool
smtp_command(Smtp *smtp, SmtpReply *reply, GError **error, const char *format,
             ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    for (const char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            error_set(error, ERROR_INTERNAL,
                      "relay: a command with control characters");
            return false;
        }
    g_autofree char *whole = g_strconcat(line, "\r\n", NULL);
    smtp->line_start = true;
    smtp->after_cr = false;
    return send_all(smtp, whole, strlen(whole), error) &&
           smtp_read_reply(smtp, reply, error);
}

bool
smtp_send_content(Smtp *smtp, const char *bytes, gsize size_bytes,
                  GError **error)
{
    g_autoptr(GString) out = g_string_sized_new(size_bytes + 64);
    for (gsize i = 0; i < size_bytes; i++) {
        char c = bytes[i];
        if (smtp->line_start && c == '.')
            g_string_append_c(out, '.');
        g_string_append_c(out, c);
        smtp->line_start = c == '\n' && smtp->after_cr;
        smtp->after_cr = c == '\r';
    }
    return send_all(smtp, out->str, out->len, error);
}

bool
smtp_end_content(Smtp *smtp, SmtpReply *reply, GError **error)
{
    const char *end = smtp->line_start ? ".\r\n" : "\r\n.\r\n";
    return send_all(smtp, end, strlen(end), error) &&
           smtp_read_reply(smtp, reply, error);
}
