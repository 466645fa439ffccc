/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypt: bytes and certificates to CMS EnvelopedData or AuthEnvelopedData,
 * streaming. */
#ifndef SCEAU_SMIME_ENCRYPT_H
#define SCEAU_SMIME_ENCRYPT_H

#include "base/spool.h"
#include "smime/certificate.h"
#include "smime/cipher.h"

#include <glib.h>
#include <stdbool.h>

/* How. All zero is what every reader opens: AES-256-CBC, RSA PKCS#1 v1.5. */
typedef struct {
    Cipher cipher;
    bool oaep; /* RSAES-OAEP with SHA-256 (RFC 3560) for RSA keys */
} EncryptProfile;

/* RSA key transport, or ECDH with the SHA-256 KDF and a key wrap of the
 * cipher's strength (RFC 5753); recipients by issuerAndSerialNumber. All
 * certificates of one family. The result is base64 lines with CRLF in out,
 * which is sealed at the end. */
typedef struct Encrypt Encrypt;

/* certificates: Certificate *, at least one, each must pass
 * certificate_check_encrypt. out is referenced. Errors: INTERNAL. */
Encrypt *encrypt_begin(const GPtrArray *certificates,
                       const EncryptProfile *profile, Spool *out,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Errors: those of the spool (MALFORMED past its limit, TEMPORARY), INTERNAL.
 * After one the stream may only be freed, and out is not to be used. */
bool encrypt_write(Encrypt *encrypt, const void *bytes, gsize size_bytes,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Once. The same errors; only after success is out sealed and complete. */
bool encrypt_end(Encrypt *encrypt, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void encrypt_free(Encrypt *encrypt); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Encrypt, encrypt_free)

#endif
