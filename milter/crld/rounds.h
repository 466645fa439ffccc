/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds: every list that the configuration names, fetched when it is due and
 * put into the form that sceaud maps. */
#ifndef SCEAU_CRLD_ROUNDS_H
#define SCEAU_CRLD_ROUNDS_H

#include "crld/indexer.h"

#include <glib.h>
#include <stdbool.h>

typedef struct Rounds Rounds;

/* Reads the configuration; NULL after writing what is wrong with it to standard
 * error. stop is asked now and then whether to leave off. */
Rounds *rounds_new(const char *config, bool (*stop)(void));
void rounds_free(Rounds *rounds); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rounds, rounds_free)

/* Where others reach us: path of the control socket, or NULL; *learn_from:
 * whose words about certificates are heard (the setting "user"), when that is
 * wanted, else NULL. Borrowed. */
const char *rounds_get_control(const Rounds *rounds, const char **learn_from);

/* An address that a verified certificate of the set trust names, which is
 * trusted for nothing: it is fetched from at the next round and from then on,
 * as those of crl-urls are. At most 256; one that never gave a list makes room.
 * Kept over restarts in the folder of indexes. */
void rounds_learn(Rounds *rounds, const char *trust, const char *url);

/* How many addresses there are to fetch from. */
unsigned rounds_count(const Rounds *rounds);

/* Fetches what is due (all: everything), then looks at the folders. Everything
 * is logged; tell (NULL is fine) hears it too. */
void rounds_run(Rounds *rounds, bool all, IndexerTell tell, gpointer data);

/* How many lists could not be fetched, would not be taken or could not be
 * written when they were last tried. */
unsigned rounds_count_faults(const Rounds *rounds);

/* Until something is due, at least one second. */
gint64 rounds_get_wait_s(const Rounds *rounds);

#endif
