/* SPDX-License-Identifier: BSD-2-Clause */
/* Channel: bytes to and from the relay, in clear or over TLS, each wait with a
 * deadline. */
#ifndef SCEAU_RELAY_CHANNEL_H
#define SCEAU_RELAY_CHANNEL_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* One connection of one thread. Deadlines are of clock_monotonic_us. Errors:
 * TEMPORARY, where nothing else is said; after one the channel may only be
 * freed. */
typedef struct Channel Channel;

/* server as in relay/server.h. Errors: TEMPORARY, CONFIG. */
Channel *channel_open(const char *server, gint64 deadline_us, GError **error);
void channel_free(Channel *channel); /* closes; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Channel, channel_free)

/* Borrowed, until channel_free. */
const char *channel_get_server(const Channel *channel);

/* From here on TLS; see tls_new for ca_file and name. Errors: CONFIG too. */
bool channel_start_tls(Channel *channel, const char *ca_file, const char *name,
                       gint64 deadline_us,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* At least one byte: how many; -1 with the error, also when it was closed. */
gssize channel_read(Channel *channel, char *buffer, gsize size_bytes,
                    gint64 deadline_us,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All of it, within one deadline: a peer that takes a byte now and then does
 * not hold us. */
bool channel_write(Channel *channel, const char *bytes, gsize size_bytes,
                   gint64 deadline_us,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether nothing has arrived that was not read yet. Does not wait. */
bool channel_is_quiet(const Channel *channel);

#endif
