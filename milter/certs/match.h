/* SPDX-License-Identifier: BSD-2-Clause */
/* Match: whether a certificate speaks for an address. */
#ifndef SCEAU_CERTS_MATCH_H
#define SCEAU_CERTS_MATCH_H

#include "smime/certificate.h"

#include <glib.h>
#include <stdbool.h>

/* What counts; all false is the default. */
typedef struct {
    bool exact_case;      /* case matters in the local part (RFC 5321 2.4) */
    bool subject;         /* the subject's emailAddress counts, where the
                           * subjectAltName holds none (RFC 8550 3) */
    bool other_addresses; /* so does another address of the same entry */
} MatchRule;

/* NULL when certificate speaks for address (a canonical mailbox), else the
 * reason, which the caller frees. owned (char *, folded mailboxes; NULL: none)
 * are the addresses of the entry it was found in. Domains are compared as
 * A-labels (RFC 9598), and only ASCII letters fold. */
char *match_check(const Certificate *certificate, const char *address,
                  const GPtrArray *owned, const MatchRule *rule);

#endif
