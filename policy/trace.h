/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace: what was looked at and why, a line each. It shows the policy's words
 * and never the message's. */
#ifndef SCEAU_POLICY_TRACE_H
#define SCEAU_POLICY_TRACE_H

#include "policy/judge.h"

/* One line about each label. */
void trace_labels(GString *trace, const Tree *tree, const Judge *judge);

/* One line about a rule that came to truth; idle: it found nothing left to
 * decide. */
void trace_rule(GString *trace, const Tree *tree, const Judge *judge,
                const Rule *rule, Truth truth, bool idle);

/* "rule x (line 3): any subject has "y" (line 4) is unknown, for bob@…".
 * Caller frees. */
char *trace_make_undecided(const Tree *tree, const Judge *judge,
                           const Rule *rule, const PolicyRecipient *recipient);

#endif
