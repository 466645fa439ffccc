/* SPDX-License-Identifier: BSD-2-Clause */
/* Reader: what all parts of the parser need: tokens, words, mistakes. */
#ifndef SCEAU_POLICY_READER_H
#define SCEAU_POLICY_READER_H

#include "policy/ast.h"

#include "base/lexer.h"

#define READER_DEPTH_LIMIT 100
#define READER_NAME_LIMIT  64
/* Of one test or list. */
#define READER_VALUES_LIMIT 10000

/* Not shared between threads. */
typedef struct {
    Lexer *lexer;       /* borrowed */
    Problems *problems; /* borrowed */
    unsigned node_count;
    unsigned depth; /* of parentheses and "not" */
} Reader;

/* Notes a mistake at the token at hand. Always false, so that a caller can
 * return it. */
bool reader_fail(Reader *reader, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* reader_fail with "expected …, found …". */
bool reader_fail_expected(Reader *reader, const char *expected);

/* Whether that word (not in quotes) or mark is at hand; take moves on. */
bool reader_is(const Reader *reader, const char *word);
bool reader_take(Reader *reader, const char *word);
bool reader_take_mark(Reader *reader, char mark);

/* The same, a mistake when it is not. */
bool reader_expect(Reader *reader, const char *word);

/* A text in quotes; what names it in the mistake. NULL: noted. Caller frees. */
char *reader_take_text(Reader *reader, const char *what);

/* A name that what ("label", …) defines. NULL: noted. Caller frees. */
char *reader_take_name(Reader *reader, const char *what);

/* One or more texts or words, separated by commas, into values (Value *). */
bool reader_take_values(Reader *reader, GPtrArray *values);

/* Whether the token at hand is a word that may be a value: not one that
 * carries on the sentence. */
bool reader_is_value(const Reader *reader);

/* "no such …" with the nearest of known (NULL-terminated). Always false. */
bool reader_fail_unknown(Reader *reader, const char *what,
                         const char *const *known);

#endif
