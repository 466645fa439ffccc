/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream: what a message will probably become, made while its body arrives. */
#ifndef SCEAU_FLOW_STREAM_H
#define SCEAU_FLOW_STREAM_H

#include "base/spool.h"
#include "mime/entity.h"
#include "mime/message.h"
#include "smime/encrypt.h"

#include <glib.h>
#include <stdbool.h>

/* A head start and never a decision: what it has made is given away only for
 * an entity whose bytes are the very bytes that went through it; otherwise it
 * is as if it had not been there. It fails in silence: whoever gets nothing
 * does the work himself and meets the trouble himself. One thread. */
typedef struct Stream Stream;

/* What will probably be wanted. Borrowed by stream_new alone. */
typedef struct {
    const Message *message;
    const SpoolSettings *spool;    /* for what is encrypted */
    const char *digest;            /* as in micalg; NULL: will not be signed */
    const GPtrArray *certificates; /* Certificate *; NULL: not encrypted */
    EncryptProfile encryption;
} StreamWish;

/* Never NULL. */
Stream *stream_new(const StreamWish *wish);
void stream_free(Stream *stream); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stream, stream_free)

/* The body's next bytes, all from its first. */
void stream_write(Stream *stream, const void *bytes, gsize size_bytes);

/* The boundary that what is signed and then encrypted must have; NULL: any. */
const char *stream_get_boundary(const Stream *stream);

/* The digest of inner, once; NULL: not made. body: the message's own, sealed.
 * stream NULL: not made. */
GBytes *stream_take_digest(Stream *stream, const Entity *inner,
                           const Spool *body, const char *algorithm);

/* content encrypted, once: a sealed spool as from encrypt_end, to be dropped
 * by the caller; NULL: not made. stream NULL: not made. */
Spool *stream_take_encrypted(Stream *stream, const Entity *content,
                             const Spool *body, const GPtrArray *certificates,
                             const EncryptProfile *profile);

#endif
