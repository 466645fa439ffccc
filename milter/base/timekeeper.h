/* SPDX-License-Identifier: BSD-2-Clause */
/* Timekeeper: can the machine's time be right? Certificates and lists are
 * judged by it, and signatures tell it: with a wrong one nothing can be
 * judged, which is another thing than a bad judgement. */
#ifndef SCEAU_BASE_TIMEKEEPER_H
#define SCEAU_BASE_TIMEKEEPER_H

#include "base/marks.h"

#include <glib.h>

/* How far the time may be behind the last mark (base/marks.h), and behind what
 * a verified list says of itself. */
#define TIMEKEEPER_MARK_SLACK_S 86400
#define TIMEKEEPER_LIST_SLACK_S 3600
/* How far it may move against the time since the machine was started. */
#define TIMEKEEPER_JUMP_S 3600

/* Reference-counted; any thread, the lock is inside. Takes the time at which it
 * is made as where jumps are measured from. */
typedef struct Timekeeper Timekeeper;

/* built_s: when the program was built. Keeps a reference to marks. */
Timekeeper *timekeeper_new(Marks *marks, gint64 built_s);
Timekeeper *timekeeper_ref(Timekeeper *keeper);
void timekeeper_unref(Timekeeper *keeper); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Timekeeper, timekeeper_unref)

/* Why the present time cannot be right, a sentence that the caller frees; NULL:
 * it may be. newest_list_s: thisUpdate of the newest list in use; 0: none.
 * Writes to the log when this changes. A time that is behind what is known is
 * no place to measure a jump from: once it is put right, all is well. After a
 * jump to a time that may be right it must jump back, or be accepted. */
char *timekeeper_check(Timekeeper *keeper, gint64 newest_list_s);

/* Jumps are measured from now on. */
void timekeeper_accept(Timekeeper *keeper);

#endif
