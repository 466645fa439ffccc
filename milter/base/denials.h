/* SPDX-License-Identifier: BSD-2-Clause */
/* Denials: certificates and addresses that must not be used, whatever their
 * signatures say. They live in the state file ("sceau deny" writes them) and
 * are kept in memory here. */
#ifndef SCEAU_BASE_DENIALS_H
#define SCEAU_BASE_DENIALS_H

#include "base/state.h"

#include <glib.h>
#include <stdbool.h>

/* The longest time from a change of the file to its effect. */
#define DENIALS_AGE_US (G_USEC_PER_SEC / 2)

/* Reference-counted; any thread, the lock is inside. Opens the file when first
 * asked and looks whether it has changed once every DENIALS_AGE_US, by a call
 * of any function below. No state file: nothing is denied, until there is
 * one; a file that was there and is gone cannot be asked. */
typedef struct Denials Denials;

Denials *denials_new(const char *dir);
Denials *denials_ref(Denials *denials);
void denials_unref(Denials *denials); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Denials, denials_unref)

/* Whether name (a SHA-256 as in StateDenial, or a mailbox of any case) is
 * denied. YES: why, in reason; UNKNOWN: a sentence why it could not be asked.
 * reason is NULL for NO; caller frees. denials NULL: NO. */
StateAnswer denials_find(Denials *denials, const char *name, char **reason);

/* Another number whenever the answers above may have changed; for the stamp of
 * what was concluded from them. denials NULL: 0. */
guint64 denials_get_generation(Denials *denials);

#endif
