/* SPDX-License-Identifier: BSD-2-Clause */
/* Judge: facts + condition -> true, false or unknown, and why. */
#ifndef SCEAU_POLICY_JUDGE_H
#define SCEAU_POLICY_JUDGE_H

#include "policy/ast.h"

/* Of one message: answers once found are kept, those about a recipient until
 * the next one is asked for, so that many recipients cost little more than
 * one. Not shared between threads. */
typedef struct Judge Judge;

/* tree and facts are borrowed and must not change. */
Judge *judge_new(const Tree *tree, const PolicyFacts *facts);
void judge_free(Judge *judge); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Judge, judge_free)

/* From now on "recipient" is this one; NULL, as at first: one of whom nothing
 * is known. Borrowed. */
void judge_set_recipient(Judge *judge, const PolicyRecipient *recipient);

/* A condition; NULL is always true. The truth is Kleene's: true and false
 * stay so whatever the unknown facts turn out to be. */
Truth judge_condition(Judge *judge, const Node *condition);

/* Whether the message has the label with that index. */
Truth judge_label(const Judge *judge, unsigned index);

/* The test that made the condition what it is: one that failed, one that was
 * unknown, one that sufficed. NULL: no single one. Borrowed from the tree. */
const Node *judge_find_reason(const Judge *judge, const Node *condition);

/* What a node that was asked came to. */
Truth judge_get(const Judge *judge, const Node *node);

#endif
