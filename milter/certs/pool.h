/* SPDX-License-Identifier: BSD-2-Clause */
/* Pool: live connections to the servers of one directory. They are made and
 * probed by a thread of the pool; who has mail to see to only borrows. */
#ifndef SCEAU_CERTS_POOL_H
#define SCEAU_CERTS_POOL_H

#include "base/bulletin.h"
#include "certs/connection.h"

#include <glib.h>
#include <stdbool.h>

#define POOL_MAX_SERVERS 8

/* Any thread; has its own lock. */
typedef struct Pool Pool;

/* Used by one thread at a time. */
typedef struct {
    Connection *connection;
    guint server;   /* which of the settings' uris it leads to */
    bool used;      /* it has answered a search before */
    gint64 idle_us; /* when it was last used */
} PoolLink;

/* Connects to nothing before the first pool_borrow. settings must outlive it;
 * of its uris the first POOL_MAX_SERVERS count. */
Pool *pool_new(const DirectorySettings *settings);

/* Waits for the attempt under way, within its deadline. NULL is fine; nothing
 * may be borrowed any more. */
void pool_free(Pool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pool, pool_free)

/* A connection, at once when one is idle. While the first is being made, or
 * all are in use, it waits until deadline_us (clock_monotonic_us); while no
 * server answers it fails at once: TEMPORARY, with what was last wrong. The
 * caller gives it back or drops it. */
PoolLink *pool_borrow(Pool *pool, gint64 deadline_us,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void pool_give_back(Pool *pool, PoolLink *link);

/* For a connection that failed: it and the idle ones to the same server are
 * closed. fault: the server is left alone for a while; NULL: it is not to
 * blame (idle connections are cut on the way). */
void pool_drop(Pool *pool, PoolLink *link, const GError *fault);

/* A section "server" for each: up or down, since when, and why. */
void pool_write_status(Pool *pool, Bulletin *bulletin);

#endif
