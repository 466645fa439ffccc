/* SPDX-License-Identifier: BSD-2-Clause */
/* Finder: whose certificate is it? Asks the sources of a domain and answers
 * by class. */
#ifndef SCEAU_CERTS_FINDER_H
#define SCEAU_CERTS_FINDER_H

#include "base/denials.h"
#include "base/problems.h"
#include "base/settings.h"
#include "base/bulletin.h"
#include "smime/certificate.h"

#include <glib.h>
#include <stdbool.h>

/* Blocks of sceau.conf this room reads. */
extern const SettingsTable directory_settings;    /* directory NAME { … } */
extern const SettingsTable certificates_settings; /* certificates NAME { … } */
extern const SettingsTable trust_settings;        /* trust NAME { … } */
extern const SettingsTable gateway_settings;      /* gateway NAME { … } */
extern const SettingsTable crld_settings;         /* crld { … } */
extern const SettingsTable lookup_settings;       /* lookup { … } */

typedef enum {
    CERT_FOUND,
    CERT_NONE,     /* every source answered: there is none */
    CERT_UNUSABLE, /* there are some, none may be used */
    CERT_REVOKED,
    CERT_ON_HOLD,
    CERT_REVOCATION_UNKNOWN,
    CERT_LOST,
    CERT_AMBIGUOUS,
    CERT_DIRECTORY_DOWN /* could not ask */
} CertClass;

/* One certificate that was looked at. */
typedef struct {
    Certificate *certificate; /* NULL when the value could not be parsed */
    char *source;             /* name of the directory or folder */
    char *reason;             /* why not; NULL: usable */
    CertClass class;          /* FOUND, UNUSABLE, REVOKED, ON_HOLD, … */
    bool gateway;             /* a gateway's, for all of a domain */
    unsigned capable;         /* a Capable set: the source's word, unverified */
    char *revocation;         /* which revocation list judged it: a sentence
                               * for people; NULL: none did */
} CertCandidate;

/* What one source said about an address, for people. */
typedef struct {
    char *source;
    char *server; /* NULL: does not apply, or none answered */
    char *filter; /* NULL: does not apply */
    char *entry;  /* distinguished name; NULL: none */
    char *reason; /* why it could not answer; NULL: it did */
} CertAsked;

/* Immutable and reference-counted, any thread: one answer may serve many. */
typedef struct {
    char *address; /* as asked */
    CertClass class;
    Certificate *certificate; /* CERT_FOUND: the one to use, else NULL */
    GPtrArray *certificates;  /* Certificate *: all to encrypt for, that one
                               * first; NULL without it */
    unsigned capable;         /* a Capable set that each of them has, by his
                               * certificate or the source's word */
    char *gateway;            /* the gateway whose certificate it is; NULL: it
                               * is the person's own, or there is none */
    GPtrArray *candidates;    /* CertCandidate *, best first, all of them */
    GPtrArray *asked;         /* CertAsked *, in the order of the sources */
    char *reason;    /* one sentence for a log or a reply; NULL when FOUND */
    gint references; /* cert_answer_ref's own */
} CertAnswer;

/* Not yet shared: born DIRECTORY_DOWN, with nothing in it. */
CertAnswer *cert_answer_new(const char *address);
CertAnswer *cert_answer_ref(CertAnswer *answer);
void cert_answer_unref(CertAnswer *answer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertAnswer, cert_answer_unref)

/* A copy that says another thing: class and reason (taken) in the place of
 * its own, and no certificate to use. */
CertAnswer *cert_answer_copy_as(const CertAnswer *answer, CertClass class,
                                char *reason);

/* About how many bytes it takes, with its certificates. */
gsize cert_answer_reckon(const CertAnswer *answer);

/* "none", "unusable", …: the words of "on CLASS"; "found". */
const char *cert_class_get_name(CertClass class);

/* Shared by threads; immutable but for connections and cache, which have
 * their own locks. */
typedef struct Finder Finder;

/* Builds sources and trust sets from settings; reads anchors, intermediates,
 * CRLs. Every mistake goes to problems. Connects to nothing. Never NULL: when
 * problems_count grew, only free it. settings must outlive it. */
Finder *finder_new(const Settings *settings, Problems *problems);

/* The same with sources of one's own (Source *, taken with their array) and
 * no others, for tests. */
struct Source;
Finder *finder_new_with(GPtrArray *sources, const Settings *settings,
                        Problems *problems);

void finder_free(Finder *finder); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Finder, finder_free)

/* What must not be used, whatever else says; before the first question. Keeps a
 * reference. Without it nothing is denied. */
void finder_set_denials(Finder *finder, Denials *denials);

/* One CertAnswer * per address (canonical mailboxes), in their order; blocks
 * at most until deadline_us (clock_monotonic_us), then what was not answered
 * is CERT_DIRECTORY_DOWN. What is known for a while is not asked again (see
 * certs/cache.h); many who ask for one address wait for one search. Cannot
 * fail. Caller unrefs. */
GPtrArray *finder_find(Finder *finder, char *const *addresses,
                       gint64 deadline_us);

/* The same, but every source is asked anew. */
GPtrArray *finder_find_fresh(Finder *finder, char *const *addresses,
                             gint64 deadline_us);

/* Forgets what sources have said about addresses, so that nothing of it can
 * stand in for one that does not answer; then as finder_find_fresh. */
GPtrArray *finder_refresh(Finder *finder, char *const *addresses,
                          gint64 deadline_us);

/* Forgets all that sources have said; about how many addresses. */
guint finder_forget(Finder *finder);

/* Begins to ask for what finder_find will be asked for soon, and waits for
 * nothing. */
void finder_prefetch(Finder *finder, char *const *addresses,
                     gint64 deadline_us);

/* For "sceau check": asks every directory for its canary and adds what is
 * wrong (or a warning) to problems. */
void finder_check(Finder *finder, gint64 deadline_us, Problems *problems);

/* When the newest revocation list in use was made; 0: there is none. */
gint64 finder_get_newest_list_s(Finder *finder);

/* For "sceau status": servers, cache, lists. */
void finder_write_status(Finder *finder, Bulletin *bulletin);

/* Whether a trust set names each of our own domains (certs/trust.h), and no
 * gateway does (certs/gateway.h). */
void finder_check_domains(const Finder *finder, char *const *domains,
                          const Position *at, Problems *problems);

/* Its trust sets, borrowed: to judge what no source has given yet. */
struct Trust *finder_get_trust(const Finder *finder);

/* How many sources there are; without one nobody has a certificate. */
unsigned finder_count_sources(const Finder *finder);

#endif
