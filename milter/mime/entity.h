/* SPDX-License-Identifier: BSD-2-Clause */
/* Entity: a MIME tree we build: the inner entity taken out of a message, the
 * outer one wrapped around it (RFC 8551 3). */
#ifndef SCEAU_MIME_ENTITY_H
#define SCEAU_MIME_ENTITY_H

#include "base/spool.h"
#include "mime/message.h"
#include "mime/scan.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Immutable once made. Its bytes are header fields, an empty line and a
 * body, all with CRLF; unchanged bytes are read from the message's own spool
 * by offset, so an entity costs no copy of the body. */
typedef struct Entity Entity;

Entity *entity_ref(Entity *entity);
void entity_unref(Entity *entity); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entity, entity_unref)

/* The content of a message as an entity of its own: its Content-* fields
 * (Content-Type made explicit when missing) and its body. Safe bytes stay
 * byte for byte; others are re-encoded part by part (quoted-printable for
 * text, base64 for the rest) into a spool made with settings. *opaque_only
 * is set when it could not be brought to a form that survives relays: it
 * must then be signed opaquely. Keeps a reference to body (sealed).
 * Errors: TEMPORARY, MALFORMED (cannot be represented at all). */
Entity *entity_make_inner(const Message *message, const Scan *scan, Spool *body,
                          const SpoolSettings *settings, bool *opaque_only,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same content without any re-encoding: for content that is signed
 * already and only to be encrypted. */
Entity *entity_make_verbatim(const Message *message, Spool *body);

/* multipart/signed of inner and a detached signature in DER (RFC 8551 3.5.3);
 * micalg as "sha-256". The boundary is wanted (NULL: any) unless that is in
 * inner, else a random one that is not. Errors: TEMPORARY. */
Entity *entity_make_signed(Entity *inner, GBytes *signature, const char *micalg,
                           const char *wanted,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Random bytes for a boundary. Caller frees. Errors: TEMPORARY. */
char *entity_make_boundary(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What stands before the body's first byte, for those who begin before the
 * body has come: in an inner entity that needs no re-encoding, and in the
 * multipart/signed around that one. */
GBytes *entity_begin_inner(const Message *message);
GBytes *entity_begin_signed(GBytes *inner_head, const char *boundary,
                            const char *micalg);

/* Whether an entity's bytes are head, then all of spool, then any others. */
bool entity_begins_with(const Entity *entity, GBytes *head, const Spool *spool);

typedef enum {
    PKCS7_ENVELOPED,
    PKCS7_AUTH_ENVELOPED,
    PKCS7_SIGNED
} EntityPkcs7;

/* application/pkcs7-mime around a sealed spool of base64 lines with CRLF. */
Entity *entity_make_pkcs7(EntityPkcs7 kind, Spool *base64);

/* The fields an entity adds to a message's header (Content-*), Field *; no
 * MIME-Version. Borrowed. */
const GPtrArray *entity_get_fields(const Entity *entity);

/* All its bytes (what is signed or encrypted), or its body alone (what
 * follows the empty line). */
guint64 entity_get_size(const Entity *entity);
guint64 entity_get_body_size(const Entity *entity);

/* Copies up to size_bytes from offset: the count, fewer only at the end, 0
 * past it, -1 with TEMPORARY. */
ssize_t entity_read_at(const Entity *entity, guint64 offset, void *buffer,
                       size_t size_bytes,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
ssize_t entity_read_body_at(const Entity *entity, guint64 offset, void *buffer,
                            size_t size_bytes,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The body's bytes from offset that lie together in memory, borrowed; NULL:
 * read them. */
const void *entity_peek_body_at(const Entity *entity, guint64 offset,
                                gsize *size_bytes);

/* Whether a field of that name moves inside (Content-*) or is replaced
 * (MIME-Version) when a message is sealed. */
bool entity_is_mime_field(const char *name);

#endif
