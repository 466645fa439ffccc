/* SPDX-License-Identifier: BSD-2-Clause */
/* Text: two spellings of the same words made equal, and words found. */
#include "policy/text.h"

#include <string.h>

#define REPLACEMENT 0xFFFD

/* Letters that NFKD keeps whole though a keyboard without them writes two,
 * and apostrophes that word processors choose for their users. */
static const struct {
    gunichar letter;
    const char *plain;
} ligatures[] = {
    {0x0152, "OE"}, {0x0153, "oe"}, {0x00C6, "AE"}, {0x00E6, "ae"},
    {0x00D8, "O"},  {0x00F8, "o"},  {0x0141, "L"},  {0x0142, "l"},
};

/* g_utf8_next_char casts const away. */
static const char *
next(const char *at)
{
    return at + g_utf8_skip[(guchar)*at];
}

static bool
is_mark(gunichar letter)
{
    GUnicodeType type = g_unichar_type(letter);
    return type == G_UNICODE_NON_SPACING_MARK ||
           type == G_UNICODE_ENCLOSING_MARK;
}

/* What no reader shows: it must neither hide a word nor split it. */
static bool
is_invisible(gunichar letter)
{
    GUnicodeType type = g_unichar_type(letter);
    if (type == G_UNICODE_FORMAT)
        return true;
    if (type == G_UNICODE_CONTROL)
        return !g_unichar_isspace(letter);
    /* Hangul fillers are letters to Unicode and blank to the eye. */
    return letter == 0x115F || letter == 0x1160 || letter == 0x3164 ||
           letter == 0xFFA0;
}

static gunichar
unify(gunichar letter)
{
    switch (letter) {
    case 0x2018:
    case 0x2019:
    case 0x02BC:
        return '\'';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
        return '-';
    default:
        return letter;
    }
}

static const char *
find_ligature(gunichar letter)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ligatures); i++)
        if (ligatures[i].letter == letter)
            return ligatures[i].plain;
    return NULL;
}

/* A copy of at most limit bytes of valid UTF-8. */
static char *
take(const char *text, gsize limit_bytes, bool *whole)
{
    gsize size_bytes = strnlen(text, limit_bytes + 1);
    bool cut = size_bytes > limit_bytes;
    if (cut) {
        size_bytes = limit_bytes;
        /* Not in the middle of a letter. */
        while (size_bytes > 0 && ((guchar)text[size_bytes] & 0xC0) == 0x80)
            size_bytes--;
    }
    bool valid = g_utf8_validate(text, (gssize)size_bytes, NULL);
    if (whole != NULL && (cut || !valid))
        *whole = false;
    g_autofree char *made = g_utf8_make_valid(text, (gssize)size_bytes);
    return g_strconcat(made, cut ? "\xEF\xBF\xBD" : "", NULL);
}

static void
append_letter(GString *plain, gunichar letter, bool split_ligatures)
{
    if (is_mark(letter) || is_invisible(letter))
        return;
    /* The blank of Braille is a sign to Unicode. */
    if (g_unichar_isspace(letter) || letter == 0x2800) {
        if (plain->len > 0 && plain->str[plain->len - 1] != ' ')
            g_string_append_c(plain, ' ');
        return;
    }
    const char *ligature = split_ligatures ? find_ligature(letter) : NULL;
    if (ligature != NULL)
        g_string_append(plain, ligature);
    else
        g_string_append_unichar(plain, unify(letter));
}

/* Letter by letter and not with g_utf8_normalize: that sorts marks, which
 * takes the square of their number, and we drop them anyway. */
static char *
decompose(const char *text, gboolean compatibility, bool split_ligatures)
{
    GString *plain = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at = next(at)) {
        gunichar letters[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
        gsize count = g_unichar_fully_decompose(
            g_utf8_get_char(at), compatibility, letters, G_N_ELEMENTS(letters));
        for (gsize i = 0; i < MIN(count, G_N_ELEMENTS(letters)); i++)
            append_letter(plain, letters[i], split_ligatures);
    }
    if (plain->len > 0 && plain->str[plain->len - 1] == ' ')
        g_string_truncate(plain, plain->len - 1);
    return g_string_free(plain, FALSE);
}

char *
text_fold(const char *text, bool *whole)
{
    g_autofree char *taken = take(text, TEXT_LIMIT_BYTES, whole);
    g_autofree char *plain = decompose(taken, TRUE, true);
    return g_utf8_casefold(plain, -1);
}

char *
text_make_plain(const char *text, bool *whole)
{
    g_autofree char *taken = take(text, TEXT_PATTERN_LIMIT_BYTES, whole);
    return decompose(taken, TRUE, false);
}

char *
text_strip_pattern(const char *pattern)
{
    g_autofree char *taken = take(pattern, TEXT_LIMIT_BYTES, NULL);
    GString *stripped = g_string_new(NULL);
    for (const char *at = taken; *at != '\0'; at = next(at)) {
        gunichar letters[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
        gsize count = g_unichar_fully_decompose(g_utf8_get_char(at), FALSE,
                                                letters, G_N_ELEMENTS(letters));
        for (gsize i = 0; i < MIN(count, G_N_ELEMENTS(letters)); i++)
            if (!is_mark(letters[i]) && !is_invisible(letters[i]))
                g_string_append_unichar(stripped, unify(letters[i]));
    }
    return g_string_free(stripped, FALSE);
}

bool
text_has(const char *text, const char *phrase)
{
    return strstr(text, phrase) != NULL;
}

/* Whether a letter beside an edge of a phrase makes a longer word of it. A
 * digit does not lengthen a word of letters: it may be a footnote's. */
static bool
is_joined(gunichar edge, gunichar beside, bool whole)
{
    if (!g_unichar_isalnum(edge))
        return false; /* "[confidentiel]" has its own borders */
    if (!whole && (beside == REPLACEMENT || beside == '?'))
        return true;
    return g_unichar_isdigit(edge) ? g_unichar_isalnum(beside)
                                   : g_unichar_isalpha(beside);
}

static bool
is_word_at(const char *text, const char *at, const char *phrase, bool whole)
{
    const char *end = at + strlen(phrase);
    const char *last = g_utf8_prev_char(phrase + strlen(phrase));
    if (at > text && is_joined(g_utf8_get_char(phrase),
                               g_utf8_get_char(g_utf8_prev_char(at)), whole))
        return false;
    return *end == '\0' ||
           !is_joined(g_utf8_get_char(last), g_utf8_get_char(end), whole);
}

bool
text_has_word(const char *text, const char *phrase, bool whole)
{
    if (*phrase == '\0')
        return false;
    for (const char *at = strstr(text, phrase); at != NULL;
         at = strstr(at + 1, phrase))
        if (is_word_at(text, at, phrase, whole))
            return true;
    return false;
}
