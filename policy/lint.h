/* SPDX-License-Identifier: BSD-2-Clause */
/* Lint: what could leave in clear though a label says otherwise, and what is
 * there without use. */
#ifndef SCEAU_POLICY_LINT_H
#define SCEAU_POLICY_LINT_H

#include "policy/ast.h"

/* Warnings only. tree must be checked. */
void lint_tree(const Tree *tree, Problems *problems);

#endif
