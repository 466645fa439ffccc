/* SPDX-License-Identifier: BSD-2-Clause */
/* Decode: encoded words, parameters, addresses. The room's window on GMime. */
#include "mime/decode.h"

#include "base/mailbox.h"
#include "mime/words2047.h"

#include <gmime/gmime.h>
#include <string.h>

void
decode_init(void)
{
    static gsize done;
    if (g_once_init_enter(&done)) {
        g_mime_init();
        g_once_init_leave(&done, 1);
    }
}

/* RFC 5322 2.2.3: a fold is its blank alone. */
static char *
unfold(const char *raw)
{
    GString *text = g_string_sized_new(strlen(raw));
    for (const char *c = raw; *c != '\0'; c++)
        if (*c != '\r' && *c != '\n')
            g_string_append_c(text, *c);
    return g_strstrip(g_string_free(text, FALSE));
}

/* Bytes beyond ASCII are UTF-8 where they can be; else what old programs in
 * western Europe mean, which is a guess. */
static char *
guess_charset(char *text, bool *undecodable)
{
    if (g_utf8_validate(text, -1, NULL))
        return text;
    *undecodable = true;
    char *guessed =
        g_convert(text, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
    if (guessed == NULL)
        guessed = g_utf8_make_valid(text, -1);
    g_free(text);
    return guessed;
}

char *
decode_text(const char *raw_value, bool *undecodable)
{
    *undecodable = false;
    char *text = guess_charset(unfold(raw_value), undecodable);
    if (strstr(text, "=?") == NULL)
        return text;
    char *decoded = words2047_decode(text, undecodable);
    g_free(text);
    return decoded;
}

/* --- addresses --------------------------------------------------------- */

static void
collect(InternetAddressList *list, GPtrArray *into, bool *malformed)
{
    for (int i = 0; i < internet_address_list_length(list); i++) {
        InternetAddress *each = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(each)) {
            collect(internet_address_group_get_members(
                        INTERNET_ADDRESS_GROUP(each)),
                    into, malformed);
            continue;
        }
        const char *text =
            internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(each));
        char *mailbox = text != NULL ? mailbox_parse(text) : NULL;
        if (mailbox != NULL && *mailbox != '\0') {
            g_ptr_array_add(into, mailbox);
        } else {
            g_free(mailbox);
            *malformed = true;
        }
    }
}

char **
decode_addresses(const char *raw_value, bool *malformed)
{
    *malformed = false;
    GPtrArray *found = g_ptr_array_new();
    g_autofree char *text = unfold(raw_value);
    InternetAddressList *list =
        *text != '\0' ? internet_address_list_parse(NULL, text) : NULL;
    if (list != NULL) {
        collect(list, found, malformed);
        g_object_unref(list);
    } else if (*text != '\0') {
        *malformed = true;
    }
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}

bool
decode_date(const char *raw_value, gint64 *time_s)
{
    g_autofree char *text = unfold(raw_value);
    g_autoptr(GDateTime) date = g_mime_utils_header_decode_date(text);
    /* The library answers the epoch for what it cannot read. */
    if (date == NULL || g_date_time_to_unix(date) <= 0)
        return false;
    *time_s = g_date_time_to_unix(date);
    return true;
}

/* --- types ------------------------------------------------------------- */

struct DecodedType {
    char *type;
    GMimeContentType *parsed;
};

/* RFC 2045 5.1: token "/" token. */
static gsize
get_token_length(const char *text)
{
    gsize length = 0;
    while (g_ascii_isgraph(text[length]) &&
           strchr("()<>@,;:\\\"/[]?=", text[length]) == NULL)
        length++;
    return length;
}

static char *
read_type(const char *text)
{
    gsize major = get_token_length(text);
    if (major == 0 || text[major] != '/')
        return NULL;
    gsize minor = get_token_length(text + major + 1);
    if (minor == 0)
        return NULL;
    return g_ascii_strdown(text, (gssize)(major + 1 + minor));
}

DecodedType *
decode_type(const char *raw_value)
{
    g_autofree char *text = unfold(raw_value);
    char *name = read_type(text);
    if (name == NULL) {
        /* Content-Disposition has one word. */
        gsize word = get_token_length(text);
        if (word == 0 || text[word] == '/')
            return NULL;
        name = g_ascii_strdown(text, (gssize)word);
    }
    DecodedType *type = g_new0(DecodedType, 1);
    type->type = name;
    const char *parameters = strchr(text, ';');
    g_autofree char *whole =
        g_strconcat("text/plain", parameters != NULL ? parameters : "", NULL);
    type->parsed = g_mime_content_type_parse(NULL, whole);
    return type;
}

void
decoded_type_free(DecodedType *type)
{
    if (type == NULL)
        return;
    g_clear_object(&type->parsed);
    g_free(type->type);
    g_free(type);
}

const char *
decoded_type_get(const DecodedType *type)
{
    return type->type;
}

const char *
decoded_type_get_parameter(const DecodedType *type, const char *name)
{
    return type->parsed != NULL
               ? g_mime_content_type_get_parameter(type->parsed, name)
               : NULL;
}
