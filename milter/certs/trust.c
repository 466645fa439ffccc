/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust: which CA may speak for which domain, and what it has revoked. */
#include "certs/trust.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "certs/crl.h"
#include "certs/folder.h"
#include "certs/known.h"
#include "smime/openssl.h"

#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH  6
#define AUTH_LEVEL 2 /* 112 bits: no SHA-1, no RSA-1024 */

typedef enum {
    REVOCATION_AUTO,
    REVOCATION_REQUIRE,
    REVOCATION_PREFER,
    REVOCATION_OFF
} Revocation;

typedef struct {
    SettingsHead head;
    char *anchors;
    char *intermediates;
    char *crls;
    char **domains;
    int revocation; /* Revocation */
    gint64 grace_ms;
} TrustSettings;

#define AT(member) offsetof(TrustSettings, member)

static const SettingRow rows[] = {
    {.name = "anchors",
     .type = SETTING_PATH,
     .offset = AT(anchors),
     .required = true,
     .help = "folder of CA certificates to trust"},
    {.name = "intermediates",
     .type = SETTING_PATH,
     .offset = AT(intermediates),
     .help = "folder of CA certificates between those and the leaves"},
    {.name = "crls",
     .type = SETTING_PATH,
     .offset = AT(crls),
     .help = "folder of revocation lists, read again when it changes"},
    {.name = "domains",
     .type = SETTING_LIST,
     .offset = AT(domains),
     .help = "domains these CAs may speak for; none: all that no other set "
             "names"},
    {.name = "revocation",
     .type = SETTING_CHOICE,
     .offset = AT(revocation),
     .default_text = "auto",
     .choices = "auto|require|prefer|off",
     .help = "what if it is not known whether a certificate is revoked; auto: "
             "require with crls, off without"},
    {.name = "grace",
     .type = SETTING_DURATION,
     .offset = AT(grace_ms),
     .default_text = "24h",
     .maximum = 2592000000,
     .help = "how long \"prefer\" goes on with a list past its date"},
    {0}};

const SettingsTable trust_settings = {
    .block = "trust",
    .named = true,
    .size_bytes = sizeof(TrustSettings),
    .rows = rows,
    .help = "CAs, and the domains they may speak for",
};

typedef struct {
    const TrustSettings *settings;
    Revocation revocation;
    X509_STORE *store;
    STACK_OF(X509) * untrusted;
    GPtrArray *issuers; /* Certificate *: anchors and intermediates */
    gint64 born_s;
    /* under lock: the lists are read again when their folder changes */
    GMutex lock;
    GPtrArray *crls; /* Crl *; replaced whole */
    struct timespec crls_changed;
} TrustSet;

struct Trust {
    GPtrArray *sets; /* TrustSet * */
    Known *known;
};

/* --- loading ----------------------------------------------------------- */

static void
free_set(gpointer pointer)
{
    TrustSet *set = pointer;
    X509_STORE_free(set->store);
    sk_X509_free(set->untrusted);
    g_ptr_array_unref(set->issuers);
    g_clear_pointer(&set->crls, g_ptr_array_unref);
    g_mutex_clear(&set->lock);
    g_free(set);
}

static void
drop_crl(gpointer crl)
{
    crl_free(crl);
}

/* Nothing a CA without a list has issued can be used under "require". */
static void
warn_uncovered(const TrustSet *set, const GPtrArray *crls, Problems *problems)
{
    for (guint i = 0; i < set->issuers->len; i++) {
        const Certificate *issuer = g_ptr_array_index(set->issuers, i);
        if (!crl_covers(crls, issuer))
            problems_warn(problems, &set->settings->head.at,
                          "trust %s: no revocation list of %s",
                          set->settings->head.name,
                          certificate_get_subject(issuer));
    }
}

static GPtrArray *
load_crls(const TrustSet *set, Problems *problems)
{
    GPtrArray *crls = g_ptr_array_new_with_free_func(drop_crl);
    g_autoptr(GPtrArray) paths =
        folder_list(set->settings->crls, &set->settings->head.at, problems);
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        Crl *crl = crl_load(g_ptr_array_index(paths, i), set->issuers, &error);
        if (crl != NULL)
            g_ptr_array_add(crls, crl);
        else if (error != NULL)
            problems_warn(problems, NULL, "%s", error->message);
    }
    warn_uncovered(set, crls, problems);
    return crls;
}

static struct timespec
get_change(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return (struct timespec){0};
    return status.st_mtim;
}

/* A file replaced by rename changes its folder, which is what a PKI's copy
 * job does; one rewritten in place is seen by a reload. */
static void
reread_crls(TrustSet *set)
{
    if (set->settings->crls == NULL)
        return;
    struct timespec changed = get_change(set->settings->crls);
    if (changed.tv_sec == set->crls_changed.tv_sec &&
        changed.tv_nsec == set->crls_changed.tv_nsec)
        return;
    set->crls_changed = changed;
    g_autoptr(Problems) problems = problems_new();
    g_ptr_array_unref(set->crls);
    set->crls = load_crls(set, problems);
    const char *line;
    for (unsigned i = 0; (line = problems_get(problems, i)) != NULL; i++)
        log_event(LOG_LEVEL_WARNING, "crl", "trust", set->settings->head.name,
                  "problem", line, NULL);
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
choose_revocation(TrustSet *set, Problems *problems)
{
    const TrustSettings *settings = set->settings;
    set->revocation = (Revocation)settings->revocation;
    if (set->revocation == REVOCATION_AUTO && settings->crls != NULL)
        set->revocation = REVOCATION_REQUIRE;
    if (set->revocation != REVOCATION_AUTO)
        return;
    set->revocation = REVOCATION_OFF;
    problems_warn(problems, &settings->head.at,
                  "trust %s has no crls: revoked certificates will be used "
                  "(say revocation = off if that is meant)",
                  settings->head.name);
}

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static TrustSet *
load_set(const TrustSettings *settings, Problems *problems)
{
    TrustSet *set = g_new0(TrustSet, 1);
    set->settings = settings;
    set->store = X509_STORE_new();
    set->untrusted = sk_X509_new_null();
    set->issuers = g_ptr_array_new_with_free_func(drop_certificate);
    set->born_s = clock_now();
    g_mutex_init(&set->lock);
    add_issuers(set, settings->anchors, true, problems);
    add_issuers(set, settings->intermediates, false, problems);
    choose_revocation(set, problems);
    if (settings->crls != NULL) {
        set->crls_changed = get_change(settings->crls);
        set->crls = load_crls(set, problems);
    } else {
        set->crls = g_ptr_array_new_with_free_func(drop_crl);
    }
    return set;
}

/* Two sets for one domain: it would be chance which one speaks. */
static void
check_overlap(const Trust *trust, const TrustSettings *settings,
              Problems *problems)
{
    for (guint i = 0; i < trust->sets->len; i++) {
        const TrustSet *other = g_ptr_array_index(trust->sets, i);
        bool both_default =
            other->settings->domains[0] == NULL && settings->domains[0] == NULL;
        bool shared = false;
        for (char **each = settings->domains; *each != NULL; each++)
            shared = shared ||
                     g_strv_contains(
                         (const char *const *)other->settings->domains, *each);
        if (both_default || shared)
            problems_add(problems, &settings->head.at,
                         "trust %s and trust %s speak for the same domains",
                         other->settings->head.name, settings->head.name);
    }
}

Trust *
trust_new(const Settings *settings, Problems *problems)
{
    Trust *trust = g_new0(Trust, 1);
    trust->sets = g_ptr_array_new_with_free_func(free_set);
    trust->known = known_new();
    const GPtrArray *blocks = settings_get_all(settings, trust_settings.block);
    for (guint i = 0; i < blocks->len; i++) {
        const TrustSettings *block = g_ptr_array_index(blocks, i);
        check_overlap(trust, block, problems);
        g_ptr_array_add(trust->sets, load_set(block, problems));
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
    g_free(trust);
}

/* --- checking ---------------------------------------------------------- */

/* The most exact pattern wins: a sub-domain's own set before ".domain". */
static TrustSet *
find_set(const Trust *trust, const char *domain)
{
    g_autofree char *mailbox = g_strconcat("x@", domain, NULL);
    TrustSet *best = NULL;
    gsize best_length = 0;
    TrustSet *fallback = NULL;
    for (guint i = 0; i < trust->sets->len; i++) {
        TrustSet *set = g_ptr_array_index(trust->sets, i);
        if (set->settings->domains[0] == NULL)
            fallback = set;
        for (char **each = set->settings->domains; *each != NULL; each++) {
            if (!mailbox_matches(mailbox, *each) || strlen(*each) < best_length)
                continue;
            best = set;
            best_length = strlen(*each);
        }
    }
    return best != NULL ? best : fallback;
}

/* Purpose any: the library's own rule refuses every lawful EC certificate;
 * key usage is judged elsewhere. The chain is the caller's to free. */
static STACK_OF(X509) * build_chain(const TrustSet *set,
                                    const Certificate *certificate,
                                    gint64 now_s, char **reason)
{
    g_autoptr(X509_STORE_CTX) context = X509_STORE_CTX_new();
    if (context == NULL ||
        X509_STORE_CTX_init(context, set->store,
                            certificate_get_x509(certificate),
                            set->untrusted) != 1) {
        openssl_clear();
        *reason = g_strdup("its chain could not be built");
        return NULL;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_depth(param, MAX_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    X509_VERIFY_PARAM_set_time(param, (time_t)now_s);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
    bool good = X509_verify_cert(context) == 1;
    if (!good)
        *reason = g_strdup_printf(
            "it does not chain to a CA of trust set %s: %s",
            set->settings->head.name,
            X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    openssl_clear();
    return good ? X509_STORE_CTX_get1_chain(context) : NULL;
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

/* From the certificate to an anchor of the set, verified now or before. */
static GPtrArray *
find_chain(Trust *trust, const TrustSet *set, const Certificate *certificate,
           gint64 now_s, char **reason)
{
    const char *name = set->settings->head.name;
    GPtrArray *links = known_find_chain(trust->known, name, certificate, now_s);
    if (links != NULL)
        return links;
    STACK_OF(X509) *chain = build_chain(set, certificate, now_s, reason);
    if (chain == NULL)
        return NULL;
    links = view_chain(trust, chain);
    sk_X509_pop_free(chain, X509_free);
    if (links != NULL)
        known_keep_chain(trust->known, name, certificate, links);
    else
        *reason = g_strdup("its chain is unreadable");
    return links;
}

static CertClass
judge_unknown(const TrustSet *set, gint64 next_update_s, gint64 now_s,
              char **reason)
{
    gint64 since_s = next_update_s != 0 ? next_update_s : set->born_s;
    gint64 grace_s = set->settings->grace_ms / 1000;
    if (set->revocation == REVOCATION_PREFER && now_s <= since_s + grace_s) {
        log_event(LOG_LEVEL_WARNING, "revocation-unknown", "trust",
                  set->settings->head.name, "used-within-grace", "yes", NULL);
        return CERT_FOUND;
    }
    *reason = g_strdup(next_update_s != 0
                           ? "its CA's revocation list is past its date"
                           : "there is no revocation list of its CA");
    return CERT_REVOCATION_UNKNOWN;
}

static CertClass
check_link(TrustSet *set, const Certificate *link, gint64 now_s, char **reason)
{
    gint64 next_update_s = 0;
    switch (crl_check(set->crls, link, now_s, &next_update_s)) {
    case CRL_GOOD:
        return CERT_FOUND;
    case CRL_REVOKED:
        *reason =
            g_strdup_printf("%s is revoked", certificate_get_subject(link));
        return CERT_REVOKED;
    case CRL_ON_HOLD:
        *reason =
            g_strdup_printf("%s is on hold", certificate_get_subject(link));
        return CERT_ON_HOLD;
    case CRL_STALE:
    case CRL_UNKNOWN:
        break;
    }
    return judge_unknown(set, next_update_s, now_s, reason);
}

/* Every certificate but the root, which cannot revoke itself. */
static CertClass
check_revocation(TrustSet *set, const GPtrArray *chain, gint64 now_s,
                 char **reason)
{
    if (set->revocation == REVOCATION_OFF)
        return CERT_FOUND;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&set->lock);
    (void)locker;
    reread_crls(set);
    CertClass worst = CERT_FOUND;
    for (guint i = 0; i + 1 < chain->len; i++) {
        char *why = NULL;
        CertClass class =
            check_link(set, g_ptr_array_index(chain, i), now_s, &why);
        /* Revoked is final; unknown waits for what the others say. */
        if (class != CERT_FOUND &&
            (worst == CERT_FOUND || worst == CERT_REVOCATION_UNKNOWN)) {
            g_free(*reason);
            *reason = why;
            worst = class;
        } else {
            g_free(why);
        }
    }
    return worst;
}

CertClass
trust_check(Trust *trust, const char *domain, const Certificate *certificate,
            gint64 now_s, char **reason)
{
    *reason = NULL;
    TrustSet *set = find_set(trust, domain);
    if (set == NULL) {
        *reason = g_strdup_printf("no trust set speaks for %s", domain);
        return CERT_UNUSABLE;
    }
    g_autoptr(GPtrArray) chain =
        find_chain(trust, set, certificate, now_s, reason);
    return chain != NULL ? check_revocation(set, chain, now_s, reason)
                         : CERT_UNUSABLE;
}

Certificate *
trust_parse(Trust *trust, GBytes *der, GError **error)
{
    return known_parse(trust->known, der, error);
}
