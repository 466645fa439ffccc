/* SPDX-License-Identifier: BSD-2-Clause */
/* Offer: the certificates that a partner hands over, by file or by a signed
 * mail. The only reader of CMS; the daemon does not link it. */
#ifndef SCEAU_TOOL_OFFER_H
#define SCEAU_TOOL_OFFER_H

#include <glib.h>

/* What a file holds. */
typedef struct {
    GPtrArray *certificates; /* Certificate *; CA certificates left out */
    char *origin;            /* for people: "signed mail of bob@…" */
} Offer;

void offer_free(Offer *offer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Offer, offer_free)

/* Reads path: certificates in PEM or DER, a PKCS#7 without content (PEM, DER
 * or a mail of it), or a signed mail. Of a mail with a signature, the
 * signature must be right, by a digest of today, and by a certificate for the
 * From address that may sign; it offers one certificate, for that address:
 * the one its signer prefers (RFC 8551 2.5.3), else the signer's own or, when
 * that one may only sign, another beside it. Who vouches for it is not asked
 * here. Errors: CONFIG naming the file and the reason. */
Offer *offer_read(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
