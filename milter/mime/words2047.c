/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoded words (RFC 2047) to UTF-8. */
#include "mime/words2047.h"

#include <glib.h>
#include <string.h>

/* One word: "=?charset*language?B?text?=". */
typedef struct {
    char *charset;
    char encoding; /* 'B' or 'Q' */
    const char *text;
    gsize size;
    const char *end; /* past "?=" */
} Word;

/* Bytes of neighbouring words of one charset: a character may be cut between
 * them, though it must not (RFC 2047 5). */
typedef struct {
    GString *out;
    GByteArray *pending;
    char *charset;
    bool undecodable;
} Decoder;

/* Longer ones are no words to anybody (RFC 2047 2: 75 characters). */
#define MAX_WORD_BYTES    16384
#define MAX_CHARSET_BYTES 100

/* The "?=" that ends a word; NULL: none near enough. */
static const char *
find_word_end(const char *text)
{
    return g_strstr_len(text, (gssize)strnlen(text, MAX_WORD_BYTES), "?=");
}

static bool
read_word(const char *text, Word *word)
{
    if (strncmp(text, "=?", 2) != 0)
        return false;
    const char *charset = text + 2;
    const char *mark = strchr(charset, '?');
    if (mark == NULL || mark == charset || mark[1] == '\0' || mark[2] != '?')
        return false;
    const char *end = find_word_end(mark + 3);
    gsize name = strcspn(charset, "*? \t");
    /* Blanks in the text of a Q word are unlawful and read all the same; in
     * the charset they mean that this is no word. */
    if (end == NULL || name == 0 ||
        memchr(charset, ' ', (gsize)(mark - charset)) != NULL)
        return false;
    word->encoding = g_ascii_toupper(mark[1]);
    if (word->encoding != 'B' && word->encoding != 'Q')
        return false;
    word->charset = g_strndup(charset, name);
    word->text = mark + 3;
    word->size = (gsize)(end - word->text);
    word->end = end + 2;
    return true;
}

/* What read_word does not take and some reader may: a charset that is empty or
 * has blanks, a word beyond all measure. */
static bool
looks_like_word(const char *text)
{
    if (strncmp(text, "=?", 2) != 0)
        return false;
    const char *mark =
        memchr(text + 2, '?', strnlen(text + 2, MAX_CHARSET_BYTES));
    if (mark == NULL || mark[1] == '\0' || strchr("BbQq", mark[1]) == NULL ||
        mark[2] != '?')
        return false;
    return find_word_end(mark + 3) != NULL ||
           strnlen(mark + 3, MAX_WORD_BYTES) == MAX_WORD_BYTES;
}

static bool
append_base64(GByteArray *to, const Word *word)
{
    gint state = 0;
    guint save = 0;
    gsize padding = 0;
    for (gsize i = 0; i < word->size; i++) {
        char c = word->text[i];
        if (c == '=')
            padding++;
        else if (padding > 0 || (!g_ascii_isalnum(c) && c != '+' && c != '/'))
            return false;
    }
    g_autofree guchar *bytes = g_malloc(word->size + 4);
    gsize got =
        g_base64_decode_step(word->text, word->size, bytes, &state, &save);
    /* A word without its padding still holds its last bytes. */
    if (state > 1)
        got += g_base64_decode_step("==", 4 - (gsize)state, bytes + got, &state,
                                    &save);
    g_byte_array_append(to, bytes, (guint)got);
    return true;
}

static bool
append_quoted(GByteArray *to, const Word *word)
{
    for (gsize i = 0; i < word->size; i++) {
        guchar byte = (guchar)word->text[i];
        if (byte == '_') {
            byte = ' ';
        } else if (byte == '=') {
            if (i + 2 >= word->size || !g_ascii_isxdigit(word->text[i + 1]) ||
                !g_ascii_isxdigit(word->text[i + 2]))
                return false;
            byte = (guchar)(g_ascii_xdigit_value(word->text[i + 1]) << 4 |
                            g_ascii_xdigit_value(word->text[i + 2]));
            i += 2;
        }
        g_byte_array_append(to, &byte, 1);
    }
    return true;
}

/* Names of charsets whose order of bytes only a mark tells: without it readers
 * differ, and text turns into other text. */
static bool
needs_mark(const char *charset)
{
    static const char *const names[] = {
        "utf-16", "utf16",           "utf-32",          "utf32", "ucs-2",
        "ucs2",   "iso-10646-ucs-2", "iso-10646-ucs-4", "ucs-4", "ucs4",
        NULL};
    for (int i = 0; names[i] != NULL; i++)
        if (g_ascii_strcasecmp(charset, names[i]) == 0)
            return true;
    return false;
}

static bool
has_mark(const GByteArray *bytes)
{
    static const guint8 marks[][4] = {
        {0xFE, 0xFF}, {0xFF, 0xFE}, {0, 0, 0xFE, 0xFF}};
    return bytes->len >= 4 && (memcmp(bytes->data, marks[0], 2) == 0 ||
                               memcmp(bytes->data, marks[1], 2) == 0 ||
                               memcmp(bytes->data, marks[2], 4) == 0);
}

/* The pending bytes become text. What does not convert is shown as '?'. */
static void
flush(Decoder *decoder)
{
    if (decoder->charset == NULL)
        return;
    if (needs_mark(decoder->charset) && !has_mark(decoder->pending))
        decoder->undecodable = true;
    gsize written = 0;
    g_autofree char *text =
        decoder->pending->len == 0
            ? g_strdup("")
            : g_convert((const char *)decoder->pending->data,
                        (gssize)decoder->pending->len, "UTF-8",
                        decoder->charset, NULL, &written, NULL);
    if (text != NULL && memchr(text, '\0', written) == NULL) {
        g_string_append_len(decoder->out, text, (gssize)written);
    } else {
        decoder->undecodable = true;
        g_string_append_c(decoder->out, '?');
    }
    g_byte_array_set_size(decoder->pending, 0);
    g_clear_pointer(&decoder->charset, g_free);
}

static void
take_word(Decoder *decoder, Word *word)
{
    if (decoder->charset != NULL &&
        g_ascii_strcasecmp(decoder->charset, word->charset) != 0)
        flush(decoder);
    guint before = decoder->pending->len;
    bool good = word->encoding == 'B' ? append_base64(decoder->pending, word)
                                      : append_quoted(decoder->pending, word);
    if (!good) {
        g_byte_array_set_size(decoder->pending, before);
        decoder->undecodable = true;
    }
    g_free(decoder->charset);
    decoder->charset = g_steal_pointer(&word->charset);
}

char *
words2047_decode(const char *text, bool *undecodable)
{
    Decoder decoder = {.out = g_string_new(NULL),
                       .pending = g_byte_array_new()};
    const char *c = text;
    while (*c != '\0') {
        /* Blanks between two words are no text (RFC 2047 6.2). */
        const char *next = c + strspn(c, " \t");
        Word word;
        if (decoder.charset != NULL && read_word(next, &word)) {
            take_word(&decoder, &word);
            c = word.end;
        } else if (read_word(c, &word)) {
            take_word(&decoder, &word);
            c = word.end;
        } else {
            flush(&decoder);
            decoder.undecodable = decoder.undecodable || looks_like_word(c);
            g_string_append_c(decoder.out, *c++);
        }
    }
    flush(&decoder);
    g_byte_array_unref(decoder.pending);
    *undecodable = *undecodable || decoder.undecodable;
    return g_string_free(decoder.out, FALSE);
}

/* --- encoding ---------------------------------------------------------- */

#define MAX_LINE_COLUMNS 76
#define WORD_BYTES       39 /* 52 columns of base64, the frame, "Subject: " */

static bool
is_plain(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            return false;
    return strstr(text, "=?") == NULL &&
           strlen(text) + strlen("Subject: ") <= MAX_LINE_COLUMNS;
}

char *
words2047_encode(const char *text)
{
    if (is_plain(text))
        return g_strconcat(" ", text, NULL);
    GString *value = g_string_new(NULL);
    for (gsize left = strlen(text); left > 0;) {
        /* A character is never cut (RFC 2047 5). */
        gsize size = MIN(left, WORD_BYTES);
        while (((guchar)text[size] & 0xC0) == 0x80 && size > 1)
            size--;
        g_autofree char *base64 = g_base64_encode((const guchar *)text, size);
        g_string_append_printf(
            value, "%s =?utf-8?B?%s?=", value->len > 0 ? "\r\n" : "", base64);
        text += size;
        left -= size;
    }
    return g_string_free(value, FALSE);
}
