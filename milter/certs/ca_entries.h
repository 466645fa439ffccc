/* SPDX-License-Identifier: BSD-2-Clause */
/* CA entries: the certificates of authorities that a directory holds below
 * ca-base (cACertificate, RFC 4523 2.8), read in the background. */
#ifndef SCEAU_CERTS_CA_ENTRIES_H
#define SCEAU_CERTS_CA_ENTRIES_H

#include "certs/authorities.h"
#include "certs/directory.h"

#include <glib.h>
#include <stdbool.h>

/* Shared by threads. Reads when it is first asked for, then every ten minutes,
 * and sooner after a failure, which is told in the log once. */
typedef struct CaEntries CaEntries;

/* Borrows settings, which have a ca_base, and authorities, which it fills.
 * Connects to nothing yet. */
CaEntries *ca_entries_new(const DirectorySettings *settings,
                          Authorities *authorities);

/* Waits for a reading under way, deadlines and all. NULL is fine. */
void ca_entries_free(CaEntries *entries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaEntries, ca_entries_free)

/* Whether they have been read, once at least; begins with it and waits until
 * deadline_us (clock_monotonic_us). What was read stays when it cannot be read
 * again. False: *reason, a sentence the caller frees. Without them it is not
 * known what a chain lacks, so nothing is. */
bool ca_entries_await(CaEntries *entries, gint64 deadline_us, char **reason);

/* Reads them on a connection of its own: how many CAs there are. Errors:
 * TEMPORARY, CONFIG (there is none: a mistyped base, or no right to read). */
guint ca_entries_read(const DirectorySettings *settings,
                      Authorities *authorities, gint64 deadline_us,
                      GError **error);

#endif
