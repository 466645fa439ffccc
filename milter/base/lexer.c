/* SPDX-License-Identifier: BSD-2-Clause */
/* Lexer: bytes to tokens; sceau.conf and the policy share it. */
#include "base/lexer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_BYTES (1024 * 1024)

struct Lexer {
    GArray *tokens; /* Token, TOKEN_END last */
    GStringChunk *texts;
    guint next;
};

/* Where the reading stands. */
typedef struct {
    Lexer *lexer;
    Problems *problems;
    const char *cursor;
    const char *end;
    Position at;
} Reader;

static void
advance(Reader *reader)
{
    unsigned char byte = (unsigned char)*reader->cursor++;
    if (byte == '\n') {
        reader->at.line++;
        reader->at.column = 1;
    } else if ((byte & 0xC0) != 0x80) {
        reader->at.column++; /* continuation bytes belong to one character */
    }
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_mark(char c)
{
    return c != '\0' && strchr("=,{}()", c) != NULL;
}

static void
append(Reader *reader, TokenKind kind, const char *text, gssize size,
       Position at)
{
    const Token token = {
        .kind = kind,
        .text = g_string_chunk_insert_len(reader->lexer->texts, text, size),
        .at = at,
    };
    g_array_append_val(reader->lexer->tokens, token);
}

static void
read_comment(Reader *reader)
{
    while (reader->cursor < reader->end && *reader->cursor != '\n')
        advance(reader);
}

static void
read_word(Reader *reader)
{
    const char *start = reader->cursor;
    Position at = reader->at;
    while (reader->cursor < reader->end && !is_blank(*reader->cursor) &&
           !is_mark(*reader->cursor) && *reader->cursor != '"')
        advance(reader);
    append(reader, TOKEN_WORD, start, reader->cursor - start, at);
}

/* A backslash stands for itself except before a quote, so that Windows paths
 * and regular expressions need no doubling. */
static void
read_string(Reader *reader)
{
    Position at = reader->at;
    g_autoptr(GString) text = g_string_new(NULL);
    advance(reader);
    while (reader->cursor < reader->end && *reader->cursor != '"' &&
           *reader->cursor != '\n') {
        if (*reader->cursor == '\\' && reader->end - reader->cursor > 1 &&
            reader->cursor[1] == '"')
            advance(reader);
        g_string_append_c(text, *reader->cursor);
        advance(reader);
    }
    if (reader->cursor < reader->end && *reader->cursor == '"')
        advance(reader);
    else
        problems_add(reader->problems, &at,
                     "this quoted text does not end on its line");
    append(reader, TOKEN_STRING, text->str, (gssize)text->len, at);
}

static void
read_all(Reader *reader)
{
    while (reader->cursor < reader->end) {
        char c = *reader->cursor;
        if (is_blank(c)) {
            advance(reader);
        } else if (c == '#') {
            read_comment(reader);
        } else if (c == '"') {
            read_string(reader);
        } else if (is_mark(c)) {
            append(reader, TOKEN_PUNCTUATION, &c, 1, reader->at);
            advance(reader);
        } else {
            read_word(reader);
        }
    }
    append(reader, TOKEN_END, "", 0, reader->at);
}

/* Text that is not clean UTF-8 is cut where it stops being so: the rest
 * would only breed mistakes that are none. */
static size_t
check_text(Reader *reader, size_t size_bytes)
{
    const char *bad = NULL;
    if (g_utf8_validate(reader->cursor, (gssize)size_bytes, &bad))
        return size_bytes;
    Position at = {.file = reader->at.file, .line = 1, .column = 1};
    Reader probe = {.cursor = reader->cursor, .at = at};
    while (probe.cursor < bad)
        advance(&probe);
    problems_add(reader->problems, &probe.at,
                 *bad == '\0' ? "NUL byte in the text"
                              : "this is not UTF-8 text");
    return (size_t)(bad - reader->cursor);
}

Lexer *
lexer_new(const char *file, const char *bytes, size_t size_bytes,
          Problems *problems)
{
    Lexer *lexer = g_new0(Lexer, 1);
    lexer->tokens = g_array_new(FALSE, FALSE, sizeof(Token));
    lexer->texts = g_string_chunk_new(4096);
    Reader reader = {
        .lexer = lexer,
        .problems = problems,
        .cursor = bytes,
        .at = {.file = g_intern_string(file), .line = 1, .column = 1},
    };
    reader.end = bytes + check_text(&reader, size_bytes);
    read_all(&reader);
    return lexer;
}

static char *
read_file(int fd, size_t *size_bytes)
{
    char *bytes = g_malloc(MAX_FILE_BYTES + 1);
    size_t size = 0;
    ssize_t got = 0;
    while (size <= MAX_FILE_BYTES &&
           (got = read(fd, bytes + size, MAX_FILE_BYTES + 1 - size)) > 0)
        size += (size_t)got;
    *size_bytes = size;
    if (got < 0)
        g_clear_pointer(&bytes, g_free);
    return bytes;
}

Lexer *
lexer_load(const char *path, Problems *problems)
{
    Position at = {.file = g_intern_string(path)};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        problems_add(problems, &at, "cannot be read: %s", g_strerror(errno));
        return NULL;
    }
    struct stat status;
    bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    size_t size = 0;
    g_autofree char *bytes = regular ? read_file(fd, &size) : NULL;
    close(fd);
    if (bytes == NULL) {
        problems_add(problems, &at, "cannot be read: %s",
                     regular ? "input error" : "not a regular file");
        return NULL;
    }
    if (size > MAX_FILE_BYTES) {
        problems_add(problems, &at, "is larger than 1 MiB");
        return NULL;
    }
    return lexer_new(path, bytes, size, problems);
}

void
lexer_free(Lexer *lexer)
{
    if (lexer == NULL)
        return;
    g_array_unref(lexer->tokens);
    g_string_chunk_free(lexer->texts);
    g_free(lexer);
}

static const Token *
get_token(const Lexer *lexer, guint index)
{
    return &g_array_index(lexer->tokens, Token,
                          MIN(index, lexer->tokens->len - 1));
}

const Token *
lexer_peek(const Lexer *lexer)
{
    return get_token(lexer, lexer->next);
}

const Token *
lexer_peek_second(const Lexer *lexer)
{
    return get_token(lexer, lexer->next + 1);
}

const Token *
lexer_next(Lexer *lexer)
{
    const Token *token = lexer_peek(lexer);
    if (token->kind != TOKEN_END)
        lexer->next++;
    return token;
}

bool
lexer_is_word(const Token *token, const char *word)
{
    return token->kind == TOKEN_WORD && strcmp(token->text, word) == 0;
}

bool
lexer_is_mark(const Token *token, char mark)
{
    return token->kind == TOKEN_PUNCTUATION && token->text[0] == mark;
}

/* --- numbers with units ------------------------------------------------ */

typedef struct {
    const char *name;
    guint64 factor;
} Unit;

static bool
parse_with_unit(const char *text, const Unit *units, guint64 *value)
{
    if (!g_ascii_isdigit(*text))
        return false;
    char *rest = NULL;
    errno = 0;
    guint64 number = g_ascii_strtoull(text, &rest, 10);
    if (errno != 0)
        return false;
    for (; units->name != NULL; units++) {
        if (strcmp(rest, units->name) != 0)
            continue;
        if (number > (guint64)G_MAXINT64 / units->factor)
            return false;
        *value = number * units->factor;
        return true;
    }
    return false;
}

bool
lexer_parse_size(const char *text, guint64 *size_bytes)
{
    static const Unit units[] = {
        {"", 1},         {"B", 1},           {"kB", 1000},
        {"MB", 1000000}, {"GB", 1000000000}, {"KiB", 1024},
        {"kiB", 1024},   {"MiB", 1048576},   {"GiB", 1073741824},
        {NULL, 0},
    };
    return parse_with_unit(text, units, size_bytes);
}

bool
lexer_parse_duration(const char *text, gint64 *duration_ms)
{
    static const Unit units[] = {
        {"ms", 1},      {"s", 1000},     {"min", 60000},
        {"h", 3600000}, {"d", 86400000}, {NULL, 0},
    };
    guint64 value = 0;
    if (strcmp(text, "0") != 0 && !parse_with_unit(text, units, &value))
        return false;
    *duration_ms = (gint64)value;
    return true;
}
