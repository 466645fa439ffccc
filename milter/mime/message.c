/* SPDX-License-Identifier: BSD-2-Clause */
/* Message: header fields as received. */
#include "mime/message.h"

#include "base/error.h"

#include <string.h>

#define MAX_HEADER_BYTES (1024 * 1024)
#define MAX_FIELDS       10000

struct Message {
    GPtrArray *fields; /* Field * */
    gsize size_bytes;
};

/* Folds as CRLF, whatever they came as. */
static char *
normalise_folds(const char *value)
{
    GString *text = g_string_sized_new(strlen(value) + 8);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '\n' && (text->len == 0 || text->str[text->len - 1] != '\r'))
            g_string_append_c(text, '\r');
        g_string_append_c(text, *c);
    }
    return g_string_free(text, FALSE);
}

Field *
field_new(const char *name, const char *value)
{
    Field *field = g_new(Field, 1);
    field->name = g_strdup(name);
    field->value = g_strdup(value);
    return field;
}

void
field_free(Field *field)
{
    if (field == NULL)
        return;
    g_free(field->name);
    g_free(field->value);
    g_free(field);
}

static void
drop(gpointer field)
{
    field_free(field);
}

Message *
message_new(void)
{
    Message *message = g_new0(Message, 1);
    message->fields = g_ptr_array_new_with_free_func(drop);
    return message;
}

void
message_free(Message *message)
{
    if (message == NULL)
        return;
    g_ptr_array_unref(message->fields);
    g_free(message);
}

/* RFC 5322 2.2: printable ASCII but the colon; a blank before the colon is
 * obsolete syntax (4.5) that mail programs still send. */
static bool
is_field_name(const char *name)
{
    if (*name == '\0')
        return false;
    for (; *name != '\0'; name++)
        if (*name <= ' ' || *name == ':' || *name > '~')
            return name[strspn(name, " \t")] == '\0' && *name != ':';
    return true;
}

bool
message_add_field(Message *message, const char *name, const char *value,
                  GError **error)
{
    message->size_bytes += strlen(name) + strlen(value) + 3;
    if (message->size_bytes > MAX_HEADER_BYTES ||
        message->fields->len >= MAX_FIELDS) {
        error_set(error, ERROR_MALFORMED, "the message's header is too large");
        return false;
    }
    if (!is_field_name(name)) {
        error_set(error, ERROR_MALFORMED,
                  "a header field has no lawful name (RFC 5322 2.2)");
        return false;
    }
    Field *field = g_new(Field, 1);
    field->name = g_strdup(name);
    field->value = normalise_folds(value);
    g_ptr_array_add(message->fields, field);
    return true;
}

unsigned
message_count_fields(const Message *message)
{
    return message->fields->len;
}

const Field *
message_get_field(const Message *message, unsigned index)
{
    return g_ptr_array_index(message->fields, index);
}

const char *
message_find(const Message *message, const char *name, unsigned instance)
{
    for (guint i = 0; i < message->fields->len; i++) {
        const Field *field = g_ptr_array_index(message->fields, i);
        if (g_ascii_strcasecmp(field->name, name) == 0 && instance-- == 0)
            return field->value;
    }
    return NULL;
}

bool
message_is_same_value(const char *a, const char *b)
{
    g_autofree char *left = g_strstrip(g_strdup(a));
    g_autofree char *right = g_strstrip(g_strdup(b));
    return g_ascii_strcasecmp(left, right) == 0;
}

bool
message_differs(const Message *message, const char *name)
{
    const char *first = message_find(message, name, 0);
    const char *other;
    for (unsigned i = 1; (other = message_find(message, name, i)) != NULL; i++)
        if (!message_is_same_value(other, first))
            return true;
    return false;
}
