/* SPDX-License-Identifier: BSD-2-Clause */
/* Channel: bytes to and from the relay, each wait with a deadline. */
#include "relay/channel.h"

#include "base/error.h"
#include "relay/server.h"
#include "relay/tls.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct Channel {
    char *server;
    int fd;
    Tls *tls; /* NULL: in clear */
};

Channel *
channel_open(const char *server, gint64 deadline_us, GError **error)
{
    int fd = server_connect(server, deadline_us, error);
    if (fd < 0)
        return NULL;
    Channel *channel = g_new0(Channel, 1);
    channel->server = g_strdup(server);
    channel->fd = fd;
    return channel;
}

void
channel_free(Channel *channel)
{
    if (channel == NULL)
        return;
    tls_free(channel->tls);
    close(channel->fd);
    g_free(channel->server);
    g_free(channel);
}

const char *
channel_get_server(const Channel *channel)
{
    return channel->server;
}

static bool
fail(const Channel *channel, const char *what, GError **error)
{
    error_set(error, ERROR_TEMPORARY, "relay %s: %s", channel->server, what);
    return false;
}

/* true: try again. */
static bool
wait_for_step(Channel *channel, TlsStep step, gint64 deadline_us,
              GError **error)
{
    switch (step) {
    case TLS_WANTS_READ:
        return server_wait(channel->server, channel->fd, POLLIN, deadline_us,
                           error);
    case TLS_WANTS_WRITE:
        return server_wait(channel->server, channel->fd, POLLOUT, deadline_us,
                           error);
    case TLS_CLOSED:
        return fail(channel, "the connection was closed", error);
    case TLS_DONE:
    case TLS_FAILED:
        break;
    }
    g_autofree char *why = tls_explain(channel->tls);
    return fail(channel, why, error);
}

bool
channel_start_tls(Channel *channel, const char *ca_file, const char *name,
                  gint64 deadline_us, GError **error)
{
    channel->tls = tls_new(channel->fd, ca_file, name, error);
    if (channel->tls == NULL) {
        g_prefix_error(error, "relay %s: ", channel->server);
        return false;
    }
    for (;;) {
        TlsStep step = tls_handshake(channel->tls);
        if (step == TLS_DONE)
            return true;
        if (!wait_for_step(channel, step, deadline_us, error))
            return false;
    }
}

static gssize
read_tls(Channel *channel, char *buffer, gsize size_bytes, gint64 deadline_us,
         GError **error)
{
    for (;;) {
        gsize done = 0;
        TlsStep step = tls_read(channel->tls, buffer, size_bytes, &done);
        if (step == TLS_DONE)
            return (gssize)done;
        if (!wait_for_step(channel, step, deadline_us, error))
            return -1;
    }
}

gssize
channel_read(Channel *channel, char *buffer, gsize size_bytes,
             gint64 deadline_us, GError **error)
{
    if (channel->tls != NULL)
        return read_tls(channel, buffer, size_bytes, deadline_us, error);
    for (;;) {
        if (!server_wait(channel->server, channel->fd, POLLIN, deadline_us,
                         error))
            return -1;
        ssize_t got = recv(channel->fd, buffer, size_bytes, 0);
        if (got > 0)
            return got;
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        fail(channel,
             got == 0 ? "the connection was closed" : g_strerror(errno), error);
        return -1;
    }
}

/* Bytes taken now, 0 for "again", -1. */
static gssize
write_some(Channel *channel, const char *bytes, gsize size_bytes,
           gint64 deadline_us, GError **error)
{
    if (channel->tls != NULL) {
        gsize done = 0;
        TlsStep step = tls_write(channel->tls, bytes, size_bytes, &done);
        if (step == TLS_DONE)
            return (gssize)done;
        return wait_for_step(channel, step, deadline_us, error) ? 0 : -1;
    }
    if (!server_wait(channel->server, channel->fd, POLLOUT, deadline_us, error))
        return -1;
    ssize_t done = send(channel->fd, bytes, size_bytes, MSG_NOSIGNAL);
    if (done >= 0)
        return done;
    if (errno == EINTR || errno == EAGAIN)
        return 0;
    fail(channel, g_strerror(errno), error);
    return -1;
}

bool
channel_write(Channel *channel, const char *bytes, gsize size_bytes,
              gint64 deadline_us, GError **error)
{
    while (size_bytes > 0) {
        gssize done =
            write_some(channel, bytes, size_bytes, deadline_us, error);
        if (done < 0)
            return false;
        bytes += done;
        size_bytes -= (gsize)done;
    }
    return true;
}

bool
channel_is_quiet(const Channel *channel)
{
    /* Over TLS bytes of the protocol itself (session tickets) may wait in the
     * socket; what was decrypted and not read is what counts. */
    if (channel->tls != NULL)
        return !tls_has_pending(channel->tls);
    struct pollfd wanted = {.fd = channel->fd, .events = POLLIN};
    return poll(&wanted, 1, 0) == 0;
}
