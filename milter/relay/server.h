/* SPDX-License-Identifier: BSD-2-Clause */
/* Server: where the relay listens, as sceau.conf names it, and the way there.
 */
#ifndef SCEAU_RELAY_SERVER_H
#define SCEAU_RELAY_SERVER_H

#include <glib.h>
#include <stdbool.h>

/* A server is written "unix:/path", "address:port", "[IPv6 address]:port" or
 * "localhost:port". Names are not looked up: a name server is one more that
 * can be silent, and its answers have no deadline of ours. */
bool server_is_valid(const char *server);

/* Whether it is this machine: a unix socket or a loopback address. */
bool server_is_local(const char *server);

bool server_is_unix(const char *server);

/* The host of "host:port", without brackets; NULL for a unix socket. Caller
 * frees. */
char *server_get_host(const char *server);

/* A connected, non-blocking socket; the caller closes it. -1: TEMPORARY, or
 * CONFIG when we may not enter or server is not valid. */
int server_connect(const char *server, gint64 deadline_us, GError **error);

/* Waits until fd is ready for events (poll's), or deadline_us of
 * clock_monotonic_us; server is named in errors. Errors: TEMPORARY. */
bool server_wait(const char *server, int fd, short events, gint64 deadline_us,
                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
