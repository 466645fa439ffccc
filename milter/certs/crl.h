/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL: a revocation list, verified once, kept as sorted serial numbers. */
#ifndef SCEAU_CERTS_CRL_H
#define SCEAU_CERTS_CRL_H

#include "smime/certificate.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
    CRL_GOOD,
    CRL_REVOKED,
    CRL_ON_HOLD,
    CRL_STALE,  /* only a list past its nextUpdate speaks for the issuer */
    CRL_UNKNOWN /* no list speaks for the issuer */
} CrlVerdict;

typedef struct Crl Crl; /* immutable */

void crl_free(Crl *crl); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Crl, crl_free)

/* Reads a file, PEM or DER, at most 128 MiB, and verifies it with the one of
 * issuers (Certificate *) that made it and may sign lists (RFC 5280 5, 6.3):
 * full, direct lists only. NULL without *error: a list of somebody else, which
 * a folder shared by several trust sets may hold. Errors: CONFIG naming the
 * file. */
Crl *crl_load(const char *path, const GPtrArray *issuers,
              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether any of crls (Crl *) is the list of that CA. */
bool crl_covers(const GPtrArray *crls, const Certificate *issuer);

/* What crls (Crl *) say of certificate at now_s: the newest list of its
 * issuer decides. *next_update_s is that list's, 0 without one. */
CrlVerdict crl_check(const GPtrArray *crls, const Certificate *certificate,
                     gint64 now_s, gint64 *next_update_s);

#endif
