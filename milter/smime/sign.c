/* SPDX-License-Identifier: BSD-2-Clause */
/* Sign: a digest and a key to a detached SignedData; and the opaque form. */
#include "smime/sign.h"

#include "smime/algorithms.h"
#include "smime/base64.h"
#include "smime/der.h"
#include "smime/openssl.h"

#include <string.h>

#define MAX_SIGNATURE_BYTES 4096

/* --- signed attributes ------------------------------------------------- */

/* RFC 5652 11.3: UTCTime up to 2049, GeneralizedTime after. */
static bool
add_signing_time(CMS_SignerInfo *signer, gint64 time_s)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)time_s);
    bool good = time != NULL &&
                CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime,
                                            time->type, time, -1) == 1;
    ASN1_TIME_free(time);
    return good;
}

/* The library's own list would offer RC2 and DES. */
static bool
add_capabilities(CMS_SignerInfo *signer)
{
    STACK_OF(X509_ALGOR) *list = NULL;
    bool good = true;
    for (const int *nid = algorithms_get_capabilities();
         good && *nid != NID_undef; nid++)
        good = CMS_add_simple_smimecap(&list, *nid, -1) == 1;
    good = good && CMS_add_smimecap(signer, list) == 1;
    sk_X509_ALGOR_pop_free(list, X509_ALGOR_free);
    return good;
}

static void
append(GByteArray *to, const guchar *bytes, gsize size)
{
    g_byte_array_append(to, bytes, (guint)size);
}

/* RFC 8551 2.5.3: SEQUENCE { OID, SET { [0] { issuer, serial } } }, by hand
 * because the library cannot write the tagged value. */
static GByteArray *
encode_preference(const Certificate *encryption)
{
    static const guchar oid[] = {0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7,
                                 0x0D, 0x01, 0x09, 0x10, 0x02, 0x0B};
    gsize issuer_size = 0, serial_size = 0;
    const guchar *issuer =
        g_bytes_get_data(certificate_get_issuer_der(encryption), &issuer_size);
    const guchar *serial =
        g_bytes_get_data(certificate_get_serial_der(encryption), &serial_size);
    gsize names = issuer_size + der_get_header_size(serial_size) + serial_size;
    gsize choice = der_get_header_size(names) + names;
    gsize set = der_get_header_size(choice) + choice;
    GByteArray *der = g_byte_array_new();
    der_append_header(der, DER_SEQUENCE, sizeof oid + set);
    append(der, oid, sizeof oid);
    der_append_header(der, DER_SET, choice);
    der_append_header(der, DER_CONTEXT_0, names);
    append(der, issuer, issuer_size);
    der_append_header(der, DER_INTEGER, serial_size);
    append(der, serial, serial_size);
    return der;
}

static bool
add_preference(CMS_SignerInfo *signer, const Certificate *encryption)
{
    g_autoptr(GByteArray) der = encode_preference(encryption);
    const guchar *cursor = der->data;
    X509_ATTRIBUTE *attribute = d2i_X509_ATTRIBUTE(NULL, &cursor, der->len);
    bool good =
        attribute != NULL && CMS_signed_add1_attr(signer, attribute) == 1;
    X509_ATTRIBUTE_free(attribute);
    return good;
}

static bool
add_attributes(CMS_SignerInfo *signer, const SignIdentity *identity,
               const SignProfile *profile, GBytes *digest)
{
    gsize size = 0;
    const guchar *bytes = g_bytes_get_data(digest, &size);
    return CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_contentType,
                                       V_ASN1_OBJECT,
                                       OBJ_nid2obj(NID_pkcs7_data), -1) == 1 &&
           CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_messageDigest,
                                       V_ASN1_OCTET_STRING, bytes,
                                       (int)size) == 1 &&
           (profile->signing_time_s == 0 ||
            add_signing_time(signer, profile->signing_time_s)) &&
           add_capabilities(signer) &&
           (identity->encryption == NULL ||
            add_preference(signer, identity->encryption));
}

static int
compare_der(gconstpointer a, gconstpointer b)
{
    return g_bytes_compare(*(GBytes *const *)a, *(GBytes *const *)b);
}

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

/* RFC 5652 5.4: what is signed is the DER of a SET OF, its members sorted. */
static GByteArray *
encode_attributes(CMS_SignerInfo *signer)
{
    g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func(drop_bytes);
    gsize total = 0;
    for (int i = 0; i < CMS_signed_get_attr_count(signer); i++) {
        guchar *der = NULL;
        int size = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(signer, i), &der);
        if (size <= 0)
            return NULL;
        g_ptr_array_add(members, g_bytes_new(der, (gsize)size));
        total += (gsize)size;
        OPENSSL_free(der);
    }
    g_ptr_array_sort(members, compare_der);
    GByteArray *set = g_byte_array_new();
    der_append_header(set, DER_SET, total);
    for (guint i = 0; i < members->len; i++) {
        gsize size = 0;
        const guchar *bytes =
            g_bytes_get_data(g_ptr_array_index(members, i), &size);
        g_byte_array_append(set, bytes, (guint)size);
    }
    return set;
}

/* --- the signature ----------------------------------------------------- */

/* By hand and not by CMS_SignerInfo_sign, which always adds signingTime; a
 * message written long ago must go without. */
static bool
sign_attributes(CMS_SignerInfo *signer, EVP_PKEY *key, const EVP_MD *md,
                bool pss)
{
    X509_ALGOR *algorithm = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, NULL, &algorithm);
    g_autoptr(GByteArray) set = encode_attributes(signer);
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *tuning = NULL; /* the context's */
    guchar value[MAX_SIGNATURE_BYTES];
    size_t size = sizeof value;
    return set != NULL && context != NULL &&
           algorithms_set_signature(algorithm, key, md, pss) &&
           EVP_DigestSignInit(context, &tuning, md, NULL, key) == 1 &&
           algorithms_tune_signature(tuning, key, md, pss) &&
           EVP_DigestSign(context, value, &size, set->data, set->len) == 1 &&
           ASN1_STRING_set(CMS_SignerInfo_get0_signature(signer), value,
                           (int)size) == 1;
}

/* One that is there already is no mistake. */
static void
add_certificate(CMS_ContentInfo *cms, const Certificate *certificate)
{
    if (CMS_add1_cert(cms, certificate_get_x509(certificate)) != 1)
        openssl_clear();
}

static void
add_others(CMS_ContentInfo *cms, const SignIdentity *identity)
{
    const GPtrArray *chain = identity->chain;
    for (guint i = 0; chain != NULL && i < chain->len; i++)
        add_certificate(cms, g_ptr_array_index(chain, i));
    if (identity->encryption != NULL)
        add_certificate(cms, identity->encryption);
}

static GBytes *
encode(CMS_ContentInfo *cms)
{
    guchar *der = NULL;
    int size = i2d_CMS_ContentInfo(cms, &der);
    if (size <= 0)
        return NULL;
    GBytes *bytes = g_bytes_new(der, (gsize)size);
    OPENSSL_free(der);
    return bytes;
}

const char *
sign_choose_digest(const Certificate *leaf, const char *wanted)
{
    if (certificate_get_key_family(leaf) != KEY_EC)
        return wanted;
    unsigned bits = certificate_get_key_bits(leaf);
    if (bits > 384)
        return "sha-512";
    return bits > 256 && strcmp(wanted, "sha-256") == 0 ? "sha-384" : wanted;
}

GBytes *
sign_make(const SignIdentity *identity, const SignProfile *profile,
          GBytes *digest, GError **error)
{
    const EVP_MD *md = algorithms_find_digest(profile->digest);
    if (md == NULL || g_bytes_get_size(digest) != (gsize)EVP_MD_get_size(md)) {
        error_set(error, ERROR_INTERNAL, "a digest that is not %s",
                  profile->digest);
        return NULL;
    }
    const unsigned flags = CMS_PARTIAL | CMS_BINARY | CMS_DETACHED;
    g_autoptr(CMS_ContentInfo) cms =
        CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_STREAM);
    CMS_SignerInfo *signer =
        cms != NULL ? CMS_add1_signer(cms, certificate_get_x509(identity->leaf),
                                      identity->key, md, flags | CMS_NOSMIMECAP)
                    : NULL;
    if (signer == NULL || !add_attributes(signer, identity, profile, digest) ||
        !sign_attributes(signer, identity->key, md, profile->pss)) {
        openssl_fail(error, ERROR_INTERNAL, "making a signature");
        return NULL;
    }
    add_others(cms, identity);
    GBytes *der = encode(cms);
    if (der == NULL)
        openssl_fail(error, ERROR_INTERNAL, "encoding a signature");
    return der;
}

/* --- the opaque form --------------------------------------------------- */

struct SignOpaque {
    Base64 *base64;
    GByteArray *tail; /* what follows the content */
    guint64 missing;  /* content octets still to come */
};

/* The pieces of a detached SignedData that are kept. */
typedef struct {
    DerElement type;      /* OID signedData */
    DerElement before[2]; /* version, digestAlgorithms */
    DerElement content_type;
    const guchar *after; /* certificates, signerInfos */
    gsize after_size;
} Pieces;

static bool
take_apart(GBytes *detached, Pieces *pieces)
{
    gsize size = 0;
    const guchar *der = g_bytes_get_data(detached, &size);
    DerElement element;
    DerReader reader = der_open(der, size);
    if (!der_read_tag(&reader, DER_SEQUENCE, &element) || !der_at_end(&reader))
        return false;
    reader = der_enter(&element);
    if (!der_read_tag(&reader, DER_OID, &pieces->type) ||
        !der_read_tag(&reader, DER_CONTEXT_0, &element))
        return false;
    reader = der_enter(&element);
    if (!der_read_tag(&reader, DER_SEQUENCE, &element))
        return false;
    reader = der_enter(&element);
    DerElement encapsulated;
    if (!der_read_tag(&reader, DER_INTEGER, &pieces->before[0]) ||
        !der_read_tag(&reader, DER_SET, &pieces->before[1]) ||
        !der_read_tag(&reader, DER_SEQUENCE, &encapsulated))
        return false;
    pieces->after = reader.cursor;
    pieces->after_size = (gsize)(reader.end - reader.cursor);
    reader = der_enter(&encapsulated);
    return der_read_tag(&reader, DER_OID, &pieces->content_type) &&
           der_at_end(&reader);
}

static void
append_whole(GByteArray *to, const DerElement *element)
{
    g_byte_array_append(to, element->whole, (guint)element->whole_size);
}

static guint64
with_header(guint64 content_size)
{
    return der_get_header_size(content_size) + content_size;
}

/* Everything before the first content octet: the same SignedData, with the
 * lengths it has once its content is inside (RFC 5652 5.1, 5.2). */
static GByteArray *
make_head(const Pieces *pieces, guint64 content_size)
{
    guint64 octets = with_header(content_size);
    guint64 explicit = with_header(octets);
    guint64 encapsulated = pieces->content_type.whole_size + explicit;
    guint64 signed_data = pieces->before[0].whole_size +
                          pieces->before[1].whole_size +
                          with_header(encapsulated) + pieces->after_size;
    guint64 content = with_header(signed_data);
    GByteArray *head = g_byte_array_new();
    der_append_header(head, DER_SEQUENCE,
                      pieces->type.whole_size + with_header(content));
    append_whole(head, &pieces->type);
    der_append_header(head, DER_CONTEXT_0, content);
    der_append_header(head, DER_SEQUENCE, signed_data);
    append_whole(head, &pieces->before[0]);
    append_whole(head, &pieces->before[1]);
    der_append_header(head, DER_SEQUENCE, encapsulated);
    append_whole(head, &pieces->content_type);
    der_append_header(head, DER_CONTEXT_0, octets);
    der_append_header(head, DER_OCTETS, content_size);
    return head;
}

SignOpaque *
sign_opaque_begin(GBytes *detached, guint64 content_size_bytes, Spool *out,
                  GError **error)
{
    Pieces pieces;
    if (!take_apart(detached, &pieces)) {
        error_set(error, ERROR_INTERNAL,
                  "the signer's answer is not a detached SignedData");
        return NULL;
    }
    g_autoptr(SignOpaque) opaque = g_new0(SignOpaque, 1);
    opaque->base64 = base64_new(out);
    opaque->missing = content_size_bytes;
    opaque->tail = g_byte_array_new();
    g_byte_array_append(opaque->tail, pieces.after, (guint)pieces.after_size);
    g_autoptr(GByteArray) head = make_head(&pieces, content_size_bytes);
    if (!base64_write(opaque->base64, head->data, head->len, error))
        return NULL;
    return g_steal_pointer(&opaque);
}

bool
sign_opaque_write(SignOpaque *opaque, const void *bytes, gsize size_bytes,
                  GError **error)
{
    if (size_bytes > opaque->missing) {
        error_set(error, ERROR_INTERNAL, "more content than announced");
        return false;
    }
    opaque->missing -= size_bytes;
    return base64_write(opaque->base64, bytes, size_bytes, error);
}

bool
sign_opaque_end(SignOpaque *opaque, GError **error)
{
    if (opaque->missing != 0) {
        error_set(error, ERROR_INTERNAL, "less content than announced");
        return false;
    }
    return base64_write(opaque->base64, opaque->tail->data, opaque->tail->len,
                        error) &&
           base64_end(opaque->base64, error);
}

void
sign_opaque_free(SignOpaque *opaque)
{
    if (opaque == NULL)
        return;
    base64_free(opaque->base64);
    g_byte_array_unref(opaque->tail);
    g_free(opaque);
}
