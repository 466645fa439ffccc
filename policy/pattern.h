/* SPDX-License-Identifier: BSD-2-Clause */
/* Pattern: one regular expression. The room's window on PCRE2. */
#ifndef SCEAU_POLICY_PATTERN_H
#define SCEAU_POLICY_PATTERN_H

#include "policy/policy.h"

/* Immutable; any thread may match with it. */
typedef struct Pattern Pattern;

/* Without regard to case, UTF-8. exact: for addresses and names, whose
 * accents count; else the pattern meets plain text (policy/text.h). NULL with
 * a sentence in *reason, which the caller frees, when it cannot be compiled. */
Pattern *pattern_new(const char *text, bool exact, char **reason);
void pattern_free(Pattern *pattern); /* NULL is fine */

/* Unknown when the search took more than is left of *budget, the steps one
 * evaluation may take in all, or met a limit of its own. text is UTF-8. */
Truth pattern_match(const Pattern *pattern, const char *text, guint *budget);

/* A fresh budget: some tenths of a second at worst. */
#define PATTERN_BUDGET 4000000

#endif
