/* SPDX-License-Identifier: BSD-2-Clause */
/* Marks: for whom mail was encrypted lately. Who has no certificate today, but
 * had one then, is lost and not simply without: somebody may have emptied the
 * directory, or our view of it. */
#ifndef SCEAU_BASE_MARKS_H
#define SCEAU_BASE_MARKS_H

#include "base/state.h"

#include <glib.h>
#include <stdbool.h>

/* How long a mark counts. */
#define MARKS_AGE_S (90 * 86400)
/* How long somebody stays lost, from when that was first seen; after it he is
 * without a certificate like others. */
#define MARKS_LOST_S (3 * 86400)

/* Reference-counted; any thread, the lock is inside. Opens the state file of
 * dir when first asked and asks it each time. No state file: nobody is marked,
 * until there is one; a file that was there and is gone cannot be asked. */
typedef struct Marks Marks;

Marks *marks_new(const char *dir);
Marks *marks_ref(Marks *marks);
void marks_unref(Marks *marks); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Marks, marks_unref)

/* Whether address (a mailbox of any case), who has no certificate now, is lost.
 * YES: when mail was last encrypted for him, in last_s. UNKNOWN: a sentence why
 * it could not be asked, in reason, else NULL; caller frees. marks NULL: NO. */
StateAnswer marks_find_lost(Marks *marks, const char *address, gint64 *last_s,
                            char **reason);

/* Mail was encrypted for addresses (NULL-terminated), who are not lost then. At
 * most one write for each of them a day; old marks go at most once a day.
 * Errors: TEMPORARY. */
bool marks_add(Marks *marks, const char *const *addresses,
               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* When mail was last encrypted for anybody; 0: never, or it cannot be told. */
gint64 marks_get_newest_s(Marks *marks);

/* The present time is right: those still to come become now. Errors:
 * TEMPORARY. */
bool marks_settle(Marks *marks, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Address was found to be lost. YES: that is new; NO: it is not, or nothing is
 * known of him; UNKNOWN: TEMPORARY. */
StateAnswer marks_note_lost(Marks *marks, const char *address, GError **error);

#endif
