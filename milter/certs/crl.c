/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL: a revocation list, verified once, kept as sorted serial numbers. */
#include "certs/crl.h"

#include "base/clock.h"
#include "base/error.h"
#include "certs/crlscan.h"
#include "smime/openssl.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_BYTES   (128 * 1024 * 1024)
#define MAX_SKEW_S       300
#define DER_SEQUENCE_TAG 0x30
#define NS               G_GINT64_CONSTANT(1000000000)

struct Crl {
    gint references;
    CrlParts parts; /* path, issuer, number, points are its own */
    GDestroyNotify release;
    gpointer owner; /* of the entries */
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
    crl->release(crl->owner);
    g_free((gpointer)(guintptr)crl->parts.path);
    g_free((gpointer)(guintptr)crl->parts.number.bytes);
    g_free((gpointer)(guintptr)crl->parts.points.bytes);
    certificate_unref(crl->parts.issuer);
    g_free(crl);
}

static CrlSlice
copy_slice(CrlSlice slice)
{
    return (CrlSlice){.bytes = g_memdup2(slice.bytes, slice.size),
                      .size = slice.size};
}

Crl *
crl_new(const CrlParts *parts, GDestroyNotify release, gpointer owner)
{
    Crl *crl = g_new0(Crl, 1);
    crl->references = 1;
    crl->parts = *parts;
    crl->parts.path = g_strdup(parts->path);
    crl->parts.issuer = certificate_ref(parts->issuer);
    crl->parts.number = copy_slice(parts->number);
    crl->parts.points = copy_slice(parts->points);
    crl->release = release;
    crl->owner = owner;
    return crl;
}

const CrlParts *
crl_get_parts(const Crl *crl)
{
    return &crl->parts;
}

/* --- files ------------------------------------------------------------- */

CrlFile
crl_view_status(const struct stat *status)
{
    return (CrlFile){
        .device = status->st_dev,
        .inode = status->st_ino,
        .size = (guint64)status->st_size,
        .modified = status->st_mtim.tv_sec * NS + status->st_mtim.tv_nsec,
        .changed = status->st_ctim.tv_sec * NS + status->st_ctim.tv_nsec,
    };
}

bool
crl_stat(const char *path, CrlFile *file)
{
    struct stat status;
    *file = (CrlFile){0};
    if (stat(path, &status) != 0)
        return false;
    *file = crl_view_status(&status);
    return true;
}

bool
crl_is_file(const CrlFile *a, const CrlFile *b)
{
    return a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->modified == b->modified &&
           a->changed == b->changed;
}

/* --- reading ----------------------------------------------------------- */

/* NULL with *error. */
static GMappedFile *
map_file(const char *path, CrlFile *identity, GError **error)
{
    struct stat status;
    g_autoptr(GError) cause = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        error_set(error, ERROR_CONFIG, "%s cannot be read: %s", path,
                  fd < 0 ? g_strerror(errno) : "it is no file");
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    *identity = crl_view_status(&status);
    GMappedFile *file = g_mapped_file_new_from_fd(fd, FALSE, &cause);
    close(fd);
    if (file == NULL)
        error_set(error, ERROR_CONFIG, "%s: %s", path, cause->message);
    return file;
}

/* The list's DER: the mapped file itself, or what its PEM text holds. */
static GBytes *
open_der(const char *path, CrlFile *identity, GError **error)
{
    g_autoptr(GMappedFile) file = map_file(path, identity, error);
    if (file == NULL)
        return NULL;
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

/* --- accepting --------------------------------------------------------- */

static bool
has_name(const Certificate *issuer, const X509_NAME *name)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate_get_x509(issuer)),
                         name) == 0;
}

/* RFC 5280 6.3.3 (f), (g): the issuer's key, and its right to sign lists. */
bool
crl_may_make(const Certificate *issuer, CrlSlice key_id)
{
    X509 *x509 = certificate_get_x509(issuer);
    if ((X509_get_extension_flags(x509) & EXFLAG_KUSAGE) != 0 &&
        (X509_get_key_usage(x509) & KU_CRL_SIGN) == 0)
        return false;
    GBytes *own = certificate_get_key_id(issuer);
    if (key_id.size == 0 || own == NULL)
        return true;
    return key_id.size == g_bytes_get_size(own) &&
           memcmp(key_id.bytes, g_bytes_get_data(own, NULL), key_id.size) == 0;
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
        if (crl_may_make(issuer, scan->key_id) && crlscan_verify(scan, issuer))
            maker = issuer;
    }
    X509_NAME_free(name);
    openssl_clear();
    return maker;
}

Crl *
crl_load(const char *path, const GPtrArray *issuers, GError **error)
{
    CrlFile file;
    g_autoptr(GBytes) der = open_der(path, &file, error);
    if (der == NULL)
        return NULL;
    gsize size = 0;
    gsize count = 0;
    const guchar *bytes = g_bytes_get_data(der, &size);
    CrlScan scan;
    const char *fault = NULL;
    bool ours = false;
    Certificate *maker = NULL;
    CrlEntry *entries = NULL;
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
        entries = crlentries_read(&scan, &count, &fault);
    if (entries != NULL) {
        const CrlParts parts = {
            .path = path,
            .file = file,
            .issuer = maker,
            .number = scan.number,
            .points = scan.points,
            .this_update_s = scan.this_update_s,
            .next_update_s = scan.next_update_s,
            .users_only = scan.users_only,
            .entries = entries,
            .count = count,
        };
        return crl_new(&parts, g_free, entries);
    }
    error_set(error, ERROR_CONFIG, "%s: %s", path, fault);
    return NULL;
}

/* --- asking ------------------------------------------------------------ */

static bool
is_of(const Crl *crl, const Certificate *issuer)
{
    X509 *maker = certificate_get_x509(crl->parts.issuer);
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
    CrlSlice left = a->parts.number;
    CrlSlice right = b->parts.number;
    if (left.size != right.size)
        return left.size < right.size ? -1 : 1;
    return left.size == 0 ? 0 : memcmp(left.bytes, right.bytes, left.size);
}

bool
crl_is_same(const Crl *crl, const Crl *other)
{
    CrlSlice left = crl->parts.points;
    CrlSlice right = other->parts.points;
    return is_of(crl, other->parts.issuer) &&
           crl->parts.users_only == other->parts.users_only &&
           left.size == right.size &&
           (left.size == 0 || memcmp(left.bytes, right.bytes, left.size) == 0);
}

bool
crl_is_behind(const Crl *crl, const Crl *other)
{
    return crl_is_same(crl, other) && compare_numbers(crl, other) < 0;
}

bool
crl_is_older(const Crl *crl, const Crl *other)
{
    if (!crl_is_same(crl, other))
        return false;
    int order = compare_numbers(crl, other);
    return order < 0 || (order == 0 &&
                         crl->parts.this_update_s < other->parts.this_update_s);
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
    CrlSlice own = crl->parts.points;
    while (der_read_tag(&points, DER_SEQUENCE, &point)) {
        DerReader inside = der_enter(&point);
        if (!der_read_tag(&inside, DER_CONTEXT_0, &field))
            continue;
        DerReader fields = der_enter(&field);
        if (!der_read_tag(&fields, DER_CONTEXT_0, &full))
            continue;
        DerReader names = der_open(own.bytes, own.size);
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
    if (crl->parts.users_only && X509_check_ca(x509) != 0)
        return false;
    if (crl->parts.points.size == 0)
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
        if (crl->parts.this_update_s > now_s + MAX_SKEW_S ||
            !is_of(crl, issuer) || !applies(crl, certificate))
            continue;
        if (newest == NULL ||
            crl->parts.this_update_s > newest->parts.this_update_s)
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
    CrlEntry wanted;
    GBytes *serial = certificate_get_serial_der(certificate);
    gsize size = 0;
    const guchar *bytes = g_bytes_get_data(serial, &size);
    if (crl == NULL || !crlentries_make(crlscan_trim(bytes, size), &wanted))
        return CRL_UNKNOWN;
    const CrlEntry *entry =
        crlentries_find(crl->parts.entries, crl->parts.count, &wanted);
    if (entry != NULL)
        return entry->on_hold != 0 ? CRL_ON_HOLD : CRL_REVOKED;
    return now_s >= crl->parts.next_update_s ? CRL_STALE : CRL_GOOD;
}

/* --- telling ----------------------------------------------------------- */

gint64
crl_get_next_update(const Crl *crl)
{
    return crl->parts.next_update_s;
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
    CrlSlice own = crl->parts.number;
    for (gsize i = 0; i < own.size; i++)
        g_string_append_printf(number, i == 0 ? " 0x%x" : "%02x", own.bytes[i]);
    g_autofree char *from = format_time(crl->parts.this_update_s);
    g_autofree char *until = format_time(crl->parts.next_update_s);
    return g_strdup_printf("list%s of %s, made %s, until %s (UTC), from %s",
                           number->str,
                           certificate_get_subject(crl->parts.issuer), from,
                           until, crl->parts.path);
}
