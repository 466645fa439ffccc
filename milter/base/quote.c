/* SPDX-License-Identifier: BSD-2-Clause */
/* Quoting: one function for each sink that shows text from outside. */
#include "base/quote.h"

#include <stdbool.h>
#include <string.h>

#define MAX_SHOWN_BYTES 512

/* Valid UTF-8 of bounded length: what does not decode becomes '?'. */
static char *
clean(const char *text)
{
    bool cut = strlen(text) > MAX_SHOWN_BYTES;
    g_autofree char *part = g_strndup(text, MAX_SHOWN_BYTES);
    /* A character cut in two at the limit goes with the rest. */
    const char *bad = NULL;
    if (cut && !g_utf8_validate(part, -1, &bad) && strlen(bad) < 4)
        part[bad - part] = '\0';
    GString *good = g_string_new(NULL);
    const char *c = part;
    while (!g_utf8_validate(c, -1, &bad)) {
        g_string_append_len(good, c, bad - c);
        g_string_append_c(good, '?');
        c = bad + 1;
    }
    g_string_append(good, c);
    if (cut)
        g_string_append(good, "...");
    return g_string_free(good, FALSE);
}

/* Control characters, and format characters that turn the direction of text
 * or hide in it. */
static bool
is_deceptive(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
           type == G_UNICODE_LINE_SEPARATOR ||
           type == G_UNICODE_PARAGRAPH_SEPARATOR ||
           type == G_UNICODE_SURROGATE || type == G_UNICODE_UNASSIGNED ||
           type == G_UNICODE_PRIVATE_USE;
}

static void
append_escaped(GString *to, gunichar c)
{
    if (c == '\n')
        g_string_append(to, "\\n");
    else
        g_string_append_printf(to, "\\u{%x}", c);
}

char *
quote_log(const char *text)
{
    g_autofree char *good = clean(text);
    bool plain = *good != '\0';
    for (const char *c = good; *c != '\0'; c++)
        plain = plain &&
                (g_ascii_isalnum(*c) || strchr("-_.@:+/*,%<>", *c) != NULL);
    if (plain)
        return g_steal_pointer(&good);
    GString *quoted = g_string_new("\"");
    for (char *c = good; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        if (character == '"' || character == '\\')
            g_string_append_printf(quoted, "\\%c", (char)character);
        else if (is_deceptive(character))
            append_escaped(quoted, character);
        else
            g_string_append_unichar(quoted, character);
    }
    g_string_append_c(quoted, '"');
    return g_string_free(quoted, FALSE);
}

char *
quote_terminal(const char *text)
{
    g_autofree char *good = clean(text);
    GString *quoted = g_string_new(NULL);
    for (char *c = good; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        if (is_deceptive(character))
            append_escaped(quoted, character);
        else
            g_string_append_unichar(quoted, character);
    }
    return g_string_free(quoted, FALSE);
}

char *
quote_smtp(const char *text)
{
    g_autofree char *good = clean(text);
    /* Decomposed, an accent is a character of its own, to be dropped. */
    g_autofree char *apart = g_utf8_normalize(good, -1, G_NORMALIZE_NFKD);
    GString *ascii = g_string_new(NULL);
    for (char *c = apart; c != NULL && *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        if (character >= 0x20 && character < 0x7F)
            g_string_append_c(ascii, (char)character);
        else if (character == 0x2019 || character == 0x2018)
            g_string_append_c(ascii, '\'');
        else if (character == '\t' || character == 0xA0)
            g_string_append_c(ascii, ' ');
        else if (!g_unichar_ismark(character))
            g_string_append_c(ascii, '?');
    }
    return g_string_free(ascii, FALSE);
}

char *
quote_json(const char *text)
{
    g_autofree char *good = g_utf8_make_valid(text, -1);
    GString *quoted = g_string_new("\"");
    for (const char *c = good; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_printf(quoted, "\\%c", *c);
        else if (*c == '\n')
            g_string_append(quoted, "\\n");
        else if ((unsigned char)*c < 0x20 || *c == 0x7F)
            g_string_append_printf(quoted, "\\u%04x", (unsigned)*c);
        else
            g_string_append_c(quoted, *c);
    }
    g_string_append_c(quoted, '"');
    return g_string_free(quoted, FALSE);
}
