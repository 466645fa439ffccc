/* SPDX-License-Identifier: BSD-2-Clause */
/* CMS walk: what a CMS object really is, read by a bounded BER walker in
 * constant memory (RFC 5652, X.690 8.1). No claim is believed and no CMS
 * library asked: this decides what counts as encrypted. */
#ifndef SCEAU_MIME_CMSWALK_H
#define SCEAU_MIME_CMSWALK_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    CMSWALK_INVALID,  /* not well formed to its end, or something after it */
    CMSWALK_OTHER,    /* well formed, of another content type */
    CMSWALK_SIGNED,   /* signed-data */
    CMSWALK_ENVELOPED /* enveloped-data or authEnveloped-data with recipients
                         and encrypted content */
} CmsWalkKind;

typedef struct CmsWalk CmsWalk;

/* The octets that signed-data holds, as they pass. */
typedef void (*CmsWalkContent)(gpointer user, const guchar *bytes,
                               gsize size_bytes);

/* content may be NULL. */
CmsWalk *cmswalk_new(CmsWalkContent content, gpointer user);
void cmswalk_free(CmsWalk *walk); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsWalk, cmswalk_free)

/* The object's bytes in any chunking, then the end. */
void cmswalk_write(CmsWalk *walk, const void *bytes, gsize size_bytes);
CmsWalkKind cmswalk_finish(CmsWalk *walk);

/* After cmswalk_finish; of CMSWALK_ENVELOPED. Recipients are CmsRecipientId *
 * (mime/outline.h), borrowed. */
const GPtrArray *cmswalk_get_recipients(const CmsWalk *walk);
bool cmswalk_has_other_recipients(const CmsWalk *walk);
/* A content cipher that is weak or unknown (known: AES in CBC mode, AEAD for authEnveloped-data alone), or a message authentication code
 * that is too short (RFC 5084). */
bool cmswalk_has_weak_cipher(const CmsWalk *walk);

/* Of CMSWALK_SIGNED: it holds something else than MIME (id-data, RFC 8551
 * 2.4.2): another CMS object, compressed text. A signed receipt (RFC 2634),
 * which holds no text, is not meant. */
bool cmswalk_has_other_content(const CmsWalk *walk);

#endif
