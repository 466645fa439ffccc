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

typedef struct Crl Crl; /* immutable, reference-counted */

Crl *crl_ref(Crl *crl);
void crl_unref(Crl *crl); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Crl, crl_unref)

/* Reads a file, PEM or DER, at most 128 MiB, and verifies it with the one of
 * issuers (Certificate *) that made it and may sign lists (RFC 5280 5, 6.3):
 * full, direct lists only, not from the future. DER is read where it lies in
 * the file: what it costs in memory is 22 bytes for each entry. NULL without
 * *error: a list of somebody else, which a folder shared by several trust sets
 * may hold. Errors: CONFIG naming the file. */
Crl *crl_load(const char *path, const GPtrArray *issuers,
              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether both are of the same CA and speak for the same certificates; and the
 * number of crl is the smaller one. */
bool crl_is_same(const Crl *crl, const Crl *other);
bool crl_is_behind(const Crl *crl, const Crl *other);

/* Whether any of crls (Crl *) is the list of that CA: name and key. */
bool crl_covers(const GPtrArray *crls, const Certificate *issuer);

/* What crls (Crl *) say at now_s of certificate, which issuer has signed: the
 * newest list of its issuer that speaks of such a certificate decides.
 * *judge: that list, borrowed from crls; NULL without one. */
CrlVerdict crl_check(const GPtrArray *crls, const Certificate *certificate,
                     const Certificate *issuer, gint64 now_s,
                     const Crl **judge);

gint64 crl_get_next_update(const Crl *crl); /* s */

/* Number, CA, dates and file in one line, for people. Caller frees. */
char *crl_describe(const Crl *crl);

#endif
