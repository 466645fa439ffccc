/* SPDX-License-Identifier: BSD-2-Clause */
/* Parser: tokens to tree, and nothing else. */
#ifndef SCEAU_POLICY_PARSER_H
#define SCEAU_POLICY_PARSER_H

#include "policy/ast.h"

#include "base/lexer.h"

#define PARSER_RULES_LIMIT  1000
#define PARSER_LABELS_LIMIT 100
#define PARSER_LISTS_LIMIT  1000

/* Never NULL. After a mistake it goes on with the next statement that begins
 * a line, and keeps the name of the broken one, so that what uses it is not
 * blamed as well; such a tree may be checked, not evaluated. */
Tree *parser_parse(Lexer *lexer, Problems *problems);

#endif
