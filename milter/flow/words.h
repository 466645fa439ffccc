/* SPDX-License-Identifier: BSD-2-Clause */
/* Words: what senders and administrators read about each class, in English
 * and French. */
#ifndef SCEAU_FLOW_WORDS_H
#define SCEAU_FLOW_WORDS_H

#include "policy/policy.h"

#include <glib.h>
#include <stdbool.h>

typedef enum { WORDS_ENGLISH, WORDS_FRENCH } WordsLanguage;

/* One sentence without capital and full stop. required: the message must not
 * leave unencrypted, which the sentence then says. detail (English, may be
 * NULL) is added in parentheses. Caller frees. */
char *words_make(PolicyClass class, bool required, const char *detail,
                 WordsLanguage language);

/* For "encrypt by-sender" and a message that came in clear. Static. */
const char *words_by_sender(WordsLanguage language);

/* For a message that hides what the policy asks about. Static. */
const char *words_unreadable(WordsLanguage language);

#endif
