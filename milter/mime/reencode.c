/* SPDX-License-Identifier: BSD-2-Clause */
/* Re-encode: a message's content brought to a form that no relay changes. */
#include "mime/reencode.h"

#include "mime/entity_build.h"
#include "mime/header.h"
#include "mime/scan_parts.h"
#include "mime/transfer.h"

#include <string.h>

#define CHUNK_BYTES 65536

static const ScanPart *
get_part(const Scan *scan, guint index)
{
    return &g_array_index(scan_get_parts(scan), ScanPart, index);
}

/* --- what has to be done ----------------------------------------------- */

static bool
is_unsafe(const ScanPart *part)
{
    return (part->faults & REENCODE_FAULTS) != 0;
}

/* Some readers verify what is inside: not a byte of it may change. */
static bool
is_inside_signed(const Scan *scan, const ScanPart *part)
{
    for (int i = part->parent; i >= 0; i = get_part(scan, (guint)i)->parent)
        if (strcmp(get_part(scan, (guint)i)->type, "multipart/signed") == 0)
            return true;
    return false;
}

/* RFC 2046 5.2: message parts other than forwarded mail stay 7bit. */
static bool
can_encode(const Scan *scan, const ScanPart *part)
{
    return !part->is_container && part->encoding != ENCODING_UNKNOWN &&
           !g_str_has_prefix(part->type, "message/") &&
           !g_str_has_prefix(part->type, "multipart/") &&
           !is_inside_signed(scan, part);
}

ReencodeNeed
reencode_find_need(const Scan *scan)
{
    const GArray *parts = scan_get_parts(scan);
    ReencodeNeed need = REENCODE_NOTHING;
    if ((scan_get_faults(scan) & (FAULT_MALFORMED_TREE | FAULT_LIMIT)) != 0)
        return REENCODE_OPAQUE;
    for (guint i = 0; i < parts->len; i++) {
        const ScanPart *part = get_part(scan, i);
        if (part->header_unsafe || (is_unsafe(part) && !can_encode(scan, part)))
            return REENCODE_OPAQUE;
        bool relabel = (part->faults & FAULT_8BIT_LABEL) != 0;
        if (relabel && is_inside_signed(scan, part))
            return REENCODE_OPAQUE;
        if (relabel || is_unsafe(part))
            need = REENCODE_PARTS;
    }
    return need;
}

/* --- doing it ---------------------------------------------------------- */

/* Text stays readable; everything else, and text that is no text, is bytes. */
static TransferEncoding
choose_encoding(const ScanPart *part)
{
    bool text = g_str_has_prefix(part->type, "text/") &&
                (part->faults & FAULT_NUL) == 0;
    return text ? ENCODING_QUOTED_PRINTABLE : ENCODING_BASE64;
}

/* The label a part gets; NULL: it keeps its own. */
static const char *
choose_label(const ScanPart *part)
{
    if (is_unsafe(part))
        return choose_encoding(part) == ENCODING_BASE64 ? "base64"
                                                        : "quoted-printable";
    return (part->faults & FAULT_8BIT_LABEL) != 0 ? "7bit" : NULL;
}

static bool
encode_chunk(TransferEncoder *encoder, GByteArray *plain, Spool *out,
             GError **error)
{
    g_autoptr(GByteArray) encoded = g_byte_array_new();
    transfer_encode(encoder, plain->data, plain->len, encoded);
    g_byte_array_set_size(plain, 0);
    return spool_write(out, encoded->data, encoded->len, error);
}

static bool
encode_range(const ScanPart *part, Spool *body, Spool *out, GError **error)
{
    g_autoptr(TransferDecoder) decoder = transfer_decoder_new(part->encoding);
    g_autoptr(TransferEncoder) encoder =
        transfer_encoder_new(choose_encoding(part));
    g_autoptr(GByteArray) plain = g_byte_array_new();
    g_autofree char *raw = g_malloc(CHUNK_BYTES);
    guint64 at = part->body_start;
    while (at < part->body_end) {
        gsize wanted = (gsize)MIN(CHUNK_BYTES, part->body_end - at);
        ssize_t got = spool_read_at(body, at, raw, wanted, error);
        if (got <= 0)
            return got == 0;
        transfer_decode(decoder, raw, (gsize)got, plain);
        if (!encode_chunk(encoder, plain, out, error))
            return false;
        at += (guint64)got;
    }
    transfer_decode_end(decoder, plain);
    g_autoptr(GByteArray) last = g_byte_array_new();
    transfer_encode(encoder, plain->data, plain->len, last);
    transfer_encode_end(encoder, last);
    return spool_write(out, last->data, last->len, error) &&
           spool_seal(out, error);
}

static bool
add_content(Entity *entity, const ScanPart *part, Spool *body,
            const SpoolSettings *settings, GError **error)
{
    g_autoptr(Spool) out = spool_new(settings);
    if (!encode_range(part, body, out, error))
        return false;
    entity_build_range(entity, out, 0, spool_get_size(out));
    return true;
}

/* A part's header block with its new label, and the empty line. */
static bool
add_header(Entity *entity, const ScanPart *part, Spool *body, GError **error)
{
    gsize size = (gsize)(part->body_start - part->header_start);
    g_autofree char *block = g_malloc(size + 1);
    ssize_t got = spool_read_at(body, part->header_start, block, size, error);
    if (got < 0)
        return false;
    gsize length = (gsize)got >= 2 ? (gsize)got - 2 : 0;
    GString *header = header_set_encoding(block, length, choose_label(part));
    g_string_append(header, "\r\n");
    entity_build_bytes(entity, g_string_free_to_bytes(header));
    return true;
}

static bool
add_parts(Entity *entity, const Scan *scan, Spool *body,
          const SpoolSettings *settings, GError **error)
{
    const GArray *parts = scan_get_parts(scan);
    guint64 cursor = 0;
    for (guint i = 0; i < parts->len; i++) {
        const ScanPart *part = get_part(scan, i);
        if (choose_label(part) == NULL)
            continue;
        if (i > 0) {
            entity_build_range(entity, body, cursor,
                               part->header_start - cursor);
            if (!add_header(entity, part, body, error))
                return false;
            cursor = part->body_start;
        }
        if (!is_unsafe(part))
            continue;
        if (!add_content(entity, part, body, settings, error))
            return false;
        cursor = part->body_end;
    }
    entity_build_range(entity, body, cursor, spool_get_size(body) - cursor);
    return true;
}

/* --- the entity -------------------------------------------------------- */

static bool
is_encoding_field(const char *name)
{
    return g_ascii_strcasecmp(name, "Content-Transfer-Encoding") == 0;
}

/* The message's Content-* fields; label replaces its transfer encoding. RFC
 * 2045 5.2's default type is written out: an entity is read alone. */
static Entity *
begin_entity(const Message *message, const char *label, bool eight_bit)
{
    Entity *entity = entity_build_new();
    if (message_find(message, "Content-Type", 0) == NULL)
        entity_build_field(entity, "Content-Type",
                           eight_bit ? " text/plain; charset=unknown-8bit"
                                     : " text/plain; charset=us-ascii");
    for (unsigned i = 0; i < message_count_fields(message); i++) {
        const Field *field = message_get_field(message, i);
        if (g_ascii_strncasecmp(field->name, "Content-", 8) != 0)
            continue;
        if (label == NULL || !is_encoding_field(field->name))
            entity_build_field(entity, field->name, field->value);
    }
    g_autofree char *value =
        label != NULL ? g_strdup_printf(" %s", label) : NULL;
    if (value != NULL)
        entity_build_field(entity, "Content-Transfer-Encoding", value);
    return entity;
}

GBytes *
entity_begin_inner(const Message *message)
{
    g_autoptr(Entity) entity = begin_entity(message, NULL, false);
    gsize size = (gsize)entity_get_size(entity);
    char *head = g_malloc(size);
    ssize_t got = entity_read_at(entity, 0, head, size, NULL);
    return g_bytes_new_take(head, got > 0 ? (gsize)got : 0);
}

Entity *
entity_make_verbatim(const Message *message, Spool *body)
{
    Entity *entity = begin_entity(message, NULL, false);
    entity_build_range(entity, body, 0, spool_get_size(body));
    return entity;
}

Entity *
entity_make_inner(const Message *message, const Scan *scan, Spool *body,
                  const SpoolSettings *settings, bool *opaque_only,
                  GError **error)
{
    ReencodeNeed need = reencode_find_need(scan);
    bool eight_bit = (scan_get_faults(scan) & FAULT_8BIT) != 0;
    *opaque_only = need == REENCODE_OPAQUE;
    const char *label =
        need == REENCODE_PARTS ? choose_label(get_part(scan, 0)) : NULL;
    g_autoptr(Entity) entity = begin_entity(message, label, eight_bit);
    if (!scan_has_own_boundary(scan) && need != REENCODE_PARTS)
        entity_build_boundary_free(entity);
    if (need != REENCODE_PARTS)
        entity_build_range(entity, body, 0, spool_get_size(body));
    else if (!add_parts(entity, scan, body, settings, error))
        return NULL;
    return g_steal_pointer(&entity);
}
