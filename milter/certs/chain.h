/* SPDX-License-Identifier: BSD-2-Clause */
/* Chain: from a certificate to an anchor (RFC 5280 6), and what its CAs may
 * vouch for. */
#ifndef SCEAU_CERTS_CHAIN_H
#define SCEAU_CERTS_CHAIN_H

#include "smime/certificate.h"
#include "smime/openssl.h"

#include <glib.h>

/* Most certificates of one answer that are looked at to build its chains. */
#define CHAIN_MAX_HINTS 16

/* All borrowed. */
typedef struct {
    const char *name; /* of the trust set, for sentences */
    X509_STORE *anchors;
    STACK_OF(X509) * pool;  /* the set's own intermediates */
    const GPtrArray *hints; /* Certificate *: CAs that came along, trusted for
                             * nothing; NULL: none */
    int level;              /* OpenSSL's security level of all signatures and
                             * keys: 2 wants 112 bits */
    gint64 now_s;
} ChainWish;

/* The chain from leaf to anchor, both included: signatures, dates, name
 * constraints, strength; each CA a CA by its basicConstraints, and for e-mail
 * where it says what for. NULL with *reason, a plain sentence the caller
 * frees. The chain is freed with sk_X509_pop_free. */
STACK_OF(X509) *
    chain_build(const ChainWish *wish, const Certificate *leaf, char **reason);

#endif
