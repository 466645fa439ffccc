/* SPDX-License-Identifier: BSD-2-Clause */
/* Chain: from a certificate to an anchor, and what its CAs may vouch for. */
#include "certs/chain.h"

#define MAX_DEPTH 6

/* Ways tried for one certificate. */
#define MAX_WAYS 20

/* What the library found, in words for the person who must act. */
static const struct {
    int code;
    const char *text;
} sentences[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
     "a CA certificate between it and the root is missing"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
     "the CA that issued it is neither trusted nor known"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
     "the CA that issued it is neither trusted nor known"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
     "it vouches for itself and is not trusted"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "its root is not a trusted one"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE,
     "a signature in its chain is not that of the CA it names"},
    {X509_V_ERR_CERT_HAS_EXPIRED, "a CA certificate of its chain has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID,
     "a CA certificate of its chain is not valid yet"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, "its chain is too long"},
    {X509_V_ERR_INVALID_CA, "a certificate in its chain is no CA certificate"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED,
     "its CA was given no right to have CAs below it"},
    {X509_V_ERR_PERMITTED_VIOLATION,
     "its CA may not issue for this name (name constraints)"},
    {X509_V_ERR_EXCLUDED_VIOLATION,
     "its CA is forbidden to issue for this name (name constraints)"},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,
     "its CA is limited in a way that is not supported (name constraints)"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "its key is too weak"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "the key of a CA in its chain is too weak"},
    {X509_V_ERR_CA_MD_TOO_WEAK,
     "a signature in its chain is made with a weak digest (SHA-1 or older)"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
     "a CA in its chain has a critical extension that is not known"},
};

static char *
describe(const ChainWish *wish, int code)
{
    const char *text = NULL;
    for (gsize i = 0; text == NULL && i < G_N_ELEMENTS(sentences); i++)
        if (sentences[i].code == code)
            text = sentences[i].text;
    return g_strdup_printf(
        "it does not chain to a CA of trust set %s: %s", wish->name,
        text != NULL ? text : X509_verify_cert_error_string(code));
}

/* The pool first: what the administrator gave outranks what came along. */
static STACK_OF(X509) * gather(const ChainWish *wish)
{
    STACK_OF(X509) *all = sk_X509_dup(wish->pool);
    guint count = wish->hints != NULL ? wish->hints->len : 0;
    for (guint i = 0; all != NULL && i < count && i < CHAIN_MAX_HINTS; i++)
        sk_X509_push(all,
                     certificate_get_x509(g_ptr_array_index(wish->hints, i)));
    return all;
}

/* Authorities that vouch for each other offer more than one way, and the
 * library takes the first issuer it meets, without turning back. Where that
 * led nowhere its last step is taken away; false: there is none. */
static bool
turn_back(X509_STORE_CTX *context, STACK_OF(X509) * untrusted)
{
    int code = X509_STORE_CTX_get_error(context);
    STACK_OF(X509) *tried = X509_STORE_CTX_get0_chain(context);
    int last = sk_X509_num(tried) - 1;
    if (last < 1 || (code != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT &&
                     code != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY &&
                     code != X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN &&
                     code != X509_V_ERR_CERT_CHAIN_TOO_LONG))
        return false;
    bool found = false;
    for (int i = sk_X509_num(untrusted) - 1; i >= 0; i--)
        if (sk_X509_value(untrusted, i) == sk_X509_value(tried, last)) {
            (void)sk_X509_delete(untrusted, i);
            found = true;
        }
    return found;
}

/* One way; *again: there may be another. */
static STACK_OF(X509) *
    verify_once(const ChainWish *wish, const Certificate *leaf,
                STACK_OF(X509) * untrusted, bool *again, char **reason)
{
    *again = false;
    g_autoptr(X509_STORE_CTX) context = X509_STORE_CTX_new();
    if (context == NULL || untrusted == NULL ||
        X509_STORE_CTX_init(context, wish->anchors, certificate_get_x509(leaf),
                            untrusted) != 1) {
        *reason = g_strdup("its chain could not be built");
        return NULL;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_depth(param, MAX_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, wish->level);
    X509_VERIFY_PARAM_set_time(param, (time_t)wish->now_s);
    /* The library's own rule refuses every lawful EC certificate. */
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
    if (X509_verify_cert(context) == 1)
        return X509_STORE_CTX_get1_chain(context);
    *reason = describe(wish, X509_STORE_CTX_get_error(context));
    *again = turn_back(context, untrusted);
    return NULL;
}

/* What was wrong with the first way is the reason. */
static STACK_OF(X509) * verify(const ChainWish *wish, const Certificate *leaf,
                               STACK_OF(X509) * untrusted, char **reason)
{
    bool again = false;
    STACK_OF(X509) *chain = verify_once(wish, leaf, untrusted, &again, reason);
    for (guint ways = 1; chain == NULL && again && ways < MAX_WAYS; ways++) {
        g_autofree char *later = NULL;
        chain = verify_once(wish, leaf, untrusted, &again, &later);
    }
    if (chain != NULL)
        g_clear_pointer(reason, g_free);
    return chain;
}

static char *
name_of(const X509 *x509)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    if (bio == NULL || X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0,
                                          XN_FLAG_RFC2253) < 0)
        return g_strdup("a CA");
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    return size > 0 ? g_strndup(text, (gsize)size) : g_strdup("without name");
}

/* RFC 5280 4.2.1.12 has no rule for chains, but a CA that says what it is for
 * means it. */
static char *
check_cas(STACK_OF(X509) * chain)
{
    for (int i = 1; i < sk_X509_num(chain); i++) {
        X509 *ca = sk_X509_value(chain, i);
        g_autofree char *name = name_of(ca);
        if ((X509_get_extension_flags(ca) & EXFLAG_XKUSAGE) != 0 &&
            (X509_get_extended_key_usage(ca) & (XKU_SMIME | XKU_ANYEKU)) == 0)
            return g_strdup_printf(
                "its CA %s is not for e-mail (extended key usage)", name);
    }
    return NULL;
}

STACK_OF(X509) *
    chain_build(const ChainWish *wish, const Certificate *leaf, char **reason)
{
    STACK_OF(X509) *untrusted = gather(wish);
    STACK_OF(X509) *chain = verify(wish, leaf, untrusted, reason);
    sk_X509_free(untrusted);
    if (chain != NULL) {
        *reason = check_cas(chain);
        if (*reason != NULL) {
            sk_X509_pop_free(chain, X509_free);
            chain = NULL;
        }
    }
    openssl_clear();
    return chain;
}
