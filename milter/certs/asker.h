/* SPDX-License-Identifier: BSD-2-Clause */
/* Asker: asks one source in threads of its own, so that several sources are
 * asked together and a slow one delays nobody who no longer needs it. */
#ifndef SCEAU_CERTS_ASKER_H
#define SCEAU_CERTS_ASKER_H

#include "certs/source.h"

#include <glib.h>

/* Bounded: a few threads, made when first needed, and a queue. Any thread. */
typedef struct Asker Asker;

/* Borrows source, which must outlive it. */
Asker *asker_new(Source *source);

/* Waits for the searches under way: at most until their deadlines. No search
 * may be waited for any more. NULL is fine. */
void asker_free(Asker *asker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Asker, asker_free)

/* One question for the source, under way or answered. */
typedef struct AskerSearch AskerSearch;

/* Begins to ask for addresses (count of them, copied); the source has until
 * deadline_us (clock_monotonic_us). Never NULL; a full queue is a silent
 * source. The caller gives it back with asker_drop, before asker_free. */
AskerSearch *asker_begin(Asker *asker, const char *const *addresses,
                         guint count, gint64 deadline_us);

/* One answer per address, borrowed until asker_drop; NULL: the source has not
 * answered by deadline_us. */
const SourceAnswer *asker_wait(AskerSearch *search, gint64 deadline_us);

/* Whatever is still under way goes on without us. */
void asker_drop(AskerSearch *search);

#endif
