/* SPDX-License-Identifier: BSD-2-Clause */
/* Expression: tokens to the tree of a condition. */
#ifndef SCEAU_POLICY_EXPRESSION_H
#define SCEAU_POLICY_EXPRESSION_H

#include "policy/reader.h"

/* What follows "when": not binds closer than and, and closer than or.
 * Operators are read for what they are; whether they suit the fact is for
 * check to say. NULL: the mistake is noted. Caller frees. */
Node *expression_parse(Reader *reader);

#endif
