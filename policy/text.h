/* SPDX-License-Identifier: BSD-2-Clause */
/* Text: two spellings of the same words made equal, and words found. */
#ifndef SCEAU_POLICY_TEXT_H
#define SCEAU_POLICY_TEXT_H

#include <glib.h>
#include <stdbool.h>

/* What one comparison looks at; hostile mail may hold more. A pattern's cost
 * can grow with the square of the length. */
#define TEXT_LIMIT_BYTES         65536
#define TEXT_PATTERN_LIMIT_BYTES 8192

/* The text as all comparisons but patterns see it: compatibility
 * decomposition (NFKD), no combining marks, nothing invisible (zero width,
 * soft hyphen, direction), no case, French ligatures as two letters, one
 * apostrophe, runs of blanks as one and none at the ends. text is UTF-8.
 * *whole becomes false, and U+FFFD stands in the result, where bytes were no
 * UTF-8 or the text was cut at its limit; otherwise it is left alone. Caller
 * frees. */
char *text_fold(const char *text, bool *whole);

/* The text as a pattern sees it: the same, but with its case and ligatures
 * kept, and cut sooner. Caller frees. */
char *text_make_plain(const char *text, bool *whole);

/* A pattern that is to meet plain text: canonical decomposition only, so that
 * no letter turns into an operator, without combining marks. Caller frees. */
char *text_strip_pattern(const char *pattern);

/* Whether phrase stands in text; both folded. */
bool text_has(const char *text, const char *phrase);

/* The same, where no letter or digit touches the phrase. When text is not
 * whole, U+FFFD and '?' may have been letters. */
bool text_has_word(const char *text, const char *phrase, bool whole);

#endif
