/* SPDX-License-Identifier: BSD-2-Clause */
/* Indexer: the lists of one trust set's folder, verified and put into the form
 * that sceaud maps (certs/crlindex.h), whoever has placed them there. */
#ifndef SCEAU_CRLD_INDEXER_H
#define SCEAU_CRLD_INDEXER_H

#include <glib.h>
#include <stdbool.h>

/* What became of one list, or of the folder: a sentence for people. */
typedef void (*IndexerTell)(gpointer data, bool good, const char *trust,
                            const char *text);

/* All borrowed, for its life. */
typedef struct {
    const char *trust;        /* name of the set */
    const char *crls;         /* its folder */
    const char *index;        /* where indexes go: index/trust */
    const GPtrArray *issuers; /* Certificate *: its CAs */
} IndexerWish;

typedef struct Indexer Indexer;

Indexer *indexer_new(const IndexerWish *wish);
void indexer_free(Indexer *indexer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Indexer, indexer_free)

/* Looks at every file that has changed since it was last looked at; tells of
 * each once. A list whose number is smaller than that of the index, or that
 * was made earlier, leaves the index as it is, also after a restart. What could
 * not be written is tried again after a minute, what was refused after ten (it
 * may have been from the future). */
void indexer_run(Indexer *indexer, IndexerTell tell, gpointer data);

/* How many lists it would not take or could not write at the last look. */
unsigned indexer_count_faults(const Indexer *indexer);

#endif
