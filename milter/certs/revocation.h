/* SPDX-License-Identifier: BSD-2-Clause */
/* Revocation: what the lists of a trust set say about a chain. */
#ifndef SCEAU_CERTS_REVOCATION_H
#define SCEAU_CERTS_REVOCATION_H

#include "base/bulletin.h"
#include "base/problems.h"
#include "certs/finder.h"

#include <glib.h>

typedef enum {
    REVOCATION_AUTO, /* require with lists, off without */
    REVOCATION_REQUIRE,
    REVOCATION_PREFER,
    REVOCATION_OFF
} RevocationRule;

/* Of one trust set; must outlive what is made from it. */
typedef struct {
    const char *name; /* of the trust set */
    Position at;
    RevocationRule rule;
    const char *crls;  /* folder; NULL: none */
    const char *index; /* folder of indexes instead (certs/crlshelf.h); NULL */
    gint64 grace_ms;
} RevocationWish;

/* Shared by threads: has a lock of its own. */
typedef struct Revocation Revocation;

/* Reads the lists; mistakes go to problems. issuers (Certificate *) are the
 * CAs whose lists count; borrowed for its life. Never NULL. */
Revocation *revocation_new(const RevocationWish *wish, const GPtrArray *issuers,
                           Problems *problems);
void revocation_free(Revocation *revocation); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Revocation, revocation_free)

/* What is known at now_s of chain (Certificate *, from leaf to root; the root
 * cannot revoke itself): FOUND, REVOKED, ON_HOLD or REVOCATION_UNKNOWN, and
 * then *reason, which the caller frees. Revoked outweighs unknown. *told: which
 * list judged the leaf (or NULL), the caller's too; told may be NULL. */
CertClass revocation_check(Revocation *revocation, const GPtrArray *chain,
                           gint64 now_s, char **reason, char **told);

/* For "sceau check": what is wrong with the lists (certs/crlreview.h). */
void revocation_review(Revocation *revocation, gint64 now_s,
                       Problems *problems);

/* When the newest list that is there was made; 0: there is none. */
gint64 revocation_get_newest_s(Revocation *revocation);

/* A section "list" for each list. */
void revocation_write_status(Revocation *revocation, Bulletin *bulletin);

/* Grows when lists have changed. */
guint64 revocation_get_generation(Revocation *revocation);

#endif
