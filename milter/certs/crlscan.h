/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL scan: a revocation list (RFC 5280 5) looked at where it lies, one
 * element at a time: it may be 100 MB of somebody's bytes. */
#ifndef SCEAU_CERTS_CRLSCAN_H
#define SCEAU_CERTS_CRLSCAN_H

#include "smime/certificate.h"
#include "smime/der.h"

#include <glib.h>
#include <stdbool.h>

/* Points into the bytes that were scanned; size 0: absent. */
typedef struct {
    const guchar *bytes;
    gsize size;
} CrlSlice;

typedef struct {
    CrlSlice signed_part; /* tbsCertList, with its header */
    CrlSlice algorithm;   /* AlgorithmIdentifier, with its header */
    CrlSlice signature;   /* content octets of the bits */
    CrlSlice issuer;      /* Name, with its header */
    CrlSlice entries;     /* inside of revokedCertificates */
    CrlSlice key_id;      /* of authorityKeyIdentifier */
    CrlSlice number;      /* content of cRLNumber without leading zeros */
    CrlSlice points;      /* inside of the IDP's fullName */
    gint64 this_update_s, next_update_s;
    bool users_only; /* says nothing of CA certificates */
} CrlScan;

typedef struct {
    CrlSlice serial; /* content of the INTEGER without leading zeros */
    bool on_hold;
} CrlScanEntry;

/* One DER list and nothing behind it. A list that does not speak for all
 * certificates of its issuer, or not in a way we understand (delta, indirect,
 * some reasons, attribute or CA certificates alone, an unknown critical
 * extension, no nextUpdate) is refused. *fault: what is wrong, static text. */
bool crlscan_open(const guchar *bytes, gsize size_bytes, CrlScan *scan,
                  const char **fault);

/* The next entry of der_open(entries). False at the end, and with *fault set
 * for what is malformed or has a critical extension. */
bool crlscan_next(DerReader *entries, CrlScanEntry *entry, const char **fault);

/* Whether the list is signed with the key of issuer: hashed where it lies, at
 * least SHA-2. */
bool crlscan_verify(const CrlScan *scan, const Certificate *issuer);

/* INTEGER content without its leading zeros. */
CrlSlice crlscan_trim(const guchar *bytes, gsize size_bytes);

#endif
