/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL index: a verified revocation list as a file that is only mapped. Written
 * by sceau-crld, one for each authority and scope of a trust set, read by
 * sceaud: INDEX/TRUST/HEX.idx.
 *
 * Host byte order: head (CrlIndexHead in crlindex.c), number, points, subject
 * of the authority (DER), path of the list, entries (certs/crlentries.h),
 * SHA-256 of all that. */
#ifndef SCEAU_CERTS_CRLINDEX_H
#define SCEAU_CERTS_CRLINDEX_H

#include "certs/crl.h"

#include <glib.h>
#include <stdbool.h>

/* A folder of indexes, opened. Who may write to it can hide a revocation: it
 * and the folder above it must be root's or the upper folder's owner's, and
 * writable to nobody else. Used by one thread at a time. */
typedef struct CrlIndexFolder CrlIndexFolder;

/* path/trust. NULL without *error: there is none (yet). Errors: CONFIG naming
 * the folder. */
CrlIndexFolder *crlindex_open(const char *path, const char *trust,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void crlindex_close(CrlIndexFolder *folder); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrlIndexFolder, crlindex_close)

/* Names (char *) of its indexes, sorted. Caller unrefs. */
GPtrArray *crlindex_list(const CrlIndexFolder *folder);

/* As crl_stat, of the index of that name. */
bool crlindex_stat(const CrlIndexFolder *folder, const char *name,
                   CrlFile *file);

/* The index of that name, mapped; which of issuers (Certificate *) made the
 * list and may sign lists is looked up again. NULL without *error: of none of
 * them. *file: of the index. Errors: CONFIG: truncated, changed, not ours to
 * believe; a sentence that names it. */
Crl *crlindex_map(const CrlIndexFolder *folder, const char *name,
                  const GPtrArray *issuers, CrlFile *file,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same from bytes that stay until the Crl's release(owner), for
 * crlindex_map and fuzzing; *fault: static text, NULL with NULL: of none of
 * issuers. On NULL nothing is released. */
Crl *crlindex_parse(const guchar *bytes, gsize size_bytes,
                    const GPtrArray *issuers, GDestroyNotify release,
                    gpointer owner, const char **fault);

/* Writes the index of crl, whole or not at all, in place of the one before.
 * Errors: CONFIG naming the file. */
bool crlindex_write(const char *path, const char *trust, const Crl *crl,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* HEX.idx, by authority and scope. Caller frees. */
char *crlindex_get_name(const Crl *crl);

/* Makes path/trust (the latter alone) where it is not there, and removes what a
 * writer that was killed has left. Errors: CONFIG. */
bool crlindex_prepare(const char *path, const char *trust, GError **error);

#endif
