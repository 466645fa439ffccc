/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL scan: a revocation list looked at where it lies. */
#include "certs/crlscan.h"

#include "smime/openssl.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#define DER_BOOLEAN          0x01
#define DER_ENUMERATED       0x0A
#define DER_UTC_TIME         0x17
#define DER_GENERALIZED_TIME 0x18
#define MIN_HASH_BYTES       28 /* SHA-224: 112 bits */

static CrlSlice
slice(const guchar *bytes, gsize size)
{
    return (CrlSlice){.bytes = bytes, .size = size};
}

CrlSlice
crlscan_trim(const guchar *bytes, gsize size_bytes)
{
    while (size_bytes > 1 && *bytes == 0) {
        bytes++;
        size_bytes--;
    }
    return slice(bytes, size_bytes);
}

/* --- small parts ------------------------------------------------------- */

/* Two digits, or -1. */
static int
read_pair(const guchar *digits)
{
    if (!g_ascii_isdigit(digits[0]) || !g_ascii_isdigit(digits[1]))
        return -1;
    return (digits[0] - '0') * 10 + digits[1] - '0';
}

/* RFC 5280 5.1.2.4: always with seconds, always Z. */
static bool
read_time(const DerElement *element, gint64 *time_s)
{
    const guchar *text = element->content;
    bool shorter = element->tag == DER_UTC_TIME && element->size == 13;
    bool longer = element->tag == DER_GENERALIZED_TIME && element->size == 15;
    if ((!shorter && !longer) || text[element->size - 1] != 'Z')
        return false;
    int century = longer ? read_pair(text) : 0;
    text += longer ? 2 : 0;
    int part[6];
    for (int i = 0; i < 6; i++) {
        part[i] = read_pair(text + 2 * i);
        if (part[i] < 0)
            return false;
    }
    if (shorter)
        century = part[0] < 50 ? 20 : 19;
    g_autoptr(GDateTime) date =
        century < 0 ? NULL
                    : g_date_time_new_utc(century * 100 + part[0], part[1],
                                          part[2], part[3], part[4], part[5]);
    if (date != NULL)
        *time_s = g_date_time_to_unix(date);
    return date != NULL;
}

/* The last octet of an OID 2.5.29.x, or 0. */
static guchar
read_arc(const DerElement *oid)
{
    bool ours =
        oid->size == 3 && oid->content[0] == 0x55 && oid->content[1] == 0x1D;
    return ours ? oid->content[2] : 0;
}

typedef struct {
    guchar arc; /* of 2.5.29, 0: another */
    bool critical;
    DerElement value; /* the octets' content */
} Extension;

static bool
read_extension(DerReader *reader, Extension *extension)
{
    DerElement whole;
    DerElement each;
    if (!der_read_tag(reader, DER_SEQUENCE, &whole))
        return false;
    DerReader inside = der_enter(&whole);
    if (!der_read_tag(&inside, DER_OID, &each))
        return false;
    extension->arc = read_arc(&each);
    extension->critical = false;
    if (!der_read(&inside, &each))
        return false;
    if (each.tag == DER_BOOLEAN) {
        /* Anything but a clear "no" is critical. */
        extension->critical = each.size != 1 || each.content[0] != 0;
        if (!der_read(&inside, &each))
            return false;
    }
    extension->value = each;
    return each.tag == DER_OCTETS && der_at_end(&inside);
}

/* --- extensions of the list -------------------------------------------- */

static bool
read_key_id(const DerElement *value, CrlScan *scan)
{
    DerElement whole;
    DerElement each;
    DerReader reader = der_enter(value);
    if (!der_read_tag(&reader, DER_SEQUENCE, &whole))
        return false;
    DerReader inside = der_enter(&whole);
    if (!der_at_end(&inside) && der_read(&inside, &each) && each.tag == 0x80)
        scan->key_id = slice(each.content, each.size);
    return true;
}

static bool
read_number(const DerElement *value, CrlScan *scan)
{
    DerElement number;
    DerReader reader = der_enter(value);
    if (!der_read_tag(&reader, DER_INTEGER, &number) || number.size == 0)
        return false;
    scan->number = crlscan_trim(number.content, number.size);
    return scan->number.size <= 20;
}

static bool
read_points(const DerElement *point, CrlScan *scan)
{
    DerElement name;
    DerReader reader = der_enter(point);
    /* A name relative to the issuer is not understood. */
    if (!der_read_tag(&reader, DER_CONTEXT_0, &name) || name.size == 0)
        return false;
    scan->points = slice(name.content, name.size);
    return true;
}

/* RFC 5280 5.2.5. */
static const char *
read_scope(const DerElement *value, CrlScan *scan)
{
    static const char partial[] =
        "covers only a part of its issuer's certificates";
    DerElement whole;
    DerElement each;
    DerReader reader = der_enter(value);
    if (!der_read_tag(&reader, DER_SEQUENCE, &whole))
        return "has a malformed scope";
    DerReader inside = der_enter(&whole);
    while (!der_at_end(&inside)) {
        if (!der_read(&inside, &each))
            return "has a malformed scope";
        bool set = each.size != 1 || each.content[0] != 0;
        if (each.tag == DER_CONTEXT_0 && !read_points(&each, scan))
            return "names its distribution point in a way that is not known";
        if (each.tag == 0x81)
            scan->users_only = set;
        else if (each.tag == 0x84 && set)
            return "is an indirect list";
        else if (each.tag != DER_CONTEXT_0 && set)
            return partial;
    }
    return NULL;
}

static const char *
take_extension(const Extension *extension, CrlScan *scan)
{
    switch (extension->arc) {
    case 20:
        return read_number(&extension->value, scan) ? NULL
                                                    : "has a malformed number";
    case 27:
        return "is a delta list";
    case 28:
        return read_scope(&extension->value, scan);
    case 35:
        if (!read_key_id(&extension->value, scan))
            return "has a malformed authority key identifier";
        break;
    default:
        break;
    }
    return extension->critical ? "has a critical extension that is not known"
                               : NULL;
}

static const char *
read_extensions(const DerElement *tagged, CrlScan *scan)
{
    DerElement list;
    DerReader reader = der_enter(tagged);
    if (!der_read_tag(&reader, DER_SEQUENCE, &list))
        return "has malformed extensions";
    DerReader inside = der_enter(&list);
    while (!der_at_end(&inside)) {
        Extension extension;
        if (!read_extension(&inside, &extension))
            return "has malformed extensions";
        const char *fault = take_extension(&extension, scan);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

/* --- the list ---------------------------------------------------------- */

/* revokedCertificates and crlExtensions, both optional. */
static const char *
read_rest(DerReader *reader, CrlScan *scan)
{
    DerElement each;
    while (!der_at_end(reader)) {
        if (!der_read(reader, &each))
            return "is malformed";
        if (each.tag == DER_SEQUENCE && scan->entries.bytes == NULL) {
            scan->entries = slice(each.content, each.size);
            continue;
        }
        if (each.tag != DER_CONTEXT_0 || !der_at_end(reader))
            return "is malformed";
        return read_extensions(&each, scan);
    }
    return NULL;
}

static const char *
read_signed_part(const DerElement *whole, CrlScan *scan)
{
    DerElement each;
    DerReader reader = der_enter(whole);
    if (!der_read(&reader, &each))
        return "is malformed";
    if (each.tag == DER_INTEGER && !der_read(&reader, &each))
        return "is malformed";
    /* RFC 5280 5.1.2.2: the same as outside. */
    if (each.tag != DER_SEQUENCE || each.whole_size != scan->algorithm.size ||
        memcmp(each.whole, scan->algorithm.bytes, each.whole_size) != 0)
        return "names two signature algorithms";
    if (!der_read_tag(&reader, DER_SEQUENCE, &each))
        return "is malformed";
    scan->issuer = slice(each.whole, each.whole_size);
    if (!der_read(&reader, &each) || !read_time(&each, &scan->this_update_s))
        return "has no readable date";
    if (!der_read(&reader, &each) || !read_time(&each, &scan->next_update_s))
        return "does not say when the next one comes";
    return read_rest(&reader, scan);
}

bool
crlscan_open(const guchar *bytes, gsize size_bytes, CrlScan *scan,
             const char **fault)
{
    DerElement whole;
    DerElement signed_part;
    DerElement algorithm;
    DerElement signature;
    *scan = (CrlScan){0};
    *fault = "is no revocation list";
    DerReader outside = der_open(bytes, size_bytes);
    if (!der_read_tag(&outside, DER_SEQUENCE, &whole))
        return false;
    DerReader reader = der_enter(&whole);
    if (!der_read_tag(&reader, DER_SEQUENCE, &signed_part) ||
        !der_read_tag(&reader, DER_SEQUENCE, &algorithm) ||
        !der_read_tag(&reader, DER_BIT_STRING, &signature) ||
        !der_at_end(&reader) || signature.size < 2 || signature.content[0] != 0)
        return false;
    *fault = "has bytes behind its end";
    if (!der_at_end(&outside))
        return false;
    scan->signed_part = slice(signed_part.whole, signed_part.whole_size);
    scan->algorithm = slice(algorithm.whole, algorithm.whole_size);
    scan->signature = slice(signature.content + 1, signature.size - 1);
    *fault = read_signed_part(&signed_part, scan);
    return *fault == NULL;
}

/* --- entries ----------------------------------------------------------- */

static bool
read_entry_extensions(const DerElement *list, CrlScanEntry *entry,
                      const char **fault)
{
    DerReader reader = der_enter(list);
    while (!der_at_end(&reader)) {
        Extension extension;
        DerElement reason;
        *fault = "has a malformed entry";
        if (!read_extension(&reader, &extension))
            return false;
        DerReader inside = der_enter(&extension.value);
        if (extension.arc == 21) {
            if (!der_read_tag(&inside, DER_ENUMERATED, &reason) ||
                reason.size != 1)
                return false;
            entry->on_hold = reason.content[0] == 6;
        } else if (extension.critical) {
            /* certificateIssuer is one of these. */
            *fault = "has an entry with a critical extension";
            return false;
        }
    }
    *fault = NULL;
    return true;
}

bool
crlscan_next(DerReader *entries, CrlScanEntry *entry, const char **fault)
{
    DerElement whole;
    DerElement serial;
    DerElement each;
    *fault = NULL;
    if (der_at_end(entries))
        return false;
    *fault = "has a malformed entry";
    if (!der_read_tag(entries, DER_SEQUENCE, &whole))
        return false;
    DerReader inside = der_enter(&whole);
    if (!der_read_tag(&inside, DER_INTEGER, &serial) || serial.size == 0 ||
        !der_read(&inside, &each))
        return false;
    entry->serial = crlscan_trim(serial.content, serial.size);
    entry->on_hold = false;
    if (der_at_end(&inside)) {
        *fault = NULL;
        return true;
    }
    return der_read_tag(&inside, DER_SEQUENCE, &each) && der_at_end(&inside) &&
           read_entry_extensions(&each, entry, fault);
}

/* --- the signature ----------------------------------------------------- */

/* RFC 4055 3.1; NULL: parameters we do not take. Both hashes must be one. */
static const EVP_MD *
read_pss(const X509_ALGOR *algorithm, int *salt_bytes)
{
    const void *value = NULL;
    int type = 0;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE)
        return NULL;
    RSA_PSS_PARAMS *params =
        ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    const EVP_MD *md = NULL;
    if (params != NULL && params->hashAlgorithm != NULL)
        md = EVP_get_digestbyobj(params->hashAlgorithm->algorithm);
    *salt_bytes = params != NULL && params->saltLength != NULL
                      ? (int)ASN1_INTEGER_get(params->saltLength)
                      : 20;
    RSA_PSS_PARAMS_free(params);
    return md;
}

static bool
verify_with(const CrlScan *scan, const X509_ALGOR *algorithm, EVP_PKEY *key)
{
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int md_nid = NID_undef;
    int key_nid = NID_undef;
    int salt_bytes = -1;
    if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &md_nid, &key_nid) != 1)
        return false;
    bool pss = key_nid == EVP_PKEY_RSA_PSS;
    const EVP_MD *md =
        pss ? read_pss(algorithm, &salt_bytes) : EVP_get_digestbynid(md_nid);
    bool own_hash = key_nid == EVP_PKEY_ED25519 || key_nid == EVP_PKEY_ED448;
    if (!own_hash && (md == NULL || EVP_MD_get_size(md) < MIN_HASH_BYTES))
        return false;
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *of_key = NULL;
    return EVP_DigestVerifyInit(context, &of_key, own_hash ? NULL : md, NULL,
                                key) == 1 &&
           (!pss ||
            (EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, salt_bytes) == 1)) &&
           EVP_DigestVerify(context, scan->signature.bytes,
                            scan->signature.size, scan->signed_part.bytes,
                            scan->signed_part.size) == 1;
}

bool
crlscan_verify(const CrlScan *scan, const Certificate *issuer)
{
    const guchar *cursor = scan->algorithm.bytes;
    X509_ALGOR *algorithm =
        d2i_X509_ALGOR(NULL, &cursor, (long)scan->algorithm.size);
    EVP_PKEY *key = X509_get0_pubkey(certificate_get_x509(issuer));
    bool good =
        algorithm != NULL && key != NULL && verify_with(scan, algorithm, key);
    X509_ALGOR_free(algorithm);
    openssl_clear();
    return good;
}
