/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL: a revocation list, verified once, kept as sorted serial numbers. */
#include "certs/crl.h"

#include "smime/openssl.h"

#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#define MAX_FILE_BYTES   (128 * 1024 * 1024)
#define MAX_SERIAL_BYTES 20 /* RFC 5280 4.1.2.2 */

typedef struct {
    guchar size;
    guchar serial[MAX_SERIAL_BYTES];
    guchar on_hold;
} Entry;

struct Crl {
    GBytes *issuer_der;
    gint64 this_update;
    gint64 next_update;
    GArray *entries; /* Entry, sorted */
};

void
crl_free(Crl *crl)
{
    if (crl == NULL)
        return;
    g_clear_pointer(&crl->issuer_der, g_bytes_unref);
    g_clear_pointer(&crl->entries, g_array_unref);
    g_free(crl);
}

/* --- reading ----------------------------------------------------------- */

static X509_CRL *
parse(const char *bytes, gsize size)
{
    if (size > 0 && (guchar)bytes[0] == 0x30) {
        const guchar *cursor = (const guchar *)bytes;
        return d2i_X509_CRL(NULL, &cursor, (long)size);
    }
    g_autoptr(BIO) bio = BIO_new_mem_buf(bytes, (int)size);
    return PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
}

/* Why a list cannot be used, or NULL: what only covers a part of its issuer's
 * certificates would make silence look like an answer. */
static const char *
find_fault(X509_CRL *x509_crl)
{
    for (int i = 0; i < X509_CRL_get_ext_count(x509_crl); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(x509_crl, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        if (nid == NID_delta_crl)
            return "is a delta list";
        if (X509_EXTENSION_get_critical(extension) &&
            nid != NID_issuing_distribution_point)
            return "has a critical extension that is not known";
    }
    ISSUING_DIST_POINT *scope = X509_CRL_get_ext_d2i(
        x509_crl, NID_issuing_distribution_point, NULL, NULL);
    if (scope == NULL)
        return NULL;
    bool partial = scope->onlyuser > 0 || scope->onlyCA > 0 ||
                   scope->onlyattr > 0 || scope->indirectCRL > 0 ||
                   scope->onlysomereasons != NULL;
    /* Lists for user certificates alone are common: they speak for leaves,
     * and a CA without a list of its own stays unknown. */
    bool users = scope->onlyuser > 0 && scope->onlyCA <= 0 &&
                 scope->onlyattr <= 0 && scope->indirectCRL <= 0 &&
                 scope->onlysomereasons == NULL;
    ISSUING_DIST_POINT_free(scope);
    return partial && !users ? "covers only a part of its issuer's "
                               "certificates"
                             : NULL;
}

static gint64
read_time(const ASN1_TIME *time)
{
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1)
        return 0;
    g_autoptr(GDateTime) date = g_date_time_new_utc(
        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
        parts.tm_min, MIN(parts.tm_sec, 59));
    return date != NULL ? g_date_time_to_unix(date) : 0;
}

static bool
make_entry(const ASN1_INTEGER *serial, Entry *entry)
{
    int size = ASN1_STRING_length(serial);
    if (size < 0 || size > MAX_SERIAL_BYTES)
        return false;
    memset(entry, 0, sizeof *entry);
    entry->size = (guchar)size;
    memcpy(entry->serial, ASN1_STRING_get0_data(serial), (gsize)size);
    return true;
}

static bool
is_on_hold(const X509_REVOKED *revoked)
{
    ASN1_ENUMERATED *reason =
        X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, NULL, NULL);
    bool hold = reason != NULL &&
                ASN1_ENUMERATED_get(reason) == CRL_REASON_CERTIFICATE_HOLD;
    ASN1_ENUMERATED_free(reason);
    return hold;
}

static int
compare(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, offsetof(Entry, on_hold));
}

static void
fill_entries(Crl *crl, X509_CRL *x509_crl)
{
    STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(x509_crl);
    crl->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    for (int i = 0; i < sk_X509_REVOKED_num(list); i++) {
        const X509_REVOKED *revoked = sk_X509_REVOKED_value(list, i);
        Entry entry;
        if (!make_entry(X509_REVOKED_get0_serialNumber(revoked), &entry))
            continue;
        entry.on_hold = is_on_hold(revoked);
        g_array_append_val(crl->entries, entry);
    }
    g_array_sort(crl->entries, compare);
}

/* RFC 5280 6.3.3 (f), (g): the issuer's key, and its right to sign lists. */
static bool
is_made_by(X509_CRL *x509_crl, const Certificate *issuer)
{
    X509 *x509 = certificate_get_x509(issuer);
    if (X509_NAME_cmp(X509_get_subject_name(x509),
                      X509_CRL_get_issuer(x509_crl)) != 0)
        return false;
    if ((X509_get_extension_flags(x509) & EXFLAG_KUSAGE) != 0 &&
        (X509_get_key_usage(x509) & KU_CRL_SIGN) == 0)
        return false;
    bool good = X509_CRL_verify(x509_crl, X509_get0_pubkey(x509)) == 1;
    openssl_clear();
    return good;
}

static bool
is_ours(X509_CRL *x509_crl, const GPtrArray *issuers)
{
    for (guint i = 0; i < issuers->len; i++) {
        const Certificate *issuer = g_ptr_array_index(issuers, i);
        if (X509_NAME_cmp(X509_get_subject_name(certificate_get_x509(issuer)),
                          X509_CRL_get_issuer(x509_crl)) == 0)
            return true;
    }
    return false;
}

static bool
is_genuine(X509_CRL *x509_crl, const GPtrArray *issuers)
{
    for (guint i = 0; i < issuers->len; i++)
        if (is_made_by(x509_crl, g_ptr_array_index(issuers, i)))
            return true;
    return false;
}

static Crl *
view(X509_CRL *x509_crl)
{
    Crl *crl = g_new0(Crl, 1);
    const guchar *name = NULL;
    size_t size = 0;
    X509_NAME_get0_der(X509_CRL_get_issuer(x509_crl), &name, &size);
    crl->issuer_der = g_bytes_new(name, size);
    crl->this_update = read_time(X509_CRL_get0_lastUpdate(x509_crl));
    crl->next_update = read_time(X509_CRL_get0_nextUpdate(x509_crl));
    fill_entries(crl, x509_crl);
    openssl_clear();
    return crl;
}

Crl *
crl_load(const char *path, const GPtrArray *issuers, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &bytes, &size, &cause)) {
        error_set(error, ERROR_CONFIG, "%s", cause->message);
        return NULL;
    }
    if (size > MAX_FILE_BYTES) {
        error_set(error, ERROR_CONFIG, "%s: larger than 128 MiB", path);
        return NULL;
    }
    g_autoptr(X509_CRL) x509_crl = parse(bytes, size);
    openssl_clear();
    if (x509_crl != NULL && !is_ours(x509_crl, issuers))
        return NULL;
    const char *fault =
        x509_crl == NULL ? "is no revocation list" : find_fault(x509_crl);
    if (fault == NULL && !is_genuine(x509_crl, issuers))
        fault = "is signed by no CA of its trust set that may sign lists";
    if (fault != NULL) {
        error_set(error, ERROR_CONFIG, "%s: %s", path, fault);
        return NULL;
    }
    return view(x509_crl);
}

/* --- asking ------------------------------------------------------------ */

bool
crl_covers(const GPtrArray *crls, const Certificate *issuer)
{
    const guchar *name = NULL;
    size_t size = 0;
    X509 *x509 = certificate_get_x509(issuer);
    X509_NAME_get0_der(X509_get_subject_name(x509), &name, &size);
    g_autoptr(GBytes) subject = g_bytes_new(name, size);
    for (guint i = 0; i < crls->len; i++) {
        const Crl *crl = g_ptr_array_index(crls, i);
        if (g_bytes_equal(crl->issuer_der, subject))
            return true;
    }
    return false;
}

static const Crl *
find_newest(const GPtrArray *crls, GBytes *issuer_der, gint64 now_s)
{
    const Crl *newest = NULL;
    for (guint i = 0; i < crls->len; i++) {
        const Crl *crl = g_ptr_array_index(crls, i);
        if (!g_bytes_equal(crl->issuer_der, issuer_der) ||
            crl->this_update > now_s)
            continue;
        if (newest == NULL || crl->this_update > newest->this_update)
            newest = crl;
    }
    return newest;
}

CrlVerdict
crl_check(const GPtrArray *crls, const Certificate *certificate, gint64 now_s,
          gint64 *next_update_s)
{
    const Crl *crl =
        find_newest(crls, certificate_get_issuer_der(certificate), now_s);
    *next_update_s = crl != NULL ? crl->next_update : 0;
    if (crl == NULL)
        return CRL_UNKNOWN;
    Entry wanted;
    guint index = 0;
    X509 *x509 = certificate_get_x509(certificate);
    if (!make_entry(X509_get0_serialNumber(x509), &wanted))
        return CRL_UNKNOWN;
    if (g_array_binary_search(crl->entries, &wanted, compare, &index))
        return g_array_index(crl->entries, Entry, index).on_hold ? CRL_ON_HOLD
                                                                 : CRL_REVOKED;
    return now_s > crl->next_update ? CRL_STALE : CRL_GOOD;
}
