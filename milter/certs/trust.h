/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust: which CA may speak for which domain, and what it has revoked. */
#ifndef SCEAU_CERTS_TRUST_H
#define SCEAU_CERTS_TRUST_H

#include "base/problems.h"
#include "base/settings.h"
#include "certs/finder.h"
#include "smime/certificate.h"

#include <glib.h>

/* All trust sets of a configuration. Shared by threads. */
typedef struct Trust Trust;

/* Reads anchors, intermediates and revocation lists of every "trust" block;
 * mistakes go to problems. settings must outlive it. Never NULL. */
Trust *trust_new(const Settings *settings, Problems *problems);
void trust_free(Trust *trust); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trust, trust_free)

/* As certificate_parse, but what was parsed before is the same again. Caller
 * drops it. */
Certificate *trust_parse(Trust *trust, GBytes *der,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All borrowed. */
typedef struct {
    const char *domain; /* of the address asked for */
    const char *source; /* where the certificate was found; may be NULL */
    const Certificate *certificate;
    const GPtrArray *chain; /* GBytes *: CA certificates that came along and
                             * are trusted for nothing; NULL: none */
    gint64 now_s;
    char **revocation; /* where CertCandidate.revocation goes, the caller's to
                        * free; NULL: not asked */
} TrustQuestion;

/* CERT_FOUND when the certificate chains to an anchor of the set that may
 * speak for the domain (RFC 5280 6, at now_s) and nothing of the chain is
 * revoked; otherwise UNUSABLE, REVOKED, ON_HOLD or REVOCATION_UNKNOWN, and
 * *reason a sentence the caller frees. Address, dates of the leaf and key
 * usage are not its question. */
CertClass trust_check(Trust *trust, const TrustQuestion *question,
                      char **reason);

/* Another number whenever what trust_check says may be another: since lists
 * have changed, not with time alone. Cheap. */
guint64 trust_get_generation(Trust *trust);

#endif
