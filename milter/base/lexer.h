/* SPDX-License-Identifier: BSD-2-Clause */
/* Lexer: bytes to tokens; sceau.conf and the policy share it (design: one
 * syntax for both). */
#ifndef SCEAU_BASE_LEXER_H
#define SCEAU_BASE_LEXER_H

#include "base/problems.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* A word is a run of bytes other than blanks, quotes and the punctuation
 * = , { } ( ); '#' at the start of a word begins a comment to the end of the
 * line. In quotes a backslash stands for itself except before a quote; a
 * quoted string ends on its own line. A number and its unit are one word.
 * Line ends mean nothing. */
typedef enum {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_STRING,     /* text without its quotes */
    TOKEN_PUNCTUATION /* text is that one character */
} TokenKind;

typedef struct {
    TokenKind kind;
    const char *text; /* UTF-8, NUL-terminated; "" at TOKEN_END */
    Position at;
} Token;

typedef struct Lexer Lexer;

/* Reads all of bytes (no NUL needed; NUL bytes and invalid UTF-8 are
 * problems) and notes every lexical mistake in problems, which it does not
 * keep. file is what positions name; it is interned. */
Lexer *lexer_new(const char *file, const char *bytes, size_t size_bytes,
                 Problems *problems);

/* The same from a file on disk, at most 1 MiB. NULL, with the reason in
 * problems, when it cannot be read. */
Lexer *lexer_load(const char *path, Problems *problems);
void lexer_free(Lexer *lexer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lexer, lexer_free)

/* The token at hand, and the one after it. Tokens are borrowed until
 * lexer_free. At the end both give TOKEN_END for ever. */
const Token *lexer_peek(const Lexer *lexer);
const Token *lexer_peek_second(const Lexer *lexer);

/* Gives the token at hand and moves on. */
const Token *lexer_next(Lexer *lexer);

/* Whether token is that word (case matters; strings never match), or that
 * punctuation character. */
bool lexer_is_word(const Token *token, const char *word);
bool lexer_is_mark(const Token *token, char mark);

/* "10", "64KiB", "1MiB", "2GiB", "10kB", "5MB" to bytes. */
bool lexer_parse_size(const char *text, guint64 *size_bytes);

/* "250ms", "30s", "5min", "24h", "90d"; a bare "0" is allowed. */
bool lexer_parse_duration(const char *text, gint64 *duration_ms);

#endif
