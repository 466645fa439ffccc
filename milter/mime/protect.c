/* SPDX-License-Identifier: BSD-2-Clause */
/* Protect: header fields carried inside what is signed or encrypted
 * (RFC 9788), and those that are hidden shown to every reader. */
#include "mime/protect.h"

#include "mime/decode.h"
#include "mime/entity_build.h"

#include <string.h>

#define MAX_LINE_OCTETS 989 /* longer ones are broken by Sendmail */

/* --- which fields ------------------------------------------------------ */

bool
protect_is_carried(const char *name)
{
    static const char *const others[] = {
        "Received", "Return-Path",    "Delivered-To",
        "Bcc",      "DKIM-Signature", "Authentication-Results",
        "HP-Outer", "Content-Length", "Lines",
        NULL};
    static const char *const families[] = {"ARC-", "Resent-", "X-Received",
                                           NULL};
    if (entity_is_mime_field(name))
        return false;
    for (int i = 0; others[i] != NULL; i++)
        if (g_ascii_strcasecmp(name, others[i]) == 0)
            return false;
    for (int i = 0; families[i] != NULL; i++)
        if (g_ascii_strncasecmp(name, families[i], strlen(families[i])) == 0)
            return false;
    return true;
}

/* --- values that survive ----------------------------------------------- */

/* Without blanks at the ends of lines, nor lines of blanks alone: relays take
 * them away, and the signature would be broken. */
static char *
trim_lines(const char *value)
{
    g_auto(GStrv) lines = g_strsplit(value, "\r\n", -1);
    GString *text = g_string_new(NULL);
    for (char **line = lines; *line != NULL; line++) {
        g_strchomp(*line);
        if (**line == '\0' && line != lines)
            continue;
        if (line != lines)
            g_string_append(text, "\r\n");
        g_string_append(text, *line);
    }
    return g_string_free(text, FALSE);
}

static bool
survives(const char *name, const char *value)
{
    gsize length = strlen(name) + 1;
    for (const char *c = value; *c != '\0'; c++) {
        if ((guchar)*c > 127 || (*c == '\r' && c[1] != '\n') ||
            (*c == '\n' && (c == value || c[-1] != '\r')))
            return false;
        length = *c == '\n' ? 0 : length + 1;
        if (length > MAX_LINE_OCTETS)
            return false;
    }
    return true;
}

static void
add_field(Entity *entity, const char *name, const char *value,
          bool *opaque_only)
{
    g_autofree char *trimmed = trim_lines(value);
    if (!survives(name, trimmed))
        *opaque_only = true;
    entity_build_field(entity, name, trimmed);
}

/* RFC 9788 2.2: what stands outside is told inside, so that a reader knows
 * which field was hidden and which only added on the way. */
static void
add_outer(Entity *entity, const ProtectField *field, bool *opaque_only)
{
    g_autofree char *value =
        g_strconcat(" ", field->name, ":", field->outer, NULL);
    add_field(entity, "HP-Outer", value, opaque_only);
}

static void
add_fields(Entity *entity, const GPtrArray *fields, bool encrypted,
           bool *opaque_only)
{
    for (guint i = 0; i < fields->len; i++) {
        const ProtectField *field = g_ptr_array_index(fields, i);
        add_field(entity, field->name, field->inner, opaque_only);
        if (encrypted && field->outer != NULL)
            add_outer(entity, field, opaque_only);
    }
}

/* --- the type ---------------------------------------------------------- */

static const Field *
find_type(const Entity *entity)
{
    const GPtrArray *fields = entity_get_fields(entity);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        if (g_ascii_strcasecmp(field->name, "Content-Type") == 0)
            return field;
    }
    return NULL;
}

/* The type with its mark; NULL when it has one, or cannot be read as every
 * reader would: comments are left alone. */
static char *
mark_type(const char *value, bool encrypted)
{
    g_autoptr(DecodedType) type = decode_type(value);
    if (type == NULL || strchr(value, '(') != NULL ||
        decoded_type_get_parameter(type, "hp") != NULL)
        return NULL;
    g_autofree char *bare = trim_lines(value);
    gsize length = strlen(bare);
    while (length > 0 && strchr("; \t\r\n", bare[length - 1]) != NULL)
        length--;
    bare[length] = '\0';
    g_autofree char *marked = g_strdup_printf("%s;\r\n hp=\"%s\"", bare,
                                              encrypted ? "cipher" : "clear");
    /* A comment or quotation left open would have swallowed it. */
    g_autoptr(DecodedType) again = decode_type(marked);
    const char *mark =
        again != NULL ? decoded_type_get_parameter(again, "hp") : NULL;
    if (mark == NULL ||
        g_strcmp0(decoded_type_get(type), decoded_type_get(again)) != 0)
        return NULL;
    return g_steal_pointer(&marked);
}

Entity *
protect_make(Entity *inner, const GPtrArray *fields, bool encrypted,
             bool *opaque_only)
{
    const Field *type = find_type(inner);
    g_autofree char *marked =
        type != NULL ? mark_type(type->value, encrypted) : NULL;
    if (marked == NULL)
        return entity_ref(inner);
    Entity *entity = entity_build_new();
    add_fields(entity, fields, encrypted, opaque_only);
    const GPtrArray *own = entity_get_fields(inner);
    for (guint i = 0; i < own->len; i++) {
        const Field *field = g_ptr_array_index(own, i);
        entity_build_field(entity, field->name,
                           field == type ? marked : field->value);
    }
    entity_build_body(entity, inner);
    return entity;
}

/* --- what every reader shall see --------------------------------------- */

static void
add_text(Entity *entity, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *with_crlf = g_strjoinv("\r\n", lines);
    g_autofree char *base64 =
        g_base64_encode((const guchar *)with_crlf, strlen(with_crlf));
    entity_build_text(entity, "Content-Type: text/plain; charset=utf-8;\r\n"
                              " hp-legacy-display=\"1\"\r\n"
                              "Content-Transfer-Encoding: base64\r\n"
                              "Content-Disposition: inline\r\n\r\n");
    entity_build_base64(entity, base64);
}

Entity *
protect_make_shown(Entity *inner, const GPtrArray *fields, const char *text,
                   bool *opaque_only, GError **error)
{
    g_autofree char *boundary = entity_build_find_boundary(inner, error);
    if (boundary == NULL)
        return NULL;
    g_autofree char *type = g_strdup_printf(
        " multipart/mixed; hp=\"cipher\";\r\n boundary=\"%s\"", boundary);
    g_autofree char *delimiter = g_strdup_printf("--%s\r\n", boundary);
    g_autofree char *next = g_strdup_printf("\r\n--%s\r\n", boundary);
    g_autofree char *last = g_strdup_printf("\r\n--%s--\r\n", boundary);
    Entity *entity = entity_build_new();
    add_fields(entity, fields, true, opaque_only);
    entity_build_field(entity, "Content-Type", type);
    entity_build_text(entity, delimiter);
    add_text(entity, text);
    entity_build_text(entity, next);
    entity_build_entity(entity, inner);
    entity_build_text(entity, last);
    return entity;
}
