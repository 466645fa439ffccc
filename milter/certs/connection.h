/* SPDX-License-Identifier: BSD-2-Clause */
/* Connection: one LDAP handle, opened and used within deadlines. */
#ifndef SCEAU_CERTS_CONNECTION_H
#define SCEAU_CERTS_CONNECTION_H

#include "certs/directory.h"

#include <glib.h>
#include <stdbool.h>

/* Used by one thread at a time. */
typedef struct Connection Connection;

/* Keeps libldap from reading settings of its own, and closed connections from
 * ending the process (SIGPIPE). Before there are threads: it changes the
 * environment, once. */
void connection_prepare(void);

/* Connects to uri, TLS and bind included, within the settings' timeout and
 * deadline_us. Errors: TEMPORARY, CONFIG: a sentence that names uri. *refused:
 * it is our account that was refused, so that trying again may lock it. */
Connection *connection_open(const DirectorySettings *settings, const char *uri,
                            gint64 deadline_us, bool *refused,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void connection_free(Connection *connection); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Connection, connection_free)

/* The entries that own any of addresses (QueryEntry *; count of them), asked
 * for DIRECTORY_BATCH at a time, several searches under way at once. cut, one
 * for each batch: the server left some out. Every search asks for the canary
 * too: a directory that does not show its certificate is an error (CONFIG), so
 * that "none" is never older than its proof. An entry may come twice. After
 * an error the connection may only be freed. */
GPtrArray *connection_search(Connection *connection,
                             const DirectorySettings *settings,
                             const char *const *addresses, guint count,
                             gint64 deadline_us, bool *cut,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the connection lives and shows its canary. Likewise. */
bool connection_probe(Connection *connection, const DirectorySettings *settings,
                      gint64 deadline_us, GError **error);

/* Lets ask use the handle for something else, within deadline_us: its answer is
 * ours. After an error the connection may only be freed. */
struct ldap;
typedef bool (*ConnectionAsk)(struct ldap *ldap, gpointer data, GError **error);
bool connection_run(Connection *connection, gint64 deadline_us,
                    ConnectionAsk ask, gpointer data, GError **error);

#endif
