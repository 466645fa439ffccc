/* SPDX-License-Identifier: BSD-2-Clause */
/* Asker: asks one source in threads of its own, so that several sources are
 * asked together and a slow one delays nobody who no longer needs it. */
#ifndef SCEAU_CERTS_ASKER_H
#define SCEAU_CERTS_ASKER_H

#include "certs/source.h"

#include <glib.h>
#include <stdbool.h>

/* Bounded: a few threads, made when first needed, and a queue. Any thread. */
typedef struct Asker Asker;

/* One question for the source, under way or answered. */
typedef struct AskerSearch AskerSearch;

/* Told of every search that has ended, in the asker's own thread, before those
 * who wait for it: one answer per address. All borrowed. */
typedef void (*AskerTold)(gpointer data, const AskerSearch *search,
                          char *const *addresses, SourceAnswer *const *answers,
                          guint count);

/* Borrows source, which must outlive it, as must data. told NULL: nobody. */
Asker *asker_new(Source *source, AskerTold told, gpointer data);

/* Waits for the searches under way: at most until their deadlines. No search
 * may be waited for any more. NULL is fine. */
void asker_free(Asker *asker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Asker, asker_free)

/* Begins to ask for addresses (count of them, copied); the source has until
 * deadline_us (clock_monotonic_us). Never NULL; a full queue is a silent
 * source. The caller gives it back with asker_drop, before asker_free. lazy:
 * he is about to wait for it and for nothing else, and then asks in his own
 * thread, which spares two changes of threads; if he does not wait after all
 * he calls asker_hurry. */
AskerSearch *asker_begin(Asker *asker, const char *const *addresses,
                         guint count, gint64 deadline_us, bool lazy);

/* What is not under way yet is left to the asker's own threads. */
void asker_hurry(AskerSearch *search);

/* Until when its source has time. */
gint64 asker_get_deadline(const AskerSearch *search);

/* Whether the queue was full, so that nobody will be told of it. */
bool asker_is_refused(AskerSearch *search);

/* One answer per address, borrowed until asker_drop; NULL: the source has not
 * answered by deadline_us. */
SourceAnswer *const *asker_wait(AskerSearch *search, gint64 deadline_us);

/* Somebody else waits for it too, and drops it. */
AskerSearch *asker_ref(AskerSearch *search);

/* Whatever is still under way goes on without us. */
void asker_drop(AskerSearch *search);

#endif
