/* SPDX-License-Identifier: BSD-2-Clause */
/* Reader: what all parts of the parser need: tokens, words, mistakes. */
#include "policy/reader.h"

#include <string.h>

/* Words that carry a sentence on: never a value without quotes. */
static const char *const connectives[] = {
    "and", "or", "not", "when", "then", "is", "has", "in", "matches", NULL};

/* What a name may not be, so that a forgotten word is found where it is
 * missing. */
static const char *const reserved[] = {
    "policy", "list", "label", "rule",  "mode",  "any",    "every",
    "level",  "from", "over",  "under", "until", "accept", NULL};

static char *
show(const Token *token)
{
    if (token->kind == TOKEN_END)
        return g_strdup("the end of the file");
    g_autofree char *start = g_utf8_substring(
        token->text, 0, MIN(g_utf8_strlen(token->text, -1), 40));
    if (token->kind == TOKEN_STRING)
        return g_strdup_printf("the text \"%s\"", start);
    return g_strdup_printf("\"%s\"", start);
}

bool
reader_fail(Reader *reader, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    g_autofree char *text = g_strdup_vprintf(format, list);
    va_end(list);
    problems_add(reader->problems, &lexer_peek(reader->lexer)->at, "%s", text);
    return false;
}

bool
reader_fail_expected(Reader *reader, const char *expected)
{
    g_autofree char *found = show(lexer_peek(reader->lexer));
    return reader_fail(reader, "expected %s, found %s", expected, found);
}

bool
reader_fail_unknown(Reader *reader, const char *what, const char *const *known)
{
    const Token *token = lexer_peek(reader->lexer);
    g_autofree char *found = show(token);
    const char *nearest =
        token->kind == TOKEN_END ? NULL : problems_nearest(token->text, known);
    if (nearest != NULL)
        return reader_fail(reader, "%s is no %s; did you mean \"%s\"?", found,
                           what, nearest);
    return reader_fail(reader, "%s is no %s", found, what);
}

bool
reader_is(const Reader *reader, const char *word)
{
    return lexer_is_word(lexer_peek(reader->lexer), word);
}

bool
reader_take(Reader *reader, const char *word)
{
    if (!reader_is(reader, word))
        return false;
    lexer_next(reader->lexer);
    return true;
}

bool
reader_take_mark(Reader *reader, char mark)
{
    if (!lexer_is_mark(lexer_peek(reader->lexer), mark))
        return false;
    lexer_next(reader->lexer);
    return true;
}

bool
reader_expect(Reader *reader, const char *word)
{
    if (reader_take(reader, word))
        return true;
    g_autofree char *expected = g_strdup_printf("\"%s\"", word);
    return reader_fail_expected(reader, expected);
}

char *
reader_take_text(Reader *reader, const char *what)
{
    if (lexer_peek(reader->lexer)->kind != TOKEN_STRING) {
        reader_fail_expected(reader, what);
        return NULL;
    }
    return g_strdup(lexer_next(reader->lexer)->text);
}

static bool
is_name(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > READER_NAME_LIMIT || !g_ascii_isalnum(*text))
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr("-_.", *at) == NULL)
            return false;
    return true;
}

char *
reader_take_name(Reader *reader, const char *what)
{
    const Token *token = lexer_peek(reader->lexer);
    g_autofree char *expected = g_strdup_printf("the name of the %s", what);
    if (token->kind != TOKEN_WORD) {
        reader_fail_expected(reader, expected);
        return NULL;
    }
    if (g_strv_contains(connectives, token->text) ||
        g_strv_contains(reserved, token->text)) {
        reader_fail(reader, "\"%s\" is a word of the language: %s cannot be it",
                    token->text, expected);
        return NULL;
    }
    if (!is_name(token->text)) {
        reader_fail(
            reader,
            "a name has ASCII letters, digits, '-', '_' and '.', begins "
            "with a letter or digit and has at most %d of them",
            READER_NAME_LIMIT);
        return NULL;
    }
    return g_strdup(lexer_next(reader->lexer)->text);
}

bool
reader_is_value(const Reader *reader)
{
    const Token *token = lexer_peek(reader->lexer);
    return token->kind == TOKEN_STRING ||
           (token->kind == TOKEN_WORD &&
            !g_strv_contains(connectives, token->text));
}

bool
reader_take_values(Reader *reader, GPtrArray *values)
{
    do {
        if (!reader_is_value(reader))
            return reader_fail_expected(reader, "a value");
        if (values->len >= READER_VALUES_LIMIT)
            return reader_fail(reader, "more than %d values: use a list file",
                               READER_VALUES_LIMIT);
        const Token *token = lexer_next(reader->lexer);
        g_ptr_array_add(
            values,
            ast_value_new(token->text, token->kind == TOKEN_STRING, token->at));
    } while (reader_take_mark(reader, ','));
    return true;
}
