/* SPDX-License-Identifier: BSD-2-Clause */
/* Header: a block of header lines inside a body, as bytes. */
#include "mime/header.h"

#include <string.h>

#define ENCODING "Content-Transfer-Encoding"

/* The field (with its continuations) at *cursor: its whole size. */
static gsize
get_field_size(const char *bytes, gsize size)
{
    gsize at = 0;
    while (at < size) {
        const char *end = memchr(bytes + at, '\n', size - at);
        at = end != NULL ? (gsize)(end - bytes) + 1 : size;
        if (at == size || (bytes[at] != ' ' && bytes[at] != '\t'))
            break;
    }
    return at;
}

static gsize
trim_line_end(const char *bytes, gsize size)
{
    if (size > 0 && bytes[size - 1] == '\n')
        size--;
    if (size > 0 && bytes[size - 1] == '\r')
        size--;
    return size;
}

static void
drop(gpointer field)
{
    field_free(field);
}

/* NULs are passed over, as readers do who show the rest: they must not hide
 * a field. */
static char *
take_text(const char *bytes, gsize size, bool *malformed)
{
    GString *text = g_string_sized_new(size + 1);
    for (gsize i = 0; i < size; i++)
        if (bytes[i] != '\0')
            g_string_append_c(text, bytes[i]);
    if (text->len != size)
        *malformed = true;
    return g_string_free(text, FALSE);
}

static Field *
read_field(const char *bytes, gsize size, bool *malformed)
{
    size = trim_line_end(bytes, size);
    const char *colon = memchr(bytes, ':', size);
    if (colon == NULL || colon == bytes) {
        *malformed = true;
        return NULL;
    }
    g_autofree char *name = take_text(bytes, (gsize)(colon - bytes), malformed);
    for (const char *c = name; *c != '\0'; c++)
        if (!g_ascii_isgraph(*c))
            *malformed = true;
    g_autofree char *value =
        take_text(colon + 1, size - (gsize)(colon + 1 - bytes), malformed);
    return field_new(g_strchomp(name), value);
}

GPtrArray *
header_parse(const char *bytes, gsize size_bytes, bool *malformed)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(drop);
    *malformed = false;
    while (size_bytes > 0) {
        gsize size = get_field_size(bytes, size_bytes);
        Field *field = read_field(bytes, size, malformed);
        if (field != NULL)
            g_ptr_array_add(fields, field);
        bytes += size;
        size_bytes -= size;
    }
    return fields;
}

const char *
header_find(const GPtrArray *fields, const char *name, bool *twice)
{
    const char *found = NULL;
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        if (g_ascii_strcasecmp(field->name, name) != 0)
            continue;
        if (found != NULL && twice != NULL)
            *twice = true;
        if (found == NULL)
            found = field->value;
    }
    return found;
}

bool
header_differs(const GPtrArray *fields, const char *name)
{
    const char *first = header_find(fields, name, NULL);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        if (g_ascii_strcasecmp(field->name, name) == 0 &&
            !message_is_same_value(field->value, first))
            return true;
    }
    return false;
}

static bool
has_bare_cr(const char *text, gsize size)
{
    for (gsize i = 0; i + 1 < size; i++)
        if (text[i] == '\r' && text[i + 1] != '\n')
            return true;
    return false;
}

bool
header_has_bare_cr(const Message *message)
{
    for (unsigned i = 0; i < message_count_fields(message); i++) {
        const char *value = message_get_field(message, i)->value;
        if (has_bare_cr(value, strlen(value)))
            return true;
    }
    return false;
}

bool
header_is_ambiguous(const GString *block)
{
    return has_bare_cr(block->str, block->len) || *block->str == ' ' ||
           *block->str == '\t';
}

static bool
is_encoding(const char *bytes, gsize size)
{
    gsize length = strlen(ENCODING);
    return size > length && g_ascii_strncasecmp(bytes, ENCODING, length) == 0 &&
           bytes[length] == ':';
}

GString *
header_set_encoding(const char *bytes, gsize size_bytes, const char *encoding)
{
    GString *block = g_string_sized_new(size_bytes + 64);
    bool done = false;
    while (size_bytes > 0) {
        gsize size = get_field_size(bytes, size_bytes);
        if (!is_encoding(bytes, size))
            g_string_append_len(block, bytes, (gssize)size);
        else if (!done)
            g_string_append_printf(block, ENCODING ": %s\r\n", encoding);
        done = done || is_encoding(bytes, size);
        bytes += size;
        size_bytes -= size;
    }
    if (!done)
        g_string_append_printf(block, ENCODING ": %s\r\n", encoding);
    return block;
}

bool
header_check_safe(const Message *message, gsize longest)
{
    for (unsigned i = 0; i < message_count_fields(message); i++) {
        const Field *field = message_get_field(message, i);
        if (g_ascii_strncasecmp(field->name, "Content-", 8) != 0)
            continue;
        g_auto(GStrv) lines = g_strsplit(field->value, "\r\n", -1);
        for (char **line = lines; *line != NULL; line++)
            if (!g_str_is_ascii(*line) || strpbrk(*line, "\r\n") != NULL ||
                strlen(*line) + strlen(field->name) > longest - 4)
                return false;
    }
    return true;
}
