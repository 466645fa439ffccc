/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL: a revocation list, verified once, kept as sorted serial numbers. */
#include "certs/crl.h"

#include "base/clock.h"
#include "base/error.h"
#include "certs/crlscan.h"
#include "smime/openssl.h"

#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#define MAX_FILE_BYTES   (128 * 1024 * 1024)
#define MAX_SERIAL_BYTES 20 /* RFC 5280 4.1.2.2 */
#define MAX_SKEW_S       300
#define DER_SEQUENCE_TAG 0x30

typedef struct {
    guchar size;
    guchar serial[MAX_SERIAL_BYTES];
    guchar on_hold;
} Entry;

struct Crl {
    gint references;
    char *path;
    Certificate *issuer; /* whose key signed it */
    GBytes *number;      /* big-endian; empty: it has none */
    GBytes *points;      /* where it says it is published; empty: nowhere */
    gint64 this_update;
    gint64 next_update;
    bool users_only;
    GArray *entries; /* Entry, sorted */
};

Crl *
crl_ref(Crl *crl)
{
    g_atomic_int_inc(&crl->references);
    return crl;
}

void
crl_unref(Crl *crl)
{
    if (crl == NULL || !g_atomic_int_dec_and_test(&crl->references))
        return;
    g_free(crl->path);
    certificate_unref(crl->issuer);
    g_bytes_unref(crl->number);
    g_bytes_unref(crl->points);
    g_array_unref(crl->entries);
    g_free(crl);
}

/* --- reading ----------------------------------------------------------- */

/* The list's DER: the mapped file itself, or what its PEM text holds. */
static GBytes *
open_der(const char *path, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &cause);
    if (file == NULL) {
        error_set(error, ERROR_CONFIG, "%s", cause->message);
        return NULL;
    }
    gsize size = g_mapped_file_get_length(file);
    const char *bytes = g_mapped_file_get_contents(file);
    if (size > MAX_FILE_BYTES) {
        error_set(error, ERROR_CONFIG, "%s: larger than 128 MiB", path);
        return NULL;
    }
    if (size == 0 || (guchar)bytes[0] == DER_SEQUENCE_TAG)
        return g_mapped_file_get_bytes(file);
    g_autoptr(BIO) bio = BIO_new_mem_buf(bytes, (int)size);
    guchar *der = NULL;
    long length = 0;
    bool good = PEM_bytes_read_bio(&der, &length, NULL, PEM_STRING_X509_CRL,
                                   bio, NULL, NULL) == 1;
    openssl_clear();
    if (!good) {
        error_set(error, ERROR_CONFIG, "%s: is no revocation list", path);
        return NULL;
    }
    GBytes *copy = g_bytes_new(der, (gsize)length);
    OPENSSL_free(der);
    return copy;
}

static bool
make_entry(CrlSlice serial, Entry *entry)
{
    if (serial.size == 0 || serial.size > MAX_SERIAL_BYTES)
        return false;
    memset(entry, 0, sizeof *entry);
    entry->size = (guchar)serial.size;
    memcpy(entry->serial, serial.bytes, serial.size);
    return true;
}

static int
compare(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, offsetof(Entry, on_hold));
}

/* NULL with *fault. A serial too long to be one (RFC 5280 4.1.2.2) is passed
 * over: a certificate with such a one is unknown whatever lists say. */
static GArray *
read_entries(const CrlScan *scan, const char **fault)
{
    guint count = 0;
    CrlScanEntry each;
    DerReader counter = der_open(scan->entries.bytes, scan->entries.size);
    while (crlscan_next(&counter, &each, fault))
        count++;
    if (*fault != NULL)
        return NULL;
    GArray *entries = g_array_sized_new(FALSE, FALSE, sizeof(Entry), count);
    DerReader reader = der_open(scan->entries.bytes, scan->entries.size);
    while (crlscan_next(&reader, &each, fault)) {
        Entry entry;
        if (!make_entry(each.serial, &entry))
            continue;
        entry.on_hold = each.on_hold;
        g_array_append_val(entries, entry);
    }
    g_array_sort(entries, compare);
    return entries;
}

/* --- accepting --------------------------------------------------------- */

static bool
has_name(const Certificate *issuer, const X509_NAME *name)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate_get_x509(issuer)),
                         name) == 0;
}

/* RFC 5280 6.3.3 (f), (g): the issuer's key, and its right to sign lists. */
static bool
may_have_made(const CrlScan *scan, const Certificate *issuer)
{
    X509 *x509 = certificate_get_x509(issuer);
    if ((X509_get_extension_flags(x509) & EXFLAG_KUSAGE) != 0 &&
        (X509_get_key_usage(x509) & KU_CRL_SIGN) == 0)
        return false;
    GBytes *key_id = certificate_get_key_id(issuer);
    if (scan->key_id.size == 0 || key_id == NULL)
        return true;
    return scan->key_id.size == g_bytes_get_size(key_id) &&
           memcmp(scan->key_id.bytes, g_bytes_get_data(key_id, NULL),
                  scan->key_id.size) == 0;
}

/* The one that signed it; *ours: one of issuers has the name. */
static Certificate *
find_maker(const CrlScan *scan, const GPtrArray *issuers, bool *ours)
{
    const guchar *cursor = scan->issuer.bytes;
    X509_NAME *name = d2i_X509_NAME(NULL, &cursor, (long)scan->issuer.size);
    Certificate *maker = NULL;
    *ours = false;
    for (guint i = 0; name != NULL && i < issuers->len && maker == NULL; i++) {
        Certificate *issuer = g_ptr_array_index(issuers, i);
        if (!has_name(issuer, name))
            continue;
        *ours = true;
        if (may_have_made(scan, issuer) && crlscan_verify(scan, issuer))
            maker = issuer;
    }
    X509_NAME_free(name);
    openssl_clear();
    return maker;
}

static GBytes *
copy_slice(CrlSlice slice)
{
    return g_bytes_new(slice.bytes, slice.size);
}

static Crl *
view(const char *path, const CrlScan *scan, Certificate *maker, GArray *entries)
{
    Crl *crl = g_new0(Crl, 1);
    crl->references = 1;
    crl->path = g_strdup(path);
    crl->issuer = certificate_ref(maker);
    crl->number = copy_slice(scan->number);
    crl->points = copy_slice(scan->points);
    crl->this_update = scan->this_update_s;
    crl->next_update = scan->next_update_s;
    crl->users_only = scan->users_only;
    crl->entries = entries;
    return crl;
}

Crl *
crl_load(const char *path, const GPtrArray *issuers, GError **error)
{
    g_autoptr(GBytes) der = open_der(path, error);
    if (der == NULL)
        return NULL;
    gsize size = 0;
    const guchar *bytes = g_bytes_get_data(der, &size);
    CrlScan scan;
    const char *fault = NULL;
    bool ours = false;
    Certificate *maker = NULL;
    GArray *entries = NULL;
    bool read = crlscan_open(bytes, size, &scan, &fault);
    if (scan.issuer.size > 0)
        maker = find_maker(&scan, issuers, &ours);
    if (scan.issuer.size > 0 && !ours)
        return NULL;
    if (read && maker == NULL)
        fault = "is signed by no CA of its trust set that may sign lists";
    else if (read && scan.this_update_s > clock_now() + MAX_SKEW_S)
        fault = "is from the future: is the clock right?";
    else if (read)
        entries = read_entries(&scan, &fault);
    if (entries != NULL)
        return view(path, &scan, maker, entries);
    error_set(error, ERROR_CONFIG, "%s: %s", path, fault);
    return NULL;
}

/* --- asking ------------------------------------------------------------ */

static bool
is_of(const Crl *crl, const Certificate *issuer)
{
    X509 *maker = certificate_get_x509(crl->issuer);
    X509 *asked = certificate_get_x509(issuer);
    const ASN1_BIT_STRING *left = X509_get0_pubkey_bitstr(maker);
    const ASN1_BIT_STRING *right = X509_get0_pubkey_bitstr(asked);
    return maker == asked ||
           (X509_NAME_cmp(X509_get_subject_name(maker),
                          X509_get_subject_name(asked)) == 0 &&
            ASN1_STRING_cmp(left, right) == 0);
}

/* Bytes compare as numbers: leading zeros are gone. */
static int
compare_numbers(const Crl *a, const Crl *b)
{
    gsize left = g_bytes_get_size(a->number);
    gsize right = g_bytes_get_size(b->number);
    if (left != right)
        return left < right ? -1 : 1;
    return g_bytes_compare(a->number, b->number);
}

bool
crl_is_same(const Crl *crl, const Crl *other)
{
    return is_of(crl, other->issuer) && crl->users_only == other->users_only &&
           g_bytes_equal(crl->points, other->points);
}

bool
crl_is_behind(const Crl *crl, const Crl *other)
{
    return crl_is_same(crl, other) && compare_numbers(crl, other) < 0;
}

bool
crl_covers(const GPtrArray *crls, const Certificate *issuer)
{
    for (guint i = 0; i < crls->len; i++)
        if (is_of(g_ptr_array_index(crls, i), issuer))
            return true;
    return false;
}

/* Whether names (GeneralNames content) holds the very element. */
static bool
holds_name(DerReader names, const DerElement *wanted)
{
    DerElement each;
    while (der_read(&names, &each))
        if (each.whole_size == wanted->whole_size &&
            memcmp(each.whole, wanted->whole, wanted->whole_size) == 0)
            return true;
    return false;
}

/* One of the list's own names among the certificate's distribution points. */
static bool
shares_point(const Crl *crl, DerReader points)
{
    DerElement point;
    DerElement field;
    DerElement full;
    DerElement name;
    gsize size = 0;
    const guchar *own = g_bytes_get_data(crl->points, &size);
    while (der_read_tag(&points, DER_SEQUENCE, &point)) {
        DerReader inside = der_enter(&point);
        if (!der_read_tag(&inside, DER_CONTEXT_0, &field))
            continue;
        DerReader fields = der_enter(&field);
        if (!der_read_tag(&fields, DER_CONTEXT_0, &full))
            continue;
        DerReader names = der_open(own, size);
        while (der_read(&names, &name))
            if (holds_name(der_enter(&full), &name))
                return true;
    }
    return false;
}

/* RFC 5280 6.3.3 (b) (2): a list for one part of a CA's certificates is silent
 * about the others. */
static bool
applies(const Crl *crl, const Certificate *certificate)
{
    X509 *x509 = certificate_get_x509(certificate);
    if (crl->users_only && X509_check_ca(x509) != 0)
        return false;
    if (g_bytes_get_size(crl->points) == 0)
        return true;
    int index = X509_get_ext_by_NID(x509, NID_crl_distribution_points, -1);
    X509_EXTENSION *extension = index >= 0 ? X509_get_ext(x509, index) : NULL;
    if (extension == NULL)
        return false;
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    DerElement whole;
    DerReader reader = der_open(ASN1_STRING_get0_data(value),
                                (gsize)ASN1_STRING_length(value));
    return der_read_tag(&reader, DER_SEQUENCE, &whole) &&
           shares_point(crl, der_enter(&whole));
}

static const Crl *
find_newest(const GPtrArray *crls, const Certificate *certificate,
            const Certificate *issuer, gint64 now_s)
{
    const Crl *newest = NULL;
    for (guint i = 0; i < crls->len; i++) {
        const Crl *crl = g_ptr_array_index(crls, i);
        if (crl->this_update > now_s + MAX_SKEW_S || !is_of(crl, issuer) ||
            !applies(crl, certificate))
            continue;
        if (newest == NULL || crl->this_update > newest->this_update)
            newest = crl;
    }
    return newest;
}

CrlVerdict
crl_check(const GPtrArray *crls, const Certificate *certificate,
          const Certificate *issuer, gint64 now_s, const Crl **judge)
{
    const Crl *crl = find_newest(crls, certificate, issuer, now_s);
    *judge = crl;
    Entry wanted;
    guint index = 0;
    GBytes *serial = certificate_get_serial_der(certificate);
    gsize size = 0;
    const guchar *bytes = g_bytes_get_data(serial, &size);
    if (crl == NULL || !make_entry(crlscan_trim(bytes, size), &wanted))
        return CRL_UNKNOWN;
    if (g_array_binary_search(crl->entries, &wanted, compare, &index))
        return g_array_index(crl->entries, Entry, index).on_hold ? CRL_ON_HOLD
                                                                 : CRL_REVOKED;
    return now_s >= crl->next_update ? CRL_STALE : CRL_GOOD;
}

/* --- telling ----------------------------------------------------------- */

gint64
crl_get_next_update(const Crl *crl)
{
    return crl->next_update;
}

static char *
format_time(gint64 time_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_s);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M")
                        : g_strdup("?");
}

char *
crl_describe(const Crl *crl)
{
    g_autoptr(GString) number = g_string_new(NULL);
    gsize size = 0;
    const guchar *bytes = g_bytes_get_data(crl->number, &size);
    for (gsize i = 0; i < size; i++)
        g_string_append_printf(number, i == 0 ? " 0x%x" : "%02x", bytes[i]);
    g_autofree char *from = format_time(crl->this_update);
    g_autofree char *until = format_time(crl->next_update);
    return g_strdup_printf("list%s of %s, made %s, until %s (UTC), from %s",
                           number->str, certificate_get_subject(crl->issuer),
                           from, until, crl->path);
}
