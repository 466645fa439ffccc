/* SPDX-License-Identifier: BSD-2-Clause */
/* Renew: one revocation list, fetched, checked, and put where sceaud reads. */
#ifndef SCEAU_CRLD_RENEW_H
#define SCEAU_CRLD_RENEW_H

#include "certs/crldirectory.h"
#include "crld/fetch.h"

#include <glib.h>
#include <stdbool.h>

/* All borrowed. */
typedef struct {
    const char *trust; /* name of the set */
    const char *url;
    const char *folder;         /* the set's crls */
    const GPtrArray *issuers;   /* Certificate *: its CAs */
    FetchLimits limits;         /* http:// and https:// */
    CrlDirectoryWish directory; /* ldap:// and its kind */
} RenewWish;

/* Fetches the list (or the lists of a directory's entry) to a file of its own
 * in folder, checks it as sceaud does (certs/crl.h), and that it is not past
 * its date nor older than the one fetched before; then it takes that one's
 * place, whole. *next_update_s: the list's, when it is good; *text: what it is,
 * for a log, the caller's to free. Of several the earliest; one that is not
 * good is an error, but does not keep the others away. Errors: TEMPORARY,
 * CONFIG: a sentence that names url; the list before stays. */
bool renew_list(const RenewWish *wish, gint64 *next_update_s, char **text,
                GError **error);

/* Where the list of url stands in folder, or the at-th one of its entry. Caller
 * frees. */
char *renew_get_path(const char *folder, const char *url, guint at);

/* Removes what was being fetched into folder when it was killed. */
void renew_clean(const char *folder);

/* When to fetch again, seconds from now: half of the time that the list is
 * still good for, between 5 minutes and a day, or, after failures in a row,
 * from a minute to an hour; a tenth more or less by chance. */
gint64 renew_choose_wait(gint64 left_s, unsigned failures);

#endif
