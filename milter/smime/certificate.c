/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificate: read-only view of an X.509 certificate, made once. */
#include "smime/certificate.h"

#include "smime/der.h"
#include "smime/openssl.h"
#include "smime/san.h"
#include "smime/spki.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define MAX_FILE_BYTES   (4 * 1024 * 1024)
#define MAX_FILE_MEMBERS 1000

struct Certificate {
    gint references;
    X509 *x509;
    GBytes *der;
    char *subject;
    char *issuer;
    char *serial;
    char *sha256;
    GBytes *issuer_der;
    GBytes *serial_der;
    GBytes *key_id;
    KeyFamily family;
    unsigned key_bits;
    char *key_name;
    gint64 not_before;
    gint64 not_after;
    char **addresses;
    char **subject_addresses;
};

static void
fill_key(Certificate *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    certificate->family = KEY_OTHER;
    if (key == NULL) {
        certificate->key_name = g_strdup("unreadable key");
        openssl_clear();
        return;
    }
    certificate->key_bits = (unsigned)EVP_PKEY_get_bits(key);
    char group[64] = "";
    if (EVP_PKEY_is_a(key, "RSA")) {
        certificate->family = KEY_RSA;
        certificate->key_name =
            g_strdup_printf("RSA %u", certificate->key_bits);
    } else if (EVP_PKEY_is_a(key, "EC") &&
               EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1) {
        certificate->family = KEY_EC;
        certificate->key_name = g_strdup_printf("EC %s", group);
    } else {
        const char *type = EVP_PKEY_get0_type_name(key);
        certificate->key_name = g_strdup(type != NULL ? type : "other");
    }
}

/* --- names ------------------------------------------------------------- */

/* RFC 4514, with the raw bytes of UTF-8 text. */
static char *
format_name(const X509_NAME *name)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    unsigned long flags =
        XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    if (bio == NULL || X509_NAME_print_ex(bio, name, 0, flags) < 0) {
        openssl_clear();
        return g_strdup("unreadable name");
    }
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    g_autofree char *copy = g_strndup(size > 0 ? text : "", (gsize)size);
    return g_utf8_make_valid(copy, -1);
}

static GBytes *
encode_name(const X509_NAME *name)
{
    const guchar *bytes = NULL;
    size_t size = 0;
    if (X509_NAME_get0_der(name, &bytes, &size) != 1)
        return g_bytes_new(NULL, 0);
    return g_bytes_new(bytes, size);
}

static char *
to_hex(const guchar *bytes, gsize size)
{
    GString *hex = g_string_sized_new(size * 2);
    for (gsize i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    return g_string_free(hex, FALSE);
}

/* The INTEGER's content octets, which RecipientInfos repeat. */
static void
fill_serial(Certificate *certificate)
{
    guchar *der = NULL;
    int size =
        i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate->x509), &der);
    DerReader reader = der_open(der, size > 0 ? (gsize)size : 0);
    DerElement integer = {0};
    if (der_read_tag(&reader, DER_INTEGER, &integer)) {
        certificate->serial = to_hex(integer.content, integer.size);
        certificate->serial_der = g_bytes_new(integer.content, integer.size);
    } else {
        certificate->serial = g_strdup("");
        certificate->serial_der = g_bytes_new(NULL, 0);
    }
    OPENSSL_free(der);
}

static void
fill_names(Certificate *certificate)
{
    X509 *x509 = certificate->x509;
    certificate->subject = format_name(X509_get_subject_name(x509));
    certificate->issuer = format_name(X509_get_issuer_name(x509));
    certificate->issuer_der = encode_name(X509_get_issuer_name(x509));
    fill_serial(certificate);
    const ASN1_OCTET_STRING *key_id = X509_get0_subject_key_id(x509);
    if (key_id != NULL)
        certificate->key_id = g_bytes_new(ASN1_STRING_get0_data(key_id),
                                          (gsize)ASN1_STRING_length(key_id));
    certificate->sha256 =
        g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, certificate->der);
}

/* --- dates ------------------------------------------------------------- */

/* A date that cannot be read makes the certificate never valid. */
static gint64
read_time(const ASN1_TIME *time, gint64 otherwise)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        openssl_clear();
        return otherwise;
    }
    g_autoptr(GDateTime) date = g_date_time_new_utc(
        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
        parts.tm_min, MIN(parts.tm_sec, 59));
    return date != NULL ? g_date_time_to_unix(date) : otherwise;
}

/* --- making ------------------------------------------------------------ */

static Certificate *
view(X509 *x509, const guchar *der, gsize size)
{
    Certificate *certificate = g_new0(Certificate, 1);
    certificate->references = 1;
    certificate->x509 = x509;
    certificate->der = g_bytes_new(der, size);
    /* Fills the extension cache now, so that threads may share the object. */
    X509_check_purpose(x509, -1, 0);
    fill_key(certificate);
    fill_names(certificate);
    certificate->addresses = san_make_addresses(x509);
    certificate->subject_addresses = san_make_subject_addresses(x509);
    certificate->not_before = read_time(X509_get0_notBefore(x509), G_MAXINT64);
    certificate->not_after = read_time(X509_get0_notAfter(x509), 0);
    openssl_clear();
    return certificate;
}

Certificate *
certificate_parse(const void *der, gsize size_bytes, GError **error)
{
    if (size_bytes > CERTIFICATE_MAX_BYTES) {
        error_set(error, ERROR_MALFORMED, "larger than %d bytes",
                  CERTIFICATE_MAX_BYTES);
        return NULL;
    }
    const char *bad = spki_check(der, size_bytes);
    if (bad != NULL) {
        error_set(error, ERROR_MALFORMED, "%s", bad);
        return NULL;
    }
    const guchar *cursor = der;
    X509 *x509 = d2i_X509(NULL, &cursor, (long)size_bytes);
    if (x509 == NULL) {
        openssl_fail(error, ERROR_MALFORMED, "not a certificate");
        return NULL;
    }
    if (cursor != (const guchar *)der + size_bytes) {
        X509_free(x509);
        error_set(error, ERROR_MALFORMED, "bytes after the certificate");
        return NULL;
    }
    return view(x509, der, size_bytes);
}

Certificate *
certificate_ref(Certificate *certificate)
{
    g_atomic_int_inc(&certificate->references);
    return certificate;
}

void
certificate_unref(Certificate *certificate)
{
    if (certificate == NULL ||
        !g_atomic_int_dec_and_test(&certificate->references))
        return;
    X509_free(certificate->x509);
    g_bytes_unref(certificate->der);
    g_bytes_unref(certificate->issuer_der);
    g_bytes_unref(certificate->serial_der);
    if (certificate->key_id != NULL)
        g_bytes_unref(certificate->key_id);
    g_free(certificate->subject);
    g_free(certificate->issuer);
    g_free(certificate->serial);
    g_free(certificate->sha256);
    g_free(certificate->key_name);
    g_strfreev(certificate->addresses);
    g_strfreev(certificate->subject_addresses);
    g_free(certificate);
}

/* --- files ------------------------------------------------------------- */

static void
drop(gpointer certificate)
{
    certificate_unref(certificate);
}

static bool
add_one(GPtrArray *list, const guchar *der, gsize size, const char *path,
        GError **error)
{
    g_autoptr(GError) cause = NULL;
    Certificate *made = certificate_parse(der, size, &cause);
    if (made == NULL) {
        error_set(error, ERROR_CONFIG, "%s: %s", path, cause->message);
        return false;
    }
    g_ptr_array_add(list, made);
    return true;
}

static bool
fail_count(const char *path, GError **error)
{
    error_set(error, ERROR_CONFIG, "%s: more than %d certificates", path,
              MAX_FILE_MEMBERS);
    return false;
}

/* Why PEM_read_bio stopped: at the end of the text, or at a block that is
 * damaged, after which everything would be passed over in silence. */
static bool
check_end(const char *path, GError **error)
{
    unsigned long code = ERR_peek_last_error();
    bool clean = code == 0 || (ERR_GET_LIB(code) == ERR_LIB_PEM &&
                               ERR_GET_REASON(code) == PEM_R_NO_START_LINE);
    openssl_clear();
    if (!clean)
        error_set(error, ERROR_CONFIG, "%s: a PEM block in it is damaged",
                  path);
    return clean;
}

GPtrArray *
certificate_parse_pem(const char *text, gsize size_bytes, const char *path,
                      GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(drop);
    g_autoptr(BIO) bio = BIO_new_mem_buf(text, (int)size_bytes);
    char *name = NULL;
    char *header = NULL;
    guchar *data = NULL;
    long length = 0;
    bool good = true;
    if (bio == NULL) {
        openssl_fail(error, ERROR_CONFIG, path);
        return NULL;
    }
    openssl_clear();
    while (good && PEM_read_bio(bio, &name, &header, &data, &length) == 1) {
        if (list->len == MAX_FILE_MEMBERS)
            good = fail_count(path, error);
        else if (strcmp(name, PEM_STRING_X509) == 0 ||
                 strcmp(name, PEM_STRING_X509_OLD) == 0)
            good = add_one(list, data, (gsize)length, path, error);
        OPENSSL_clear_free(data, (size_t)length);
        OPENSSL_free(name);
        OPENSSL_free(header);
    }
    return good && check_end(path, error) ? g_steal_pointer(&list) : NULL;
}

GPtrArray *
certificate_load_file(const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &bytes, &size, &cause)) {
        error_set(error, ERROR_CONFIG, "%s", cause->message);
        return NULL;
    }
    if (size > MAX_FILE_BYTES) {
        error_set(error, ERROR_CONFIG, "%s: larger than 4 MiB", path);
        return NULL;
    }
    g_autoptr(GPtrArray) list = NULL;
    if (size > 0 && (guchar)bytes[0] == DER_SEQUENCE) {
        list = g_ptr_array_new_with_free_func(drop);
        if (!add_one(list, (const guchar *)bytes, size, path, error))
            return NULL;
    } else {
        list = certificate_parse_pem(bytes, size, path, error);
    }
    if (list != NULL && list->len == 0) {
        error_set(error, ERROR_CONFIG, "%s: holds no certificate", path);
        return NULL;
    }
    return g_steal_pointer(&list);
}

/* --- what it may be used for ------------------------------------------- */

/* What holds for every use; NULL when nothing is against it. */
static const char *
check_any_use(const Certificate *certificate)
{
    guint32 flags = X509_get_extension_flags(certificate->x509);
    if ((flags & EXFLAG_INVALID) != 0)
        return "its extensions cannot be read";
    if ((flags & EXFLAG_CRITICAL) != 0)
        return "it has a critical extension that is not known";
    if ((flags & EXFLAG_CA) != 0)
        return "it is a CA certificate";
    if ((flags & EXFLAG_XKUSAGE) != 0 &&
        (X509_get_extended_key_usage(certificate->x509) &
         (XKU_SMIME | XKU_ANYEKU)) == 0)
        return "its extended key usage is not for e-mail";
    if (certificate->family == KEY_OTHER)
        return "its type of key is not supported";
    return NULL;
}

/* X509_get_key_usage answers all bits when there is no such extension. */
const char *
certificate_check_encrypt(const Certificate *certificate)
{
    const char *reason = check_any_use(certificate);
    guint32 usage = X509_get_key_usage(certificate->x509);
    bool limited =
        (X509_get_extension_flags(certificate->x509) & EXFLAG_KUSAGE) != 0;
    if (reason != NULL || !limited)
        return reason;
    if (certificate->family == KEY_RSA)
        return (usage & KU_KEY_ENCIPHERMENT) != 0
                   ? NULL
                   : "it may only sign: its key usage does not allow "
                     "encryption";
    /* RFC 8813: EC certificates have keyAgreement, never keyEncipherment. */
    if ((usage & KU_KEY_AGREEMENT) == 0)
        return "its key usage does not allow key agreement";
    /* RFC 5280 4.2.1.3: who decrypts may not do so with this key. The other
     * one, decipherOnly, forbids us nothing: he alone agrees on the key. */
    if ((usage & KU_ENCIPHER_ONLY) != 0)
        return "its key usage does not allow decryption";
    return NULL;
}

const char *
certificate_check_sign(const Certificate *certificate)
{
    const char *reason = check_any_use(certificate);
    guint32 usage = X509_get_key_usage(certificate->x509);
    bool limited =
        (X509_get_extension_flags(certificate->x509) & EXFLAG_KUSAGE) != 0;
    if (reason != NULL || !limited)
        return reason;
    return (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0
               ? NULL
               : "its key usage does not allow signatures";
}

/* --- looking ----------------------------------------------------------- */

const char *
certificate_get_subject(const Certificate *certificate)
{
    return certificate->subject;
}

const char *
certificate_get_issuer(const Certificate *certificate)
{
    return certificate->issuer;
}

const char *
certificate_get_serial(const Certificate *certificate)
{
    return certificate->serial;
}

const char *
certificate_get_sha256(const Certificate *certificate)
{
    return certificate->sha256;
}

GBytes *
certificate_get_der(const Certificate *certificate)
{
    return certificate->der;
}

GBytes *
certificate_get_issuer_der(const Certificate *certificate)
{
    return certificate->issuer_der;
}

GBytes *
certificate_get_serial_der(const Certificate *certificate)
{
    return certificate->serial_der;
}

GBytes *
certificate_get_key_id(const Certificate *certificate)
{
    return certificate->key_id;
}

KeyFamily
certificate_get_key_family(const Certificate *certificate)
{
    return certificate->family;
}

unsigned
certificate_get_key_bits(const Certificate *certificate)
{
    return certificate->key_bits;
}

const char *
certificate_get_key_name(const Certificate *certificate)
{
    return certificate->key_name;
}

gint64
certificate_get_not_before(const Certificate *certificate)
{
    return certificate->not_before;
}

gint64
certificate_get_not_after(const Certificate *certificate)
{
    return certificate->not_after;
}

char *const *
certificate_get_addresses(const Certificate *certificate)
{
    return certificate->addresses;
}

char *const *
certificate_get_subject_addresses(const Certificate *certificate)
{
    return certificate->subject_addresses;
}

bool
certificate_is_same_key(const Certificate *a, const Certificate *b)
{
    EVP_PKEY *left = X509_get0_pubkey(a->x509);
    EVP_PKEY *right = X509_get0_pubkey(b->x509);
    bool same = left != NULL && right != NULL && EVP_PKEY_eq(left, right) == 1;
    openssl_clear();
    return same;
}

struct x509_st *
certificate_get_x509(const Certificate *certificate)
{
    return certificate->x509;
}
