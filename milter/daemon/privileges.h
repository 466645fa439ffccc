/* SPDX-License-Identifier: BSD-2-Clause */
/* Privileges: who sceaud is, and what it can no longer do. */
#ifndef SCEAU_DAEMON_PRIVILEGES_H
#define SCEAU_DAEMON_PRIVILEGES_H

#include "flow/setup.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* The user and groups of sceau.conf as numbers. */
typedef struct {
    bool change; /* we are root and shall not stay it */
    uid_t uid;
    gid_t gid;
    GArray *groups; /* gid_t: supplementary groups */
    gid_t socket_group;
    bool socket_group_named; /* else socket_group is gid */
} Privileges;

/* Looks the names up. Started as root, it is `user` we become; started as
 * somebody else we stay who we are. Errors: CONFIG (unknown user or group,
 * user is root). Caller frees with privileges_free. */
Privileges *privileges_new(const GeneralSettings *general,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void privileges_free(Privileges *privileges); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Privileges, privileges_free)

/* Becomes that user for good and makes sure that there is no way back.
 * Errors: CONFIG, INTERNAL; the process must then end. */
bool privileges_drop(const Privileges *privileges,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* No new privileges by exec, no core file, no tracing, files of our own only.
 * Errors: INTERNAL. */
bool privileges_harden(GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
