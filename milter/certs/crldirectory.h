/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL directory: revocation lists out of a directory (RFC 4523 2.10, 2.11; RFC
 * 4516), on a connection of their own so that no look-up waits behind them. */
#ifndef SCEAU_CERTS_CRLDIRECTORY_H
#define SCEAU_CERTS_CRLDIRECTORY_H

#include <glib.h>
#include <stdbool.h>

/* Of one list, and lists of one entry: more is an error. */
#define CRLDIRECTORY_MAX_BYTES (16 * 1024 * 1024)
#define CRLDIRECTORY_MAX_LISTS 16

typedef struct {
    const char *trust;  /* name of the set, for messages */
    bool start_tls;     /* on ldap:// */
    const char *tls_ca; /* file; NULL: the system's */
    gint64 timeout_ms;  /* for all of it */
} CrlDirectoryWish;

/* Whether url is ldap://, ldaps:// or ldapi:// at all. */
bool crldirectory_is_url(const char *url);

/* Why it cannot be fetched from, static text; NULL: it can. It names a host, an
 * entry and no filter; the attributes, when it names any, are
 * certificateRevocationList and authorityRevocationList. */
const char *crldirectory_check_url(const char *url);

/* The values (GBytes *) of that entry, at least one, not looked into; nobody
 * is bound as: what is signed needs no account. No referral is followed.
 * Errors: TEMPORARY, CONFIG: a sentence that names url. */
GPtrArray *crldirectory_fetch(const CrlDirectoryWish *wish, const char *url,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
