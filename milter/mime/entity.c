/* SPDX-License-Identifier: BSD-2-Clause */
/* Entity: a MIME tree we build, as a list of pieces. */
#include "mime/entity.h"

#include "base/error.h"
#include "mime/entity_build.h"

#include <string.h>
#include <sys/random.h>

#define CHUNK_BYTES    65536
#define BOUNDARY_BYTES 24
#define BASE64_COLUMNS 64

typedef struct {
    GBytes *bytes; /* or */
    Spool *spool;
    guint64 offset; /* in the spool */
    guint64 size;
} Piece;

struct Entity {
    gint references;
    GPtrArray *fields; /* Field * */
    GArray *pieces;    /* Piece: the body */
    GString *head;     /* fields and empty line */
    guint64 body_size;
    bool boundary_free; /* no line of its spools is like a delimiter of ours */
};

static void
clear_piece(gpointer pointer)
{
    Piece *piece = pointer;
    g_clear_pointer(&piece->bytes, g_bytes_unref);
    g_clear_pointer(&piece->spool, spool_unref);
}

static void
drop_field(gpointer field)
{
    field_free(field);
}

/* --- building ---------------------------------------------------------- */

Entity *
entity_build_new(void)
{
    Entity *entity = g_new0(Entity, 1);
    entity->references = 1;
    entity->fields = g_ptr_array_new_with_free_func(drop_field);
    entity->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_array_set_clear_func(entity->pieces, clear_piece);
    entity->head = g_string_new("\r\n");
    return entity;
}

void
entity_build_field(Entity *entity, const char *name, const char *value)
{
    g_ptr_array_add(entity->fields, field_new(name, value));
    /* The empty line stays last. */
    g_string_truncate(entity->head, entity->head->len - 2);
    g_string_append_printf(entity->head, "%s:%s\r\n\r\n", name, value);
}

void
entity_build_bytes(Entity *entity, GBytes *bytes)
{
    const Piece piece = {.bytes = bytes, .size = g_bytes_get_size(bytes)};
    g_array_append_val(entity->pieces, piece);
    entity->body_size += piece.size;
}

void
entity_build_text(Entity *entity, const char *text)
{
    entity_build_bytes(entity, g_bytes_new(text, strlen(text)));
}

void
entity_build_range(Entity *entity, Spool *spool, guint64 offset,
                   guint64 size_bytes)
{
    if (size_bytes == 0)
        return;
    const Piece piece = {
        .spool = spool_ref(spool), .offset = offset, .size = size_bytes};
    g_array_append_val(entity->pieces, piece);
    entity->body_size += size_bytes;
}

void
entity_build_body(Entity *entity, const Entity *inner)
{
    for (guint i = 0; i < inner->pieces->len; i++) {
        const Piece *piece = &g_array_index(inner->pieces, Piece, i);
        if (piece->bytes != NULL)
            entity_build_bytes(entity, g_bytes_ref(piece->bytes));
        else
            entity_build_range(entity, piece->spool, piece->offset,
                               piece->size);
    }
}

void
entity_build_entity(Entity *entity, Entity *inner)
{
    entity_build_bytes(entity, g_bytes_new(inner->head->str, inner->head->len));
    entity_build_body(entity, inner);
}

void
entity_build_base64(Entity *entity, const char *base64)
{
    GString *lines = g_string_new(NULL);
    for (gsize left = strlen(base64); left > 0;) {
        gsize part = MIN(left, BASE64_COLUMNS);
        g_string_append_len(lines, base64, (gssize)part);
        g_string_append(lines, "\r\n");
        base64 += part;
        left -= part;
    }
    entity_build_bytes(entity, g_string_free_to_bytes(lines));
}

void
entity_build_boundary_free(Entity *entity)
{
    entity->boundary_free = true;
}

/* --- life -------------------------------------------------------------- */

Entity *
entity_ref(Entity *entity)
{
    g_atomic_int_inc(&entity->references);
    return entity;
}

void
entity_unref(Entity *entity)
{
    if (entity == NULL || !g_atomic_int_dec_and_test(&entity->references))
        return;
    g_ptr_array_unref(entity->fields);
    g_array_unref(entity->pieces);
    g_string_free(entity->head, TRUE);
    g_free(entity);
}

/* --- reading ----------------------------------------------------------- */

const GPtrArray *
entity_get_fields(const Entity *entity)
{
    return entity->fields;
}

guint64
entity_get_body_size(const Entity *entity)
{
    return entity->body_size;
}

guint64
entity_get_size(const Entity *entity)
{
    return entity->head->len + entity->body_size;
}

static ssize_t
read_piece(const Piece *piece, guint64 offset, char *to, size_t size,
           GError **error)
{
    size_t part = (size_t)MIN(size, piece->size - offset);
    if (piece->bytes == NULL)
        return spool_read_at(piece->spool, piece->offset + offset, to, part,
                             error);
    const char *bytes = g_bytes_get_data(piece->bytes, NULL);
    memcpy(to, bytes + offset, part);
    return (ssize_t)part;
}

ssize_t
entity_read_body_at(const Entity *entity, guint64 offset, void *buffer,
                    size_t size_bytes, GError **error)
{
    size_t have = 0;
    for (guint i = 0; have < size_bytes && i < entity->pieces->len; i++) {
        const Piece *piece = &g_array_index(entity->pieces, Piece, i);
        if (offset >= piece->size) {
            offset -= piece->size;
            continue;
        }
        ssize_t got = read_piece(piece, offset, (char *)buffer + have,
                                 size_bytes - have, error);
        if (got < 0)
            return -1;
        have += (size_t)got;
        offset = 0;
    }
    return (ssize_t)have;
}

const void *
entity_peek_body_at(const Entity *entity, guint64 offset, gsize *size_bytes)
{
    for (guint i = 0; i < entity->pieces->len; i++) {
        const Piece *piece = &g_array_index(entity->pieces, Piece, i);
        if (offset >= piece->size) {
            offset -= piece->size;
            continue;
        }
        gsize size = 0;
        const char *bytes =
            piece->bytes != NULL
                ? g_bytes_get_data(piece->bytes, &size)
                : spool_peek_at(piece->spool, piece->offset, &size);
        if (bytes == NULL)
            return NULL;
        *size_bytes = (gsize)(MIN(size, piece->size) - offset);
        return bytes + offset;
    }
    return NULL;
}

ssize_t
entity_read_at(const Entity *entity, guint64 offset, void *buffer,
               size_t size_bytes, GError **error)
{
    gsize head = entity->head->len;
    if (offset >= head)
        return entity_read_body_at(entity, offset - head, buffer, size_bytes,
                                   error);
    size_t part = (size_t)MIN(size_bytes, head - offset);
    memcpy(buffer, entity->head->str + offset, part);
    ssize_t rest = entity_read_body_at(entity, 0, (char *)buffer + part,
                                       size_bytes - part, error);
    return rest >= 0 ? (ssize_t)part + rest : -1;
}

bool
entity_begins_with(const Entity *entity, GBytes *head, const Spool *spool)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(head, &size);
    gsize at = entity->head->len;
    if (size < at || memcmp(bytes, entity->head->str, at) != 0)
        return false;
    for (guint i = 0; i < entity->pieces->len; i++) {
        const Piece *piece = &g_array_index(entity->pieces, Piece, i);
        if (piece->spool != NULL)
            return at == size && piece->spool == spool && piece->offset == 0 &&
                   piece->size == spool_get_size(spool);
        if (size - at < piece->size ||
            memcmp(bytes + at, g_bytes_get_data(piece->bytes, NULL),
                   (gsize)piece->size) != 0)
            return false;
        at += (gsize)piece->size;
    }
    return at == size && spool_get_size(spool) == 0;
}

/* --- multipart/signed -------------------------------------------------- */

/* Long and random: some readers match boundaries by prefix, and nothing that
 * arrives can know it. */
char *
entity_make_boundary(GError **error)
{
    guchar random[BOUNDARY_BYTES];
    if (getrandom(random, sizeof random, 0) != sizeof random) {
        error_set(error, ERROR_TEMPORARY, "no random bytes from the kernel");
        return NULL;
    }
    GString *text = g_string_new(SCAN_OWN_BOUNDARY);
    for (gsize i = 0; i < sizeof random; i++)
        g_string_append_printf(text, "%02x", random[i]);
    return g_string_free(text, FALSE);
}

/* Whether boundary occurs in entity; chunks overlap by its length. */
static bool
contains(const Entity *entity, const char *boundary, bool *found,
         GError **error)
{
    gsize length = strlen(boundary);
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    gsize kept = 0;
    /* The scanner has seen that no line of the spools can be one. */
    guint64 end =
        entity->boundary_free ? entity->head->len : entity_get_size(entity);
    *found = false;
    for (;;) {
        ssize_t got = 0;
        if (offset < end)
            got = entity_read_at(entity, offset, buffer + kept,
                                 (gsize)MIN(CHUNK_BYTES - kept, end - offset),
                                 error);
        if (got <= 0)
            return got == 0;
        gsize have = kept + (gsize)got;
        offset += (guint64)got;
        if (memmem(buffer, have, boundary, length) != NULL) {
            *found = true;
            return true;
        }
        kept = MIN(have, length - 1);
        memmove(buffer, buffer + have - kept, kept);
    }
}

/* wanted (may be NULL) when it is not in inner, else a new one. */
static char *
find_boundary(const Entity *inner, const char *wanted, GError **error)
{
    for (int attempt = 0; attempt < 3; attempt++) {
        bool found = true;
        g_autofree char *boundary = attempt == 0 && wanted != NULL
                                        ? g_strdup(wanted)
                                        : entity_make_boundary(error);
        if (boundary == NULL || !contains(inner, boundary, &found, error))
            return NULL;
        if (!found)
            return g_steal_pointer(&boundary);
    }
    error_set(error, ERROR_INTERNAL, "no boundary could be found");
    return NULL;
}

char *
entity_build_find_boundary(const Entity *inner, GError **error)
{
    return find_boundary(inner, NULL, error);
}

static char *
format_signed_type(const char *boundary, const char *micalg)
{
    return g_strdup_printf(
        " multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
        " micalg=%s;\r\n boundary=\"%s\"",
        micalg, boundary);
}

GBytes *
entity_begin_signed(GBytes *inner_head, const char *boundary,
                    const char *micalg)
{
    gsize size = 0;
    const char *inner = g_bytes_get_data(inner_head, &size);
    g_autofree char *type = format_signed_type(boundary, micalg);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "Content-Type:%s\r\n\r\n--%s\r\n", type,
                           boundary);
    g_string_append_len(text, inner, (gssize)size);
    return g_string_free_to_bytes(text);
}

Entity *
entity_make_signed(Entity *inner, GBytes *signature, const char *micalg,
                   const char *wanted, GError **error)
{
    g_autofree char *boundary = find_boundary(inner, wanted, error);
    if (boundary == NULL)
        return NULL;
    g_autofree char *type = format_signed_type(boundary, micalg);
    g_autofree char *first = g_strdup_printf("--%s\r\n", boundary);
    g_autofree char *second = g_strdup_printf(
        "\r\n--%s\r\n"
        "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n",
        boundary);
    g_autofree char *last = g_strdup_printf("\r\n--%s--\r\n", boundary);
    gsize size = 0;
    const guchar *der = g_bytes_get_data(signature, &size);
    g_autofree char *base64 = g_base64_encode(der, size);
    Entity *entity = entity_build_new();
    entity_build_field(entity, "Content-Type", type);
    entity_build_text(entity, first);
    entity_build_entity(entity, inner);
    entity_build_text(entity, second);
    entity_build_base64(entity, base64);
    entity_build_text(entity, last);
    return entity;
}

/* --- application/pkcs7-mime -------------------------------------------- */

Entity *
entity_make_pkcs7(EntityPkcs7 kind, Spool *base64)
{
    Entity *entity = entity_build_new();
    /* RFC 8551 3.2.2. */
    static const char *const types[] = {
        [PKCS7_ENVELOPED] = "enveloped-data",
        [PKCS7_AUTH_ENVELOPED] = "authEnveloped-data",
        [PKCS7_SIGNED] = "signed-data",
    };
    g_autofree char *type = g_strdup_printf(
        " application/pkcs7-mime; smime-type=%s;\r\n name=\"smime.p7m\"",
        types[kind]);
    entity_build_field(entity, "Content-Type", type);
    entity_build_field(entity, "Content-Transfer-Encoding", " base64");
    entity_build_field(entity, "Content-Disposition",
                       " attachment; filename=\"smime.p7m\"");
    entity_build_range(entity, base64, 0, spool_get_size(base64));
    return entity;
}

bool
entity_is_mime_field(const char *name)
{
    return g_ascii_strncasecmp(name, "Content-", 8) == 0 ||
           g_ascii_strcasecmp(name, "MIME-Version") == 0;
}
