/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made on the spot, for tests that need some, not certain ones. */
#ifndef SCEAU_TESTS_FAKES_MADE_CERTIFICATE_H
#define SCEAU_TESTS_FAKES_MADE_CERTIFICATE_H

#include "smime/certificate.h"

struct evp_pkey_st;

/* A self-signed certificate for address (may encrypt and sign) with a fresh
 * key: KEY_RSA of 2048 bits or KEY_EC on P-256, valid for a day. *key, when
 * asked for, is the caller's (EVP_PKEY_free). Ends the test when it cannot. */
Certificate *made_certificate_new(KeyFamily family, const char *address,
                                  struct evp_pkey_st **key);

#endif
