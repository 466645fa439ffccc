/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters: what a part's header says of its content, strictly read. */
#include "mime/parameters.h"

#include <string.h>

#define MAX_BOUNDARY 70 /* RFC 2046 5.1.1 */

TransferEncoding
parameters_parse_encoding(const char *raw_value)
{
    static const struct {
        const char *name;
        TransferEncoding encoding;
    } known[] = {
        {"", ENCODING_7BIT},
        {"7bit", ENCODING_7BIT},
        {"8bit", ENCODING_8BIT},
        {"binary", ENCODING_8BIT},
        {"base64", ENCODING_BASE64},
        {"quoted-printable", ENCODING_QUOTED_PRINTABLE},
    };
    g_autofree char *word = g_strdup(raw_value != NULL ? raw_value : "");
    g_strstrip(word);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_ascii_strcasecmp(word, known[i].name) == 0)
            return known[i].encoding;
    return ENCODING_UNKNOWN;
}

static bool
is_boundary(const char *text)
{
    gsize length = strlen(text);
    if (length == 0 || length > MAX_BOUNDARY || text[length - 1] == ' ')
        return false;
    for (const char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            return false;
    return true;
}

/* The value behind each "boundary" that is a parameter's name; NULL: no more.
 * *extended: in one of the forms of RFC 2231. */
static const char *
next_boundary(const char *text, bool *extended)
{
    while ((text = strstr(text, "boundary")) != NULL) {
        text += strlen("boundary");
        const char *sign = text + strspn(text, "*0123456789");
        *extended = *text == '*';
        sign += strspn(sign, " \t\r\n");
        if (*sign == '=')
            return sign + 1;
    }
    return NULL;
}

/* Whether a value ends where all readers say: quoted from end to end, or a
 * bare word without quotes and comments; and whether it is in ASCII. */
static bool
is_clear_value(const char *value)
{
    value += strspn(value, " \t\r\n");
    const char *end = value;
    if (*value == '"') {
        for (end++; *end != '"' && *end != '\0'; end++)
            if (*end == '\\' && end[1] != '\0')
                end++;
        if (*end++ != '"')
            return false;
    } else if (*value != '\'') {
        end += strcspn(value, " \t\r\n;\"(");
    }
    for (; value < end; value++)
        if ((guchar)*value > 127)
            return false;
    end += strspn(end, " \t\r\n");
    return *end == ';' || *end == '\0';
}

/* RFC 2231 pieces belong together; any other second boundary is one too
 * many. */
static bool
is_single_boundary(const char *raw_value)
{
    g_autofree char *folded = g_ascii_strdown(raw_value, -1);
    bool pieces = false;
    const char *value = next_boundary(folded, &pieces);
    if (value == NULL || !is_clear_value(value))
        return false;
    bool piece = false;
    while ((value = next_boundary(value, &piece)) != NULL)
        if (!pieces || !piece || !is_clear_value(value))
            return false;
    return true;
}

char *
parameters_find_boundary(const DecodedType *type, const char *raw_value)
{
    if (!is_single_boundary(raw_value))
        return NULL;
    const char *boundary = decoded_type_get_parameter(type, "boundary");
    return boundary != NULL && is_boundary(boundary) ? g_strdup(boundary)
                                                     : NULL;
}

bool
parameters_has_suffix(const char *raw_value, const char *suffix)
{
    g_autoptr(DecodedType) type =
        raw_value != NULL ? decode_type(raw_value) : NULL;
    if (type == NULL)
        return false;
    const char *name = decoded_type_get_parameter(type, "name");
    if (name == NULL)
        name = decoded_type_get_parameter(type, "filename");
    g_autofree char *folded = name != NULL ? g_ascii_strdown(name, -1) : NULL;
    return folded != NULL && g_str_has_suffix(folded, suffix);
}

bool
parameters_is_message(const char *type)
{
    return strcmp(type, "message/rfc822") == 0 ||
           strcmp(type, "message/global") == 0 ||
           strcmp(type, "message/news") == 0;
}

/* A type that cannot be read, yet may be one that holds others. */
static bool
hints_at_parts(const char *raw_type)
{
    g_autofree char *folded = g_ascii_strdown(raw_type, -1);
    return strstr(folded, "multipart") != NULL ||
           strstr(folded, "message") != NULL;
}

static void
read_multipart(PartNature *nature, const DecodedType *type,
               const char *raw_type)
{
    /* RFC 2045 6.4: no encoding of its own; some readers undo one. */
    bool plain =
        nature->encoding == ENCODING_7BIT || nature->encoding == ENCODING_8BIT;
    nature->boundary = plain ? parameters_find_boundary(type, raw_type) : NULL;
    if (nature->boundary == NULL)
        nature->malformed = nature->doubtful = true;
    /* RFC 2231: Sendmail, which parses what it passes on, does not know it. */
    g_autofree char *folded = g_ascii_strdown(raw_type, -1);
    bool pieces = false;
    if (next_boundary(folded, &pieces) != NULL && pieces)
        nature->malformed = true;
}

PartNature
parameters_read(const char *raw_type, const char *raw_encoding,
                const char *default_type)
{
    PartNature nature = {.encoding = parameters_parse_encoding(raw_encoding)};
    g_autoptr(DecodedType) type =
        raw_type != NULL ? decode_type(raw_type) : NULL;
    const char *name = type != NULL ? decoded_type_get(type) : NULL;
    if (raw_type != NULL && (name == NULL || strchr(name, '/') == NULL)) {
        nature.malformed = true;
        nature.doubtful = hints_at_parts(raw_type);
        name = "application/octet-stream";
    }
    nature.type = g_strdup(name != NULL ? name : default_type);
    if (g_str_has_prefix(nature.type, "multipart/"))
        read_multipart(&nature, type, raw_type);
    if (strcmp(nature.type, "message/partial") == 0 ||
        (parameters_is_message(nature.type) &&
         nature.encoding == ENCODING_UNKNOWN))
        nature.doubtful = true;
    /* RFC 2046 5.2.1 forbids it, and Sendmail, which parses what it passes on,
     * looks for fields in the encoded octets. */
    if (parameters_is_message(nature.type) &&
        strcmp(nature.type, "message/global") != 0 &&
        nature.encoding != ENCODING_7BIT && nature.encoding != ENCODING_8BIT)
        nature.malformed = true;
    return nature;
}
