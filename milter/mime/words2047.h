/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoded words (RFC 2047) to UTF-8. Our own, because a word that cannot be
 * decoded must be told apart from one that says nothing. */
#ifndef SCEAU_MIME_WORDS2047_H
#define SCEAU_MIME_WORDS2047_H

#include <stdbool.h>

/* Decodes all words of an unfolded value; *undecodable is set, never cleared.
 * Caller frees. */
char *words2047_decode(const char *text, bool *undecodable);

#endif
