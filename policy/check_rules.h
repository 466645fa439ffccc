/* SPDX-License-Identifier: BSD-2-Clause */
/* Check rules: orders that contradict each other, rules without effect. */
#ifndef SCEAU_POLICY_CHECK_RULES_H
#define SCEAU_POLICY_CHECK_RULES_H

#include "policy/ast.h"

/* A part of check_tree. */
void check_rules(const Tree *tree, Problems *problems);

/* The aspects an order sets, as a set of 1 << PolicyAspect; all of them for
 * accept. */
guint32 check_rules_get_aspects(const Order *order);

#endif
