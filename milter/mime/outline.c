/* SPDX-License-Identifier: BSD-2-Clause */
/* Outline: what a message is, read from its header, its scan and its body. */
#include "mime/outline.h"

#include "mime/cmswalk.h"
#include "mime/decode.h"
#include "mime/header.h"
#include "mime/openpgp.h"
#include "mime/partread.h"
#include "mime/scan_parts.h"
#include "mime/unpack.h"

#include <string.h>

#define MAX_HEADER_BYTES 65536
#define MAX_LOOK_DEPTH   3
#define MAX_INNER_FIELDS 10000

/* Where an outline is taken from: a message and its scanned body. */
typedef struct {
    const Message *message;
    const Scan *scan;
    const GArray *parts;
    const Spool *body;
    unsigned depth; /* of messages unpacked around it */
    Outline *outline;
} Look;

static bool look_into(const Look *look, GError **error);

static void
drop_field(gpointer field)
{
    field_free(field);
}

static void
drop_id(gpointer pointer)
{
    CmsRecipientId *id = pointer;
    g_clear_pointer(&id->issuer, g_bytes_unref);
    g_clear_pointer(&id->serial, g_bytes_unref);
    g_clear_pointer(&id->key_id, g_bytes_unref);
    g_free(id);
}

void
outline_free(Outline *outline)
{
    if (outline == NULL)
        return;
    g_ptr_array_unref(outline->cms_recipients);
    g_ptr_array_unref(outline->inner_fields);
    g_free(outline);
}

static const ScanPart *
get_part(const Look *look, guint index)
{
    return &g_array_index(look->parts, ScanPart, index);
}

/* --- reading ----------------------------------------------------------- */

static bool
unpack_chunk(gpointer user, const GByteArray *chunk)
{
    unpack_write(user, chunk->data, chunk->len);
    return true;
}

/* --- fields inside ----------------------------------------------------- */

static void
keep_fields(Outline *outline, const GPtrArray *fields)
{
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        if (outline->inner_fields->len >= MAX_INNER_FIELDS) {
            outline->inner_incomplete = true;
            return;
        }
        g_ptr_array_add(outline->inner_fields,
                        field_new(field->name, field->value));
    }
}

/* The header block of a part: of a message/rfc822, or fields that a protected
 * part carries (RFC 9788) and its readers show instead of those outside. */
static bool
keep_header(const Look *look, const ScanPart *part, GError **error)
{
    guint64 size = part->body_start - part->header_start;
    if (size > MAX_HEADER_BYTES) {
        look->outline->inner_incomplete = true;
        size = MAX_HEADER_BYTES;
    }
    g_autofree char *block = g_malloc((gsize)size + 1);
    ssize_t got = spool_read_at(look->body, part->header_start, block,
                                (gsize)size, error);
    if (got < 0)
        return false;
    gsize length = (gsize)got;
    /* Without the empty line that ends it. */
    if (length >= 2 && memcmp(block + length - 2, "\r\n", 2) == 0)
        length -= 2;
    bool malformed = false;
    g_autoptr(GPtrArray) fields = header_parse(block, length, &malformed);
    keep_fields(look->outline, fields);
    return true;
}

/* What was inside, as a message or an entity of its own. */
static bool
look_into_unpacked(const Look *look, Unpack *unpack, GError **error)
{
    if (!unpack_end(unpack, error))
        return false;
    if (look->depth >= MAX_LOOK_DEPTH || unpack_is_incomplete(unpack))
        look->outline->inner_incomplete = true;
    if (look->depth >= MAX_LOOK_DEPTH)
        return true;
    keep_fields(look->outline, unpack_get_fields(unpack));
    const Look inner = {.message = unpack_get_message(unpack),
                        .scan = unpack_get_scan(unpack),
                        .parts = scan_get_parts(unpack_get_scan(unpack)),
                        .body = unpack_get_body(unpack),
                        .depth = look->depth + 1,
                        .outline = look->outline};
    return look_into(&inner, error);
}

static bool
look_into_encoded(const Look *look, const ScanPart *part, GError **error)
{
    g_autoptr(Unpack) unpack = unpack_new(look->body);
    return partread_decode(look->body, part, unpack_chunk, unpack, error) &&
           look_into_unpacked(look, unpack, error);
}

/* --- CMS --------------------------------------------------------------- */

static bool
walk_chunk(gpointer user, const GByteArray *chunk)
{
    cmswalk_write(user, chunk->data, chunk->len);
    return true;
}

static void
take_recipients(Outline *outline, const CmsWalk *walk)
{
    const GPtrArray *found = cmswalk_get_recipients(walk);
    for (guint i = 0; i < found->len; i++) {
        const CmsRecipientId *from = g_ptr_array_index(found, i);
        CmsRecipientId *id = g_new0(CmsRecipientId, 1);
        id->issuer = from->issuer != NULL ? g_bytes_ref(from->issuer) : NULL;
        id->serial = from->serial != NULL ? g_bytes_ref(from->serial) : NULL;
        id->key_id = from->key_id != NULL ? g_bytes_ref(from->key_id) : NULL;
        g_ptr_array_add(outline->cms_recipients, id);
    }
    outline->cms_other_recipients = cmswalk_has_other_recipients(walk);
    outline->cms_weak_cipher = cmswalk_has_weak_cipher(walk);
}

static void
take_content(gpointer user, const guchar *bytes, gsize size_bytes)
{
    unpack_write(user, bytes, size_bytes);
}

/* A part that claims to be CMS. Its kind; signed content is looked into. */
static bool
walk_cms(const Look *look, const ScanPart *part, CmsWalkKind *kind,
         bool outermost, GError **error)
{
    g_autoptr(Unpack) content = unpack_new(look->body);
    g_autoptr(CmsWalk) walk = cmswalk_new(take_content, content);
    bool strict = true;
    if (!partread_is_strict(look->body, part, &strict, error) ||
        !partread_decode(look->body, part, walk_chunk, walk, error))
        return false;
    *kind = cmswalk_finish(walk);
    if (!strict)
        *kind = CMSWALK_INVALID;
    if (*kind == CMSWALK_ENVELOPED && outermost)
        take_recipients(look->outline, walk);
    if (*kind == CMSWALK_SIGNED && cmswalk_has_other_content(walk))
        look->outline->inner_incomplete = true;
    return *kind != CMSWALK_SIGNED || unpack_is_empty(content) ||
           look_into_unpacked(look, content, error);
}

static bool
is_pkcs7_type(const char *type)
{
    return strcmp(type, "application/pkcs7-mime") == 0 ||
           strcmp(type, "application/x-pkcs7-mime") == 0;
}

/* --- parts ------------------------------------------------------------- */

static bool
is_encoded_message(const ScanPart *part)
{
    return part->named_message ||
           (!part->is_container &&
            (parameters_is_message(part->type) ||
             strcmp(part->type, "text/rfc822-headers") == 0));
}

static void
note_type(Outline *outline, const ScanPart *part)
{
    if (strcmp(part->type, "text/calendar") == 0)
        outline->has_calendar = true;
    else if (strcmp(part->type, "message/disposition-notification") == 0)
        outline->has_receipt = true;
    else if (strcmp(part->type, "message/delivery-status") == 0)
        outline->has_bounce = true;
}

/* Encrypted parts inside are nothing to look into; what only claims to be
 * one, and compressed, digested or authenticated text, may hide anything. */
static bool
look_at_part(const Look *look, guint index, GError **error)
{
    const ScanPart *part = get_part(look, index);
    note_type(look->outline, part);
    if (part->doubtful)
        look->outline->inner_incomplete = true;
    if (part->parent >= 0 && !keep_header(look, part, error))
        return false;
    if (is_encoded_message(part))
        return look_into_encoded(look, part, error);
    if ((is_pkcs7_type(part->type) || part->named_cms) &&
        (index > 0 || look->depth > 0)) {
        CmsWalkKind kind = CMSWALK_INVALID;
        if (!walk_cms(look, part, &kind, false, error))
            return false;
        if (kind == CMSWALK_INVALID || kind == CMSWALK_OTHER)
            look->outline->inner_incomplete = true;
    }
    return true;
}

static bool
look_into(const Look *look, GError **error)
{
    if ((scan_get_faults(look->scan) & FAULT_LIMIT) != 0)
        look->outline->inner_incomplete = true;
    for (guint i = 0; i < look->parts->len; i++)
        if (!look_at_part(look, i, error))
            return false;
    return true;
}

/* --- the seal ---------------------------------------------------------- */

static char *
get_protocol(const Message *message)
{
    const char *raw = message_find(message, "Content-Type", 0);
    g_autoptr(DecodedType) type = raw != NULL ? decode_type(raw) : NULL;
    const char *protocol =
        type != NULL ? decoded_type_get_parameter(type, "protocol") : NULL;
    return g_ascii_strdown(protocol != NULL ? protocol : "", -1);
}

static void
take_pgp(Outline *outline, PgpWalkKind kind)
{
    outline->seal = SEAL_PGP_ENCRYPTED;
    outline->cms_weak_cipher = kind == PGPWALK_WEAK;
}

/* OpenPGP in the text itself: nothing else may stand there. */
static bool
judge_text(const Look *look, GError **error)
{
    PgpWalkKind kind = PGPWALK_NONE;
    if (!openpgp_judge_text(look->body, get_part(look, 0), &kind, error))
        return false;
    if (kind != PGPWALK_NONE)
        take_pgp(look->outline, kind);
    return true;
}

/* What only claims to be OpenPGP's may hold any text, fields too. */
static bool
judge_multipart_encrypted(const Look *look, GError **error)
{
    PgpWalkKind kind = PGPWALK_NONE;
    g_autofree char *protocol = get_protocol(look->message);
    if (strcmp(protocol, "application/pgp-encrypted") == 0 &&
        !openpgp_judge_multipart(look->body, look->parts, &kind, error))
        return false;
    if (kind != PGPWALK_NONE) {
        take_pgp(look->outline, kind);
        return true;
    }
    look->outline->seal = SEAL_FALSE;
    look->outline->inner_incomplete = true;
    return true;
}

static unsigned
count_children(const Look *look, guint parent)
{
    unsigned count = 0;
    for (guint i = 0; i < look->parts->len; i++)
        if (get_part(look, i)->parent == (int)parent)
            count++;
    return count;
}

static const ScanPart *
get_last_child(const Look *look)
{
    const ScanPart *last = NULL;
    for (guint i = 1; i < look->parts->len; i++)
        if (get_part(look, i)->parent == 0)
            last = get_part(look, i);
    return last;
}

static OutlineSeal
judge_multipart_signed(const Look *look)
{
    g_autofree char *protocol = get_protocol(look->message);
    const ScanPart *last = get_last_child(look);
    if (strcmp(protocol, "application/pgp-signature") == 0)
        return SEAL_PGP_SIGNED;
    bool signature = last != NULL &&
                     (strcmp(last->type, "application/pkcs7-signature") == 0 ||
                      strcmp(last->type, "application/x-pkcs7-signature") == 0);
    return signature && count_children(look, 0) == 2 ? SEAL_SIGNED : SEAL_NONE;
}

static bool
judge_pkcs7(const Look *look, GError **error)
{
    CmsWalkKind kind = CMSWALK_INVALID;
    if (!walk_cms(look, get_part(look, 0), &kind, true, error))
        return false;
    switch (kind) {
    case CMSWALK_ENVELOPED:
        look->outline->seal = SEAL_ENCRYPTED;
        break;
    case CMSWALK_SIGNED:
        look->outline->seal = SEAL_SIGNED;
        break;
    case CMSWALK_INVALID:
    case CMSWALK_OTHER:
        look->outline->seal = SEAL_FALSE;
        look->outline->inner_incomplete = true;
        break;
    }
    return true;
}

static bool
judge_seal(const Look *look, GError **error)
{
    const ScanPart *root = get_part(look, 0);
    bool named =
        strcmp(root->type, "application/octet-stream") == 0 &&
        (parameters_has_suffix(message_find(look->message, "Content-Type", 0),
                               ".p7m") ||
         parameters_has_suffix(
             message_find(look->message, "Content-Disposition", 0), ".p7m"));
    if (message_find(look->message, "Content-Type", 1) != NULL ||
        message_find(look->message, "Content-Transfer-Encoding", 1) != NULL)
        return true; /* readers would disagree what it is: nothing */
    if (is_pkcs7_type(root->type) || named)
        return judge_pkcs7(look, error);
    if (strcmp(root->type, "text/plain") == 0)
        return judge_text(look, error);
    if (strcmp(root->type, "multipart/signed") == 0)
        look->outline->seal = judge_multipart_signed(look);
    else if (strcmp(root->type, "multipart/encrypted") == 0)
        return judge_multipart_encrypted(look, error);
    return true;
}

Outline *
outline_make(const Message *message, const Scan *scan, const Spool *body,
             GError **error)
{
    g_autoptr(Outline) outline = g_new0(Outline, 1);
    outline->cms_recipients = g_ptr_array_new_with_free_func(drop_id);
    outline->inner_fields = g_ptr_array_new_with_free_func(drop_field);
    const Look look = {.message = message,
                       .scan = scan,
                       .parts = scan_get_parts(scan),
                       .body = body,
                       .outline = outline};
    if (!judge_seal(&look, error) || !look_into(&look, error))
        return NULL;
    return g_steal_pointer(&outline);
}
