/* SPDX-License-Identifier: BSD-2-Clause */
/* Outline: what a message is, read from its header, its scan and its body:
 * already signed or encrypted, what is inside. */
#ifndef SCEAU_MIME_OUTLINE_H
#define SCEAU_MIME_OUTLINE_H

#include "base/spool.h"
#include "mime/message.h"
#include "mime/scan.h"

#include <glib.h>
#include <stdbool.h>

/* Decided by structure, never by a claim: ENCRYPTED needs a
 * complete enveloped-data or authEnveloped-data with at least one recipient
 * and nothing after it; PGP_ENCRYPTED a whole encrypted OpenPGP message and
 * nothing beside it (openpgp.h). */
typedef enum {
    SEAL_NONE,
    SEAL_SIGNED,    /* multipart/signed (S/MIME), or opaque signed-data */
    SEAL_ENCRYPTED, /* verified enveloped-data */
    SEAL_FALSE,     /* claims encryption and is not: counts as clear */
    SEAL_PGP_SIGNED,
    SEAL_PGP_ENCRYPTED /* PGP/MIME or inline; whom it opens for is not ours
                          to judge */
} OutlineSeal;

/* One RecipientInfo's identifier, raw DER as in the message. Either
 * issuer (the Name) and serial (the INTEGER's content bytes), or key_id. */
typedef struct {
    GBytes *issuer;
    GBytes *serial;
    GBytes *key_id;
} CmsRecipientId;

typedef struct {
    OutlineSeal seal;
    /* CmsRecipientId *; of SEAL_ENCRYPTED. */
    GPtrArray *cms_recipients;
    /* Password, KEK or unknown recipient kinds are present, or a weak content
     * cipher (DES, RC2, 3DES; OpenPGP without integrity): never satisfies
     * "encrypted for". */
    bool cms_other_recipients;
    bool cms_weak_cipher;
    /* Field *: header fields of parts and of messages inside, in order, raw. */
    GPtrArray *inner_fields;
    /* Something inside could not be looked into (limits, undecodable). */
    bool inner_incomplete;
    bool has_calendar; /* a text/calendar part */
    bool has_receipt;  /* multipart/report; disposition-notification */
    bool has_bounce;   /* multipart/report; delivery-status */
} Outline;

/* body is sealed. Errors: TEMPORARY (the spool). */
Outline *outline_make(const Message *message, const Scan *scan,
                      const Spool *body,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void outline_free(Outline *outline); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outline, outline_free)

#endif
