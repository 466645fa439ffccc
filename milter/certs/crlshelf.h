/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL shelf: the revocation lists of one trust set, renewed in the background
 * when their folder changes. Who asks never waits for a list to be read. */
#ifndef SCEAU_CERTS_CRLSHELF_H
#define SCEAU_CERTS_CRLSHELF_H

#include "base/problems.h"
#include "certs/crl.h"

#include <glib.h>
#include <stdbool.h>

/* All borrowed, for its life. */
typedef struct {
    const char *name; /* of the trust set */
    Position at;
    const char *crls;  /* folder of lists; NULL: none */
    const char *index; /* folder of indexes (certs/crlindex.h), which are then
                        * mapped, and no list is read; NULL: lists are read */
    const GPtrArray *issuers; /* Certificate *: whose lists count */
} CrlShelfWish;

/* Shared by threads: has a lock of its own. */
typedef struct CrlShelf CrlShelf;

/* Reads what is there; mistakes go to problems, as warnings or, for a folder
 * that cannot be read, as errors. Never NULL. Its thread starts with the first
 * change: a program may fork or change its user before. */
CrlShelf *crlshelf_new(const CrlShelfWish *wish, Problems *problems);
void crlshelf_free(CrlShelf *shelf); /* joins; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrlShelf, crlshelf_free)

/* As crl_check, of the lists that are there now. *judge: the list that spoke,
 * the caller's to unref; NULL without one. */
CrlVerdict crlshelf_check(CrlShelf *shelf, const Certificate *certificate,
                          const Certificate *issuer, gint64 now_s, Crl **judge);

/* Looks whether the folder has changed, and begins to read it; grows once that
 * is done and the lists are others. */
guint64 crlshelf_get_generation(CrlShelf *shelf);

/* The lists that are there now (Crl *). Caller unrefs. */
GPtrArray *crlshelf_list(CrlShelf *shelf);

#endif
