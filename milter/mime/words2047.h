/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoded words (RFC 2047) to UTF-8. Our own, because a word that cannot be
 * decoded must be told apart from one that says nothing. */
#ifndef SCEAU_MIME_WORDS2047_H
#define SCEAU_MIME_WORDS2047_H

#include <stdbool.h>

/* Decodes all words of an unfolded value; *undecodable is set, never cleared.
 * Caller frees. */
char *words2047_decode(const char *text, bool *undecodable);

/* text (UTF-8, one line) as an unstructured field's value: as it is when it is
 * plain ASCII, else in words of UTF-8; folded with CRLF + blank, beginning with
 * its blank. Caller frees. */
char *words2047_encode(const char *text);

#endif
