/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust: which CA may speak for which domain, and what it has revoked. */
#ifndef SCEAU_CERTS_TRUST_H
#define SCEAU_CERTS_TRUST_H

#include "base/bulletin.h"
#include "base/problems.h"
#include "base/settings.h"
#include "certs/finder.h"
#include "smime/certificate.h"

#include <glib.h>
#include <stdbool.h>

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

/* What a certificate must be, by the set that speaks for an address. */
typedef struct {
    bool exact_case; /* see certs/match.h */
    bool subject_address;
    bool all_devices; /* several certificates: encrypt for each */
    unsigned min_rsa_bits;
    unsigned min_ec_bits;
} TrustRule;

/* The rule for addresses of domain whose certificates source holds; the
 * default one when no set speaks for them. */
TrustRule trust_find_rule(const Trust *trust, const char *domain,
                          const char *source);

/* Our own domains (patterns) must be named by a set: else one that speaks for
 * every domain that no other names, a partner's perhaps, vouches for us. A
 * warning where that set is the only one, else an error. */
void trust_check_domains(const Trust *trust, char *const *domains,
                         const Position *at, Problems *problems);

/* Every name in "sources" must be one of names. */
void trust_check_sources(const Trust *trust, const char *const *names,
                         Problems *problems);

/* All borrowed. */
typedef struct {
    const char *domain; /* of the address asked for */
    const char *source; /* where the certificate was found; may be NULL */
    const Certificate *certificate;
    const GPtrArray *chain; /* GBytes *: CA certificates that came along and
                             * are trusted for nothing, the first 16 count;
                             * NULL: none */
    struct Authorities *authorities; /* the source's (certs/authorities.h),
                                      * trusted for nothing; NULL: none */
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

/* For "sceau check": what is wrong with the revocation lists of its sets,
 * errors where mail is deferred for it. */
void trust_check_lists(Trust *trust, gint64 now_s, Problems *problems);

/* Another number whenever what trust_check says may be another: since lists
 * have changed, not with time alone. Cheap. */
guint64 trust_get_generation(Trust *trust);

/* When the newest list in use was made; 0: there is none. */
gint64 trust_get_newest_list_s(Trust *trust);

/* A section "trust" for each set, then one "list" for each list. */
void trust_write_status(Trust *trust, Bulletin *bulletin);

#endif
