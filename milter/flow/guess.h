/* SPDX-License-Identifier: BSD-2-Clause */
/* Guess: the plan a message will probably get, before its body has come. */
#ifndef SCEAU_FLOW_GUESS_H
#define SCEAU_FLOW_GUESS_H

#include "flow/find.h"
#include "flow/stream.h"

#include <glib.h>

/* A guess decides nothing: it is a head start, made to be compared with the
 * real plan and thrown away where that is another one. One thread. */
typedef struct Guess Guess;

Guess *guess_new(void);
void guess_free(Guess *guess); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guess, guess_free)

/* The body's next bytes, which question's body holds already; all from its
 * first. Once it is large, plans as if the body held nothing that a rule looks
 * for, which may ask directories, and begins to make what the first group of
 * that plan would get. Of question, outline, unreadable and decisions
 * are not looked at, and the journal is not asked. */
void guess_write(Guess *guess, const FindQuestion *question, const void *bytes,
                 gsize size_bytes);

/* What was found for it, and what was begun. NULL: nothing. Borrowed. */
Found *guess_get_found(const Guess *guess);
Stream *guess_get_stream(const Guess *guess);

#endif
