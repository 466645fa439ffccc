/* SPDX-License-Identifier: BSD-2-Clause */
/* Algorithms: one table of what we sign and encrypt with (RFC 8551 2). */
#ifndef SCEAU_SMIME_ALGORITHMS_H
#define SCEAU_SMIME_ALGORITHMS_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* By the name in micalg (RFC 8551 3.5.3.2): "sha-256"; NULL: not one of
 * ours. */
const EVP_MD *algorithms_find_digest(const char *micalg);

/* Content encryption of EnvelopedData: AES-256-CBC, what every reader opens. */
const EVP_CIPHER *algorithms_get_cipher(void);

/* The capabilities we announce, best first, ended by NID_undef: what the
 * readers of an answer can open, not what the library could. */
const int *algorithms_get_capabilities(void);

/* Sets signatureAlgorithm for a key and digest; false for a key that we do
 * not sign with. */
bool algorithms_set_signature(X509_ALGOR *algorithm, const EVP_PKEY *key,
                              const EVP_MD *digest);

#endif
