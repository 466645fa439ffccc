/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust: which CA may speak for which domain, and what it has revoked. */
#include "certs/trust.h"

#include "base/mailbox.h"
#include "certs/authorities.h"
#include "certs/chain.h"
#include "certs/crllearn.h"
#include "certs/folder.h"
#include "certs/known.h"
#include "certs/revocation.h"
#include "certs/trust_settings.h"
#include "smime/openssl.h"

#include <string.h>

typedef struct {
    const TrustSettings *settings;
    X509_STORE *store;
    STACK_OF(X509) * untrusted;
    GPtrArray *issuers; /* Certificate *: anchors and intermediates */
    Revocation *revocation;
} TrustSet;

struct Trust {
    GPtrArray *sets; /* TrustSet * */
    Known *known;
    CrlLearn *learn; /* NULL: nobody is told */
};

/* --- loading ----------------------------------------------------------- */

static void
free_set(gpointer pointer)
{
    TrustSet *set = pointer;
    X509_STORE_free(set->store);
    sk_X509_free(set->untrusted);
    revocation_free(set->revocation);
    g_ptr_array_unref(set->issuers);
    g_free(set);
}

static void
add_issuers(TrustSet *set, const char *path, bool anchors, Problems *problems)
{
    if (path == NULL)
        return;
    g_autoptr(GPtrArray) found =
        folder_load_certificates(path, &set->settings->head.at, problems);
    for (guint i = 0; i < found->len; i++) {
        Certificate *certificate = g_ptr_array_index(found, i);
        X509 *x509 = certificate_get_x509(certificate);
        g_ptr_array_add(set->issuers, certificate_ref(certificate));
        if (anchors && (X509_get_extension_flags(x509) & EXFLAG_SI) == 0)
            problems_warn(problems, &set->settings->head.at,
                          "anchors: %s is no root certificate: no chain will "
                          "end there (intermediates is its place)",
                          certificate_get_subject(certificate));
        if (anchors)
            X509_STORE_add_cert(set->store, x509);
        else
            sk_X509_push(set->untrusted, x509);
    }
    openssl_clear();
    if (anchors && found->len == 0)
        problems_add(problems, &set->settings->head.at,
                     "anchors: %s holds no CA certificate", path);
}

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static TrustSet *
load_set(const TrustSettings *settings, const char *index, Problems *problems)
{
    TrustSet *set = g_new0(TrustSet, 1);
    set->settings = settings;
    set->store = X509_STORE_new();
    set->untrusted = sk_X509_new_null();
    set->issuers = g_ptr_array_new_with_free_func(drop_certificate);
    trust_settings_check_urls(settings, problems);
    add_issuers(set, settings->anchors, true, problems);
    add_issuers(set, settings->intermediates, false, problems);
    const RevocationWish wish = {
        .name = settings->head.name,
        .at = settings->head.at,
        .rule = (RevocationRule)settings->revocation,
        .crls = settings->crls,
        .index = settings->crls != NULL ? index : NULL,
        .grace_ms = settings->grace_ms,
    };
    set->revocation = revocation_new(&wish, set->issuers, problems);
    return set;
}

static bool
share(char *const *a, char *const *b)
{
    for (; *a != NULL; a++)
        if (g_strv_contains((const char *const *)b, *a))
            return true;
    return false;
}

static bool
share_or_empty(char *const *a, char *const *b)
{
    return (a[0] == NULL && b[0] == NULL) || share(a, b);
}

/* Two sets for one domain and source: it would be chance which one speaks. */
static void
check_overlap(const Trust *trust, const TrustSettings *settings,
              Problems *problems)
{
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        const TrustSettings *other = set->settings;
        if (share_or_empty(other->domains, settings->domains) &&
            share_or_empty(other->sources, settings->sources))
            problems_add(problems, &settings->head.at,
                         "trust %s and trust %s speak for the same domains",
                         other->head.name, settings->head.name);
    }
}

Trust *
trust_new(const Settings *settings, Problems *problems)
{
    Trust *trust = g_new0(Trust, 1);
    trust->sets = g_ptr_array_new_with_free_func(free_set);
    trust->known = known_new();
    const GPtrArray *blocks = settings_get_all(settings, trust_settings.block);
    const CrldSettings *crld = settings_get(settings, crld_settings.block);
    const char *index = crld != NULL && crld->head.present ? crld->index : NULL;
    if (index != NULL && crld->learn && strcmp(crld->control, "none") != 0)
        trust->learn = crllearn_new(crld->control);
    for (guint i = 0; i < blocks->len; i++) {
        const TrustSettings *block = g_ptr_array_index(blocks, i);
        check_overlap(trust, block, problems);
        g_ptr_array_add(trust->sets, load_set(block, index, problems));
    }
    return trust;
}

void
trust_free(Trust *trust)
{
    if (trust == NULL)
        return;
    g_ptr_array_unref(trust->sets);
    known_free(trust->known);
    crllearn_free(trust->learn);
    g_free(trust);
}

/* --- checking the configuration ---------------------------------------- */

/* Whether naming pattern names all of own, both address patterns. */
static bool
covers(const char *pattern, const char *own)
{
    if (g_ascii_strcasecmp(pattern, own) == 0)
        return true;
    if (pattern[0] != '.')
        return false;
    g_autofree char *mailbox =
        g_strconcat("x@", own[0] == '.' ? own + 1 : own, NULL);
    return mailbox_matches(mailbox, pattern);
}

static bool
is_named(const Trust *trust, const char *own)
{
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        for (char **each = set->settings->domains; *each != NULL; each++)
            if (covers(*each, own))
                return true;
    }
    return false;
}

static const TrustSet *
find_rest(const Trust *trust)
{
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        if (set->settings->domains[0] == NULL)
            return set;
    }
    return NULL;
}

void
trust_check_domains(const Trust *trust, char *const *domains,
                    const Position *at, Problems *problems)
{
    const TrustSet *rest = find_rest(trust);
    for (; rest != NULL && *domains != NULL; domains++) {
        if (is_named(trust, *domains))
            continue;
        const char *name = rest->settings->head.name;
        if (trust->sets->len > 1)
            problems_add(problems, at,
                         "no trust set names our domain %s: the CAs of trust "
                         "%s could vouch for it",
                         *domains, name);
        else
            problems_warn(problems, at,
                          "no trust set names our domain %s: every CA of "
                          "trust %s may vouch for it",
                          *domains, name);
    }
}

void
trust_check_sources(const Trust *trust, const char *const *names,
                    Problems *problems)
{
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSettings *set =
            ((const TrustSet *)g_ptr_array_index(trust->sets, i))->settings;
        for (char **each = set->sources; *each != NULL; each++) {
            if (g_strv_contains(names, *each))
                continue;
            const char *near = problems_nearest(*each, names);
            problems_add(problems, &set->head.at,
                         "trust %s: there is no source \"%s\"%s%s",
                         set->head.name, *each,
                         near != NULL ? ", did you mean " : "",
                         near != NULL ? near : "");
        }
    }
}

/* --- checking ---------------------------------------------------------- */

static bool
takes_source(const TrustSet *set, const char *source)
{
    char *const *sources = set->settings->sources;
    return sources[0] == NULL ||
           (source != NULL &&
            g_strv_contains((const char *const *)sources, source));
}

/* How exactly a set names the domain: 0 not at all, 1 as one of the rest. */
static gsize
get_closeness(const TrustSet *set, const char *domain)
{
    g_autofree char *mailbox = g_strconcat("x@", domain, NULL);
    gsize best = set->settings->domains[0] == NULL ? 1 : 0;
    for (char **each = set->settings->domains; *each != NULL; each++)
        if (mailbox_matches(mailbox, *each))
            best = MAX(best, strlen(*each) + 1);
    return best;
}

/* The most exact pattern wins: a sub-domain's own set before ".domain". Among
 * those, the set for this very source; a set for other sources alone does not
 * speak, and none less exact speaks in its place. *named: there was one. */
static TrustSet *
find_set(const Trust *trust, const char *domain, const char *source,
         bool *named)
{
    TrustSet *best = NULL;
    gsize closest = 1;
    *named = false;
    for (guint i = 0; i < trust->sets->len; i++) {
        TrustSet *set = g_ptr_array_index(trust->sets, i);
        gsize close = get_closeness(set, domain);
        if (close < closest)
            continue;
        if (close > closest)
            best = NULL;
        closest = close;
        *named = true;
        if (takes_source(set, source) &&
            (best == NULL || set->settings->sources[0] != NULL))
            best = set;
    }
    return best;
}

/* The chain as our view, root included; NULL: a link cannot be read. */
static GPtrArray *
view_chain(Trust *trust, STACK_OF(X509) * chain)
{
    g_autoptr(GPtrArray) links =
        g_ptr_array_new_with_free_func(drop_certificate);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        guchar *der = NULL;
        int size = i2d_X509(sk_X509_value(chain, i), &der);
        g_autoptr(GBytes) bytes = g_bytes_new(der, size > 0 ? (gsize)size : 0);
        OPENSSL_free(der);
        Certificate *link = known_parse(trust->known, bytes, NULL);
        if (link == NULL)
            return NULL;
        g_ptr_array_add(links, link);
    }
    return g_steal_pointer(&links);
}

/* The source's own CAs, then those among what came along: that is anybody's,
 * and must not crowd them out. */
static GPtrArray *
view_hints(Trust *trust, const TrustQuestion *question)
{
    const GPtrArray *chain = question->chain;
    GPtrArray *hints = g_ptr_array_new_with_free_func(drop_certificate);
    authorities_add_hints(question->authorities, question->certificate, hints,
                          CHAIN_MAX_HINTS);
    guint count = chain != NULL ? chain->len : 0;
    for (guint i = 0; i < count && hints->len < CHAIN_MAX_HINTS; i++) {
        g_autoptr(Certificate) hint =
            known_parse(trust->known, g_ptr_array_index(chain, i), NULL);
        if (hint != NULL && X509_check_ca(certificate_get_x509(hint)) == 1)
            g_ptr_array_add(hints, g_steal_pointer(&hint));
    }
    return hints;
}

static char *
name_hints(const GPtrArray *hints)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < hints->len; i++) {
        const char *one = certificate_get_sha256(g_ptr_array_index(hints, i));
        g_checksum_update(sum, (const guchar *)one, -1);
    }
    return g_strdup(hints->len > 0 ? g_checksum_get_string(sum) : "");
}

/* From the certificate to an anchor of the set, verified now or before. */
static GPtrArray *
find_chain(Trust *trust, const TrustSet *set, const TrustQuestion *question,
           const GPtrArray *hints, char **reason)
{
    const char *name = set->settings->head.name;
    g_autofree char *way = name_hints(hints);
    GPtrArray *links = known_find_chain(trust->known, name, way,
                                        question->certificate, question->now_s);
    if (links != NULL)
        return links;
    const ChainWish wish = {
        .name = name,
        .anchors = set->store,
        .pool = set->untrusted,
        .hints = hints,
        .level = (int)set->settings->security_level,
        .now_s = question->now_s,
    };
    STACK_OF(X509) *chain = chain_build(&wish, question->certificate, reason);
    if (chain == NULL)
        return NULL;
    links = view_chain(trust, chain);
    sk_X509_pop_free(chain, X509_free);
    if (links != NULL)
        known_keep_chain(trust->known, name, way, question->certificate, links);
    else
        *reason = g_strdup("its chain is unreadable");
    return links;
}

static CertClass
refuse_source(const TrustQuestion *question, bool named, char **reason)
{
    *reason =
        named ? g_strdup_printf("no trust set takes certificates for %s "
                                "from %s (sources)",
                                question->domain,
                                question->source != NULL ? question->source
                                                         : "here")
              : g_strdup_printf("no trust set speaks for %s", question->domain);
    return CERT_UNUSABLE;
}

CertClass
trust_check(Trust *trust, const TrustQuestion *question, char **reason)
{
    *reason = NULL;
    if (question->revocation != NULL)
        *question->revocation = NULL;
    bool named = false;
    const TrustSet *set =
        find_set(trust, question->domain, question->source, &named);
    if (set == NULL)
        return refuse_source(question, named, reason);
    /* Without what came along first: it can only help, never stand in the
     * way of a chain that the administrator's own certificates make. */
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) chain = find_chain(trust, set, question, none, reason);
    g_autoptr(GPtrArray) hints =
        chain == NULL ? view_hints(trust, question) : NULL;
    if (hints != NULL && hints->len > 0) {
        g_clear_pointer(reason, g_free);
        chain = find_chain(trust, set, question, hints, reason);
    }
    if (chain == NULL)
        return CERT_UNUSABLE;
    if (trust->learn != NULL && set->settings->crls != NULL)
        crllearn_note(trust->learn, set->settings->head.name, chain);
    return revocation_check(set->revocation, chain, question->now_s, reason,
                            question->revocation);
}

void
trust_check_lists(Trust *trust, gint64 now_s, Problems *problems)
{
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        revocation_review(set->revocation, now_s, problems);
    }
}

guint64
trust_get_generation(Trust *trust)
{
    guint64 sum = 0;
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        sum += revocation_get_generation(set->revocation);
    }
    return sum;
}

TrustRule
trust_find_rule(const Trust *trust, const char *domain, const char *source)
{
    bool named = false;
    const TrustSet *set = find_set(trust, domain, source, &named);
    if (set == NULL)
        return (TrustRule){.min_rsa_bits = 2048, .min_ec_bits = 256};
    const TrustSettings *settings = set->settings;
    return (TrustRule){
        .exact_case = settings->address_case == TRUST_CASE_EXACT,
        .subject_address = settings->subject_address,
        .all_devices = settings->devices == TRUST_DEVICES_ALL,
        .min_rsa_bits = (unsigned)settings->min_rsa_bits,
        .min_ec_bits = (unsigned)settings->min_ec_bits,
    };
}

Certificate *
trust_parse(Trust *trust, GBytes *der, GError **error)
{
    return known_parse(trust->known, der, error);
}

gint64
trust_get_newest_list_s(Trust *trust)
{
    gint64 newest_s = 0;
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        gint64 one_s = revocation_get_newest_s(set->revocation);
        newest_s = MAX(newest_s, one_s);
    }
    return newest_s;
}

void
trust_write_status(Trust *trust, Bulletin *bulletin)
{
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        bulletin_begin(bulletin, "trust", set->settings->head.name);
        bulletin_add_number(bulletin, "authorities", set->issuers->len);
    }
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *set = g_ptr_array_index(trust->sets, i);
        revocation_write_status(set->revocation, bulletin);
    }
}
