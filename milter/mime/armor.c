/* SPDX-License-Identifier: BSD-2-Clause */
/* Armor: whether a text is one OpenPGP message in ASCII armor and nothing else
 * (RFC 9580 6.2). */
#include "mime/armor.h"

#include <string.h>

#define MAX_LINE_OCTETS 500

typedef enum {
    ARMOR_BEFORE,
    ARMOR_HEADERS,
    ARMOR_DATA,
    ARMOR_AFTER, /* behind the last line */
    ARMOR_NONE
} ArmorState;

struct Armor {
    ArmorState state;
    GString *line;
    bool has_data;
};

Armor *
armor_new(void)
{
    Armor *armor = g_new0(Armor, 1);
    armor->line = g_string_new(NULL);
    return armor;
}

void
armor_free(Armor *armor)
{
    if (armor == NULL)
        return;
    g_string_free(armor->line, TRUE);
    g_free(armor);
}

/* A line of data, or the checksum that may follow it. */
static bool
is_data(const char *line)
{
    for (const char *c = line; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && strchr("+/=", *c) == NULL)
            return false;
    return true;
}

static ArmorState
take_data(Armor *armor, const char *line)
{
    if (strcmp(line, "-----END PGP MESSAGE-----") == 0)
        return armor->has_data ? ARMOR_AFTER : ARMOR_NONE;
    armor->has_data = armor->has_data || *line != '\0';
    return is_data(line) ? ARMOR_DATA : ARMOR_NONE;
}

static ArmorState
take_line(Armor *armor, const char *line)
{
    switch (armor->state) {
    case ARMOR_BEFORE:
        if (*line == '\0')
            return ARMOR_BEFORE;
        return strcmp(line, "-----BEGIN PGP MESSAGE-----") == 0 ? ARMOR_HEADERS
                                                                : ARMOR_NONE;
    case ARMOR_HEADERS:
        if (*line == '\0')
            return ARMOR_DATA;
        return strstr(line, ": ") != NULL ? ARMOR_HEADERS : ARMOR_NONE;
    case ARMOR_DATA:
        return take_data(armor, line);
    case ARMOR_AFTER:
        return *line == '\0' ? ARMOR_AFTER : ARMOR_NONE;
    case ARMOR_NONE:
        break;
    }
    return ARMOR_NONE;
}

static void
end_line(Armor *armor)
{
    /* A NUL would hide what follows it. */
    if (strlen(armor->line->str) != armor->line->len)
        armor->state = ARMOR_NONE;
    else
        armor->state = take_line(armor, g_strchomp(armor->line->str));
    g_string_truncate(armor->line, 0);
}

bool
armor_write(Armor *armor, const void *bytes, gsize size_bytes)
{
    const char *cursor = bytes;
    const char *end = size_bytes > 0 ? cursor + size_bytes : cursor;
    while (cursor < end && armor->state != ARMOR_NONE) {
        const char *stop = memchr(cursor, '\n', (gsize)(end - cursor));
        gsize size = (gsize)((stop != NULL ? stop : end) - cursor);
        if (armor->line->len + size > MAX_LINE_OCTETS) {
            armor->state = ARMOR_NONE;
            break;
        }
        g_string_append_len(armor->line, cursor, (gssize)size);
        cursor += size;
        if (stop != NULL) {
            end_line(armor);
            cursor++;
        }
    }
    return armor->state != ARMOR_NONE;
}

bool
armor_finish(Armor *armor)
{
    if (armor->state != ARMOR_NONE)
        end_line(armor);
    return armor->state == ARMOR_AFTER;
}
