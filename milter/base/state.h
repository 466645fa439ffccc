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

/* Opens the one that is there and makes none: NULL with absent set (no error)
 * when there is no such file. Errors: CONFIG, TEMPORARY. */
State *state_open_existing(const char *dir, bool *absent,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
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

/* What must not be used: a certificate's SHA-256 (hex, lower case) or a folded
 * mailbox, and why. */
typedef struct {
    char *name;
    char *reason;
    gint64 since_s; /* Unix time */
} StateDenial;

/* Another reason takes the place of the one before. Errors: TEMPORARY. */
bool state_add_denial(State *state, const char *name, const char *reason,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* YES: removed; NO: there was none; UNKNOWN: TEMPORARY. */
StateAnswer state_remove_denial(State *state, const char *name, GError **error);

/* All of them (StateDenial *), by name; caller unrefs. NULL with TEMPORARY. */
GPtrArray *state_list_denials(State *state,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For whom mail was encrypted lately. */
typedef struct {
    gint64 last_s; /* Unix time of the last one, at most a day too early */
    gint64 lost_s; /* when he was first seen without a certificate; 0: he has
                    * one, as far as is known */
} StateMark;

/* Marks folded mailboxes (NULL-terminated) now, and as not lost, all at once.
 * Writes nothing for those marked within the day. Errors: TEMPORARY. */
bool state_add_marks(State *state, const char *const *addresses,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* YES: fills mark. UNKNOWN: the file could not be asked. */
StateAnswer state_find_mark(State *state, const char *address, StateMark *mark);

/* Notes that a marked one has no certificate now. YES: that is new; NO: it was
 * noted before, or there is no mark; UNKNOWN: TEMPORARY. */
StateAnswer state_lose_mark(State *state, const char *address, GError **error);

/* The time of the newest mark; 0: there is none; -1: the file could not be
 * asked. */
gint64 state_get_newest_mark(State *state);

/* Times of marks that are still to come become now. Errors: TEMPORARY. */
bool state_settle_marks(State *state, GError **error);

/* YES: removed; NO: there was none; UNKNOWN: TEMPORARY. */
StateAnswer state_remove_mark(State *state, const char *address,
                              GError **error);

/* Forgets marks older than age_s. Errors: TEMPORARY. */
bool state_expire_marks(State *state, gint64 age_s, GError **error);

/* Another number once another State has changed the file; -1 when it cannot be
 * asked, or when another file lies in its place. */
gint64 state_get_version(State *state);

#endif
