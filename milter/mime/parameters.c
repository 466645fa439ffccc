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

char *
parameters_find_boundary(const DecodedType *type, const char *raw_value)
{
    g_autofree char *folded = g_ascii_strdown(raw_value, -1);
    const char *first = strstr(folded, "boundary");
    if (first == NULL || strstr(first + 1, "boundary=") != NULL)
        return NULL;
    const char *boundary = decoded_type_get_parameter(type, "boundary");
    return boundary != NULL && is_boundary(boundary) ? g_strdup(boundary)
                                                     : NULL;
}
