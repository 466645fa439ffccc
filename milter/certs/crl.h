/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL: a revocation list, verified once, kept as sorted serial numbers. */
#ifndef SCEAU_CERTS_CRL_H
#define SCEAU_CERTS_CRL_H

#include "certs/crlentries.h"
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

/* Which file it was, and in what state: another file in its place, or the same
 * written to, differs. Times in ns. All zero: none. */
typedef struct {
    guint64 device, inode, size;
    gint64 modified, changed;
} CrlFile;

struct stat;
CrlFile crl_view_status(const struct stat *status);

/* False: there is none. */
bool crl_stat(const char *path, CrlFile *file);
bool crl_is_file(const CrlFile *a, const CrlFile *b);

/* What a list is made of; all borrowed. */
typedef struct {
    const char *path;    /* of the list, for people */
    CrlFile file;        /* of the list */
    Certificate *issuer; /* whose key signed it */
    CrlSlice number;     /* big-endian, no leading zeros; empty: none */
    CrlSlice points;     /* where it says it is published; empty: nowhere */
    gint64 this_update_s, next_update_s;
    bool users_only;
    const CrlEntry *entries; /* sorted */
    gsize count;
} CrlParts;

/* For who has verified it: copies what is small; entries live until release is
 * called with owner. */
Crl *crl_new(const CrlParts *parts, GDestroyNotify release, gpointer owner);

/* Borrowed until the last unref. */
const CrlParts *crl_get_parts(const Crl *crl);

/* Reads a file, PEM or DER, at most 128 MiB, and verifies it with the one of
 * issuers (Certificate *) that made it and may sign lists (RFC 5280 5, 6.3):
 * full, direct lists only, not from the future. DER is read where it lies in
 * the file: what it costs in memory is 22 bytes for each entry. NULL without
 * *error: a list of somebody else, which a folder shared by several trust sets
 * may hold. Errors: CONFIG naming the file. */
Crl *crl_load(const char *path, const GPtrArray *issuers,
              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether that CA may sign lists, and has the key key_id (empty: any). */
bool crl_may_make(const Certificate *issuer, CrlSlice key_id);

/* Whether both are of the same CA and speak for the same certificates (same);
 * and the number of crl is the smaller one (behind); or it is equal and crl was
 * made before other (older). */
bool crl_is_same(const Crl *crl, const Crl *other);
bool crl_is_behind(const Crl *crl, const Crl *other);
bool crl_is_older(const Crl *crl, const Crl *other);

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
