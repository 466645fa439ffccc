/* SPDX-License-Identifier: BSD-2-Clause */
/* State: the SQLite file in /var/lib/sceau that sceaud and the tool write. */
#ifndef SCEAU_BASE_STATE_H
#define SCEAU_BASE_STATE_H

#include <glib.h>
#include <stdbool.h>

/* Any thread may use one State; it has a lock of its own. */
typedef struct State State;

/* Opens or creates DIR/state.db (mode 0600, WAL, synchronous=FULL). dir must
 * exist and not be writable by others. Errors: CONFIG, TEMPORARY. */
State *state_open(const char *dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void state_free(State *state); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(State, state_free)

typedef enum { STATE_NO, STATE_YES, STATE_UNKNOWN } StateAnswer;

/* Journal of copies that a relay has accepted. identity is the message's
 * (see flow), recipient a folded mailbox. The record is on disk when the call
 * returns true. Errors: TEMPORARY. */
bool state_add_copy(State *state, const char *identity, const char *recipient,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether that copy has left. UNKNOWN when the file could not be asked. */
StateAnswer state_find_copy(State *state, const char *identity,
                            const char *recipient);

/* Whether any recipient has a copy of it: asks once for all of them. */
StateAnswer state_has_copies(State *state, const char *identity);

/* Forgets copies older than age_s. Errors: TEMPORARY. */
bool state_expire_copies(State *state, gint64 age_s, GError **error);

#endif
