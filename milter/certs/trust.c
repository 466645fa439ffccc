/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust: which CA may speak for which domain, and what it has revoked. */
#include "certs/trust.h"

#include "base/mailbox.h"
#include "certs/folder.h"
#include "certs/known.h"
#include "certs/revocation.h"
#include "smime/openssl.h"

#include <string.h>

#define MAX_DEPTH  6
#define AUTH_LEVEL 2 /* 112 bits: no SHA-1, no RSA-1024 */

typedef struct {
    SettingsHead head;
    char *anchors;
    char *intermediates;
    char *crls;
    char **domains;
    int revocation; /* RevocationRule */
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
    X509_STORE *store;
    STACK_OF(X509) * untrusted;
    GPtrArray *issuers; /* Certificate *: anchors and intermediates */
    Revocation *revocation;
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
load_set(const TrustSettings *settings, Problems *problems)
{
    TrustSet *set = g_new0(TrustSet, 1);
    set->settings = settings;
    set->store = X509_STORE_new();
    set->untrusted = sk_X509_new_null();
    set->issuers = g_ptr_array_new_with_free_func(drop_certificate);
    add_issuers(set, settings->anchors, true, problems);
    add_issuers(set, settings->intermediates, false, problems);
    const RevocationWish wish = {
        .name = settings->head.name,
        .at = settings->head.at,
        .rule = (RevocationRule)settings->revocation,
        .crls = settings->crls,
        .grace_ms = settings->grace_ms,
    };
    set->revocation = revocation_new(&wish, set->issuers, problems);
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
                                    const TrustQuestion *question,
                                    char **reason)
{
    g_autoptr(X509_STORE_CTX) context = X509_STORE_CTX_new();
    if (context == NULL ||
        X509_STORE_CTX_init(context, set->store,
                            certificate_get_x509(question->certificate),
                            set->untrusted) != 1) {
        openssl_clear();
        *reason = g_strdup("its chain could not be built");
        return NULL;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_depth(param, MAX_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    X509_VERIFY_PARAM_set_time(param, (time_t)question->now_s);
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
find_chain(Trust *trust, const TrustSet *set, const TrustQuestion *question,
           char **reason)
{
    const char *name = set->settings->head.name;
    GPtrArray *links = known_find_chain(trust->known, name,
                                        question->certificate, question->now_s);
    if (links != NULL)
        return links;
    STACK_OF(X509) *chain = build_chain(set, question, reason);
    if (chain == NULL)
        return NULL;
    links = view_chain(trust, chain);
    sk_X509_pop_free(chain, X509_free);
    if (links != NULL)
        known_keep_chain(trust->known, name, question->certificate, links);
    else
        *reason = g_strdup("its chain is unreadable");
    return links;
}

CertClass
trust_check(Trust *trust, const TrustQuestion *question, char **reason)
{
    *reason = NULL;
    if (question->revocation != NULL)
        *question->revocation = NULL;
    TrustSet *set = find_set(trust, question->domain);
    if (set == NULL) {
        *reason =
            g_strdup_printf("no trust set speaks for %s", question->domain);
        return CERT_UNUSABLE;
    }
    g_autoptr(GPtrArray) chain = find_chain(trust, set, question, reason);
    if (chain == NULL)
        return CERT_UNUSABLE;
    return revocation_check(set->revocation, chain, question->now_s, reason,
                            question->revocation);
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

Certificate *
trust_parse(Trust *trust, GBytes *der, GError **error)
{
    return known_parse(trust->known, der, error);
}
