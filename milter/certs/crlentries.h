/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL entries: the serial numbers of a revocation list, of one size each and
 * sorted, in memory or in a file that is mapped. */
#ifndef SCEAU_CERTS_CRLENTRIES_H
#define SCEAU_CERTS_CRLENTRIES_H

#include "certs/crlscan.h"

#include <glib.h>
#include <stdbool.h>

#define CRLENTRIES_MAX_SERIAL 20 /* RFC 5280 4.1.2.2 */

/* 22 octets, of no alignment: also what an index file holds. */
typedef struct {
    guchar size;                          /* 1 to 20 */
    guchar serial[CRLENTRIES_MAX_SERIAL]; /* then zeros */
    guchar on_hold;                       /* 1: certificateHold */
} CrlEntry;

/* All entries of a list, sorted, in *count; the caller frees. A serial too long
 * to be one is passed over: a certificate with such a one is unknown whatever
 * lists say. NULL with *fault (static text). Takes no memory beside them. */
CrlEntry *crlentries_read(const CrlScan *scan, gsize *count,
                          const char **fault);

/* Sorts in place, in bounded stack. */
void crlentries_sort(CrlEntry *entries, gsize count);

/* Whether each is well-formed and none stands before the one ahead of it. */
bool crlentries_check(const CrlEntry *entries, gsize count);

/* False: the serial is too long or empty. */
bool crlentries_make(CrlSlice serial, CrlEntry *entry);

/* The one with the serial of wanted, or NULL. Of two, the one not on hold. */
const CrlEntry *crlentries_find(const CrlEntry *entries, gsize count,
                                const CrlEntry *wanted);

#endif
