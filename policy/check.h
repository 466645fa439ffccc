/* SPDX-License-Identifier: BSD-2-Clause */
/* Check: names, types, contradictions; all mistakes, not just the first. */
#ifndef SCEAU_POLICY_CHECK_H
#define SCEAU_POLICY_CHECK_H

#include "policy/ast.h"

/* Makes a parsed tree ready for evaluation: loads list files (a relative name
 * is looked for beside the policy, file), compiles patterns, resolves names.
 * When problems_count grew the tree may only be freed. What list files held is
 * added to hash. */
void check_tree(Tree *tree, const char *file, GChecksum *hash,
                Problems *problems);

#endif
