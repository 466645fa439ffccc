/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made on the spot, for tests that need some, not certain ones. */
#ifndef SCEAU_TESTS_FAKES_MADE_CERTIFICATE_H
#define SCEAU_TESTS_FAKES_MADE_CERTIFICATE_H

#include "smime/certificate.h"

struct evp_pkey_st;

/* A self-signed certificate for address (may encrypt and sign), valid for a
 * day: KEY_RSA of 2048 bits, whose key comes again after seven others, or
 * KEY_EC on P-256 with a fresh one. *key, when asked for, is the caller's
 * (EVP_PKEY_free). Ends the test when it cannot. */
Certificate *made_certificate_new(KeyFamily family, const char *address,
                                  struct evp_pkey_st **key);

/* Another certificate for address with that very key: issued again. */
Certificate *made_certificate_renew(KeyFamily family, const char *address,
                                    struct evp_pkey_st *key);

/* What key opens of an envelope in base64, NUL-terminated; NULL: nothing.
 * Caller frees. */
char *made_certificate_open(const char *base64, const Certificate *certificate,
                            struct evp_pkey_st *key);

/* Whether a multipart/signed, its header included, is signed with the key of
 * the certificate in it. */
bool made_certificate_check_signed(const char *text, gsize size_bytes);

#endif
