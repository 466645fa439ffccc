/* SPDX-License-Identifier: BSD-2-Clause */
/* Compare: one text, name or address with the values of a test. */
#ifndef SCEAU_POLICY_COMPARE_H
#define SCEAU_POLICY_COMPARE_H

#include "policy/ast.h"

/* Of one message: keeps texts made ready, and what is left of the steps that
 * patterns may take. Not shared between threads. */
typedef struct Compare Compare;

/* now_s as in PolicyFacts. */
Compare *compare_new(gint64 now_s);
void compare_free(Compare *compare); /* NULL is fine */

/* All ask whether one of the test's values fits, and leave "not" aside. */

/* text must live as long as compare. When it is not whole, what could not be
 * read in it may be anything: only "has" can be true, because what it found
 * stays there. */
Truth compare_text(Compare *compare, const Node *test, const char *text,
                   bool whole);

/* A canonical mailbox; NULL: unknown. */
Truth compare_address(Compare *compare, const Node *test, const char *address);

/* The same with one value alone. */
Truth compare_address_value(Compare *compare, const Node *test,
                            const char *address, const Value *value);

/* A login or a service; NULL is not unknown here but "there is none". */
Truth compare_name(Compare *compare, const Node *test, const char *name);

#endif
