/* SPDX-License-Identifier: BSD-2-Clause */
/* Sign: a digest and a key to a detached SignedData (RFC 5652, RFC 8551);
 * and the opaque form made from it. */
#ifndef SCEAU_SMIME_SIGN_H
#define SCEAU_SMIME_SIGN_H

#include "base/spool.h"
#include "smime/certificate.h"

#include <glib.h>
#include <stdbool.h>

struct evp_pkey_st; /* OpenSSL's EVP_PKEY: for smime and keys only */

/* What the signature says besides the digest. */
typedef struct {
    const char *digest;    /* "sha-256" */
    bool pss;              /* RSASSA-PSS with an RSA key (RFC 4056) */
    gint64 signing_time_s; /* 0: leave signingTime out */
} SignProfile;

/* The digest for a signer's key: wanted, or a stronger one as long as the
 * curve of an EC key (readers complain of a shorter one). Static text. */
const char *sign_choose_digest(const Certificate *leaf, const char *wanted);

/* Who signs. All borrowed. */
typedef struct {
    const Certificate *leaf;
    struct evp_pkey_st *key;
    const GPtrArray *chain; /* Certificate *, without the root; NULL: none */
    /* What answers should be encrypted for, when it is another certificate
     * whose key the sender's own software has; NULL: nothing is said. */
    const Certificate *encryption;
} SignIdentity;

/* DER of a detached SignedData over digest (32 bytes for sha-256):
 * contentType, messageDigest, signingTime, our own smimeCapabilities
 * (AES-256-CBC, AES-128-CBC); issuerAndSerialNumber; leaf,
 * chain and encryption certificate included. Errors: INTERNAL,
 * MALFORMED never. Any thread. */
GBytes *sign_make(const SignIdentity *identity, const SignProfile *profile,
                  GBytes *digest, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Opaque form: the same SignedData with its content, as base64 lines (64
 * columns, CRLF) in a spool. Begin with the detached DER and the exact size
 * of the content, write all of it, end. Errors: those of the spool (MALFORMED
 * past its limit, TEMPORARY), INTERNAL. */
typedef struct SignOpaque SignOpaque;

SignOpaque *sign_opaque_begin(GBytes *detached, guint64 content_size_bytes,
                              Spool *out, GError **error);
bool sign_opaque_write(SignOpaque *opaque, const void *bytes, gsize size_bytes,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool sign_opaque_end(SignOpaque *opaque,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void sign_opaque_free(SignOpaque *opaque); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignOpaque, sign_opaque_free)

#endif
