/* SPDX-License-Identifier: BSD-2-Clause */
/* Algorithms: one table of what we sign and encrypt with (RFC 8551 2). */
#ifndef SCEAU_SMIME_ALGORITHMS_H
#define SCEAU_SMIME_ALGORITHMS_H

#include "smime/cipher.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* By the name in micalg (RFC 8551 3.5.3.2): "sha-256"; NULL: not one of
 * ours. */
const EVP_MD *algorithms_find_digest(const char *micalg);

const EVP_CIPHER *algorithms_get_cipher(Cipher cipher);

/* The capabilities we announce, best first, ended by NID_undef: what the
 * readers of an answer can open, not what the library could. */
const int *algorithms_get_capabilities(void);

/* Sets signatureAlgorithm for a key and digest; false for a key that we do
 * not sign with. pss: RSASSA-PSS (RFC 4056, salt as long as the digest) with
 * an ordinary RSA key. */
bool algorithms_set_signature(X509_ALGOR *algorithm, const EVP_PKEY *key,
                              const EVP_MD *digest, bool pss);

/* Prepares context, begun with that key and digest, to sign in the same way;
 * false when the library refuses. */
bool algorithms_tune_signature(EVP_PKEY_CTX *context, const EVP_PKEY *key,
                               const EVP_MD *digest, bool pss);

#endif
