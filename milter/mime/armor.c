/* SPDX-License-Identifier: BSD-2-Clause */
/* Armor: whether a text is one OpenPGP block in ASCII armor and nothing else.
 */
#include "mime/armor.h"

#include "mime/transfer.h"

#include <string.h>

#define MAX_LINE_OCTETS 500
/* Header lines are clear text: room for a program's name, not for a letter. */
#define MAX_HEADERS       4
#define MAX_HEADER_OCTETS 76
#define CHECKSUM_OCTETS   5

typedef enum {
    ARMOR_BEFORE,
    ARMOR_HEADERS,
    ARMOR_DATA,
    ARMOR_CHECKSUM, /* behind it: only the last line may follow */
    ARMOR_AFTER,    /* behind the last line */
    ARMOR_NONE
} ArmorState;

struct Armor {
    ArmorState state;
    GString *line;
    unsigned headers;
    TransferBase64 check;
    TransferDecoder *decoder;
    GByteArray *decoded;
    ArmorTake take;
    gpointer user;
};

Armor *
armor_new(ArmorTake take, gpointer user)
{
    Armor *armor = g_new0(Armor, 1);
    armor->line = g_string_new(NULL);
    armor->decoder = transfer_decoder_new(ENCODING_BASE64);
    armor->decoded = g_byte_array_new();
    armor->take = take;
    armor->user = user;
    return armor;
}

void
armor_free(Armor *armor)
{
    if (armor == NULL)
        return;
    g_string_free(armor->line, TRUE);
    transfer_decoder_free(armor->decoder);
    g_byte_array_unref(armor->decoded);
    g_free(armor);
}

static bool
is_header(const char *line)
{
    static const char *const names[] = {
        "Version: ", "Comment: ", "Charset: ", "MessageID: ", "Hash: "};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_has_prefix(line, names[i]))
            return strlen(line) <= MAX_HEADER_OCTETS;
    return false;
}

static bool
hand_on(Armor *armor)
{
    return armor->take(armor->user, armor->decoded->data, armor->decoded->len);
}

/* The block is whole when its base64 is. */
static ArmorState
end_data(Armor *armor, ArmorState next)
{
    g_byte_array_set_size(armor->decoded, 0);
    transfer_decode_end(armor->decoder, armor->decoded);
    return armor->check.characters > 0 && transfer_is_strict(&armor->check) &&
                   hand_on(armor)
               ? next
               : ARMOR_NONE;
}

static ArmorState
take_data(Armor *armor, const char *line)
{
    if (strcmp(line, "-----END PGP MESSAGE-----") == 0)
        return end_data(armor, ARMOR_AFTER);
    gsize length = strlen(line);
    if (*line == '=')
        return length == CHECKSUM_OCTETS ? end_data(armor, ARMOR_CHECKSUM)
                                         : ARMOR_NONE;
    transfer_check_base64(&armor->check, line, length);
    if (armor->check.bad)
        return ARMOR_NONE;
    g_byte_array_set_size(armor->decoded, 0);
    transfer_decode(armor->decoder, line, length, armor->decoded);
    return hand_on(armor) ? ARMOR_DATA : ARMOR_NONE;
}

static ArmorState
take_header(Armor *armor, const char *line)
{
    if (*line == '\0')
        return ARMOR_DATA;
    return is_header(line) && ++armor->headers <= MAX_HEADERS ? ARMOR_HEADERS
                                                              : ARMOR_NONE;
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
        return take_header(armor, line);
    case ARMOR_DATA:
        return take_data(armor, line);
    case ARMOR_CHECKSUM:
        return strcmp(line, "-----END PGP MESSAGE-----") == 0 ? ARMOR_AFTER
                                                              : ARMOR_NONE;
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
