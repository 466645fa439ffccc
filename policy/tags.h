/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags: the bracketed words in a subject that set a label. */
#ifndef SCEAU_POLICY_TAGS_H
#define SCEAU_POLICY_TAGS_H

#include "policy/ast.h"

/* subject (UTF-8) without each [group] that holds a phrase which a label looks
 * for in subjects (is, has, has word), and without the blanks after it. NULL:
 * there is none. Caller frees. */
char *tags_strip(const Tree *tree, const char *subject);

#endif
