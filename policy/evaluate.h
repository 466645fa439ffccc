/* SPDX-License-Identifier: BSD-2-Clause */
/* Evaluate: facts + tree -> decision + trace. Pure, three-valued. */
#ifndef SCEAU_POLICY_EVALUATE_H
#define SCEAU_POLICY_EVALUATE_H

#include "policy/judge.h"

/* Follows every way the unknown conditions may turn out ("worlds"), each
 * unknown rule taken both as matching and as not. Where all worlds come to the
 * same decision that is the answer; where they do not, or there are too many,
 * nothing is decided. So what is unknown can never make a decision laxer than
 * the truth would. tree must be checked; the decision borrows from it. judge is
 * the message's; recipient NULL: nothing is known of the recipient. */
PolicyDecision *evaluate_tree(const Tree *tree, Judge *judge,
                              const PolicyRecipient *recipient);

#define EVALUATE_WORLDS_LIMIT 64

#endif
