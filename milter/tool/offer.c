/* SPDX-License-Identifier: BSD-2-Clause */
/* Offer: the certificates that a partner hands over. */
#include "tool/offer.h"

#include "base/mailbox.h"
#include "flow/describe.h"
#include "smime/certificate.h"
#include "smime/der.h"
#include "smime/openssl.h"
#include "tool/message_reader.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#define MAX_BYTES        (64 * 1024 * 1024)
#define LOOK_BYTES       (64 * 1024)
#define MAX_MEMBERS      1000
#define MIN_DIGEST_BYTES 28 /* SHA-1 and MD5 can be made to collide */

#define PREFERENCE           "1.2.840.113549.1.9.16.2.11" /* RFC 8551 2.5.3 */
#define MICROSOFT_PREFERENCE "1.3.6.1.4.1.311.16.4"
#define CONTEXT_1            0xA1 /* [1], constructed */
#define CONTEXT_2            0x82 /* [2], primitive */

/* A file while it is read. */
typedef struct {
    const char *path;
    char *bytes;
    gsize size;
    CMS_ContentInfo *cms; /* NULL: none in it */
    BIO *content;         /* what a detached signature is of; or NULL */
    char *from;           /* folded; NULL: no mail, or not one author */
    bool is_mail;
} Reading;

void
offer_free(Offer *offer)
{
    if (offer == NULL)
        return;
    g_ptr_array_unref(offer->certificates);
    g_free(offer->origin);
    g_free(offer);
}

static void
drop(gpointer certificate)
{
    certificate_unref(certificate);
}

static GPtrArray *
new_list(void)
{
    return g_ptr_array_new_with_free_func(drop);
}

static void
close_reading(Reading *reading)
{
    CMS_ContentInfo_free(reading->cms);
    BIO_free_all(reading->content);
    g_free(reading->bytes);
    g_free(reading->from);
}

/* A file that is no mail fails here as well; that is no news. */
static void
read_from(Reading *reading)
{
    FILE *file = fmemopen(reading->bytes, reading->size, "r");
    if (file == NULL)
        return;
    g_autoptr(MessageReader) reader = message_reader_new(file);
    g_autoptr(Message) message = message_new();
    if (message_reader_read_header(reader, message, NULL)) {
        g_autofree char *from = describe_signer(message);
        reading->from = from != NULL ? mailbox_fold(from) : NULL;
    }
    (void)fclose(file);
}

static bool
looks_like_mail(const Reading *reading)
{
    g_autofree char *text =
        g_strndup(reading->bytes, MIN(reading->size, LOOK_BYTES));
    return g_regex_match_simple(
        "\\A(?:[^\\r\\n][^\\n]*\\n)*?content-type:\\s*(?:"
        "multipart/signed|application/"
        "(?:x-)?pkcs7-mime)\\b",
        text, G_REGEX_CASELESS | G_REGEX_RAW, 0);
}

/* The first block of PEM that is one. */
static CMS_ContentInfo *
read_pem(BIO *in)
{
    CMS_ContentInfo *cms = NULL;
    char *name = NULL;
    char *header = NULL;
    guchar *data = NULL;
    long size = 0;
    while (cms == NULL && PEM_read_bio(in, &name, &header, &data, &size) == 1) {
        const guchar *cursor = data;
        if (strcmp(name, PEM_STRING_PKCS7) == 0 ||
            strcmp(name, PEM_STRING_CMS) == 0)
            cms = d2i_CMS_ContentInfo(NULL, &cursor, size);
        OPENSSL_clear_free(data, (size_t)size);
        OPENSSL_free(name);
        OPENSSL_free(header);
    }
    return cms;
}

/* Whatever CMS there is in the file. */
static void
open_cms(Reading *reading)
{
    g_autoptr(BIO) in = BIO_new_mem_buf(reading->bytes, (int)reading->size);
    if (in == NULL)
        return;
    if (reading->size > 0 && (guchar)reading->bytes[0] == DER_SEQUENCE)
        reading->cms = d2i_CMS_bio(in, NULL);
    else if (reading->is_mail)
        reading->cms = SMIME_read_CMS(in, &reading->content);
    else
        reading->cms = read_pem(in);
    openssl_clear();
}

/* --- certificates in it ------------------------------------------------ */

static Certificate *
make_certificate(X509 *x509)
{
    guchar *der = NULL;
    int size = i2d_X509(x509, &der);
    Certificate *made =
        size > 0 ? certificate_parse(der, (gsize)size, NULL) : NULL;
    OPENSSL_free(der);
    openssl_clear();
    return made;
}

/* All of the CMS that we can read. */
static GPtrArray *
list_certificates(CMS_ContentInfo *cms)
{
    GPtrArray *list = new_list();
    STACK_OF(X509) *all = CMS_get1_certs(cms);
    for (int i = 0; i < sk_X509_num(all) && list->len < MAX_MEMBERS; i++) {
        Certificate *made = make_certificate(sk_X509_value(all, i));
        if (made != NULL)
            g_ptr_array_add(list, made);
    }
    sk_X509_pop_free(all, X509_free);
    openssl_clear();
    return list;
}

static bool
is_ca(const Certificate *certificate)
{
    return X509_check_ca(certificate_get_x509(certificate)) == 1;
}

static void
drop_cas(GPtrArray *list)
{
    for (guint i = list->len; i > 0; i--)
        if (is_ca(g_ptr_array_index(list, i - 1)))
            g_ptr_array_remove_index(list, i - 1);
}

static bool
speaks_for(const Certificate *certificate, const char *folded)
{
    for (char *const *each = certificate_get_addresses(certificate);
         *each != NULL; each++)
        if (mailbox_equal(*each, folded))
            return true;
    return false;
}

/* --- whom the signer wants us to encrypt for --------------------------- */

static bool
is_bytes(GBytes *bytes, const DerElement *element)
{
    return bytes != NULL && g_bytes_get_size(bytes) == element->size &&
           memcmp(g_bytes_get_data(bytes, NULL), element->content,
                  element->size) == 0;
}

/* IssuerAndSerialNumber: the Name whole, and the serial number's octets. */
static bool
is_issued_so(const Certificate *certificate, const DerElement *names)
{
    DerReader inside = der_enter(names);
    DerElement issuer, serial;
    GBytes *known = certificate_get_issuer_der(certificate);
    return der_read(&inside, &issuer) &&
           der_read_tag(&inside, DER_INTEGER, &serial) &&
           g_bytes_get_size(known) == issuer.whole_size &&
           memcmp(g_bytes_get_data(known, NULL), issuer.whole,
                  issuer.whole_size) == 0 &&
           is_bytes(certificate_get_serial_der(certificate), &serial);
}

static bool
is_preferred(const Certificate *certificate, const DerElement *preference)
{
    DerReader inside = der_enter(preference);
    DerElement key_id;
    switch (preference->tag) {
    case DER_SEQUENCE: /* Microsoft's has no tag of its own */
    case DER_CONTEXT_0:
        return is_issued_so(certificate, preference);
    case CONTEXT_1:
        return der_read_tag(&inside, DER_OCTETS, &key_id) &&
               is_bytes(certificate_get_key_id(certificate), &key_id);
    case CONTEXT_2:
        return is_bytes(certificate_get_key_id(certificate), preference);
    default:
        return false;
    }
}

static const ASN1_STRING *
read_attribute(CMS_SignerInfo *signer, const char *oid, int type)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    const ASN1_STRING *value = CMS_signed_get0_data_by_OBJ(
        signer, object, -3 /* the only one, with one value */, type);
    ASN1_OBJECT_free(object);
    openssl_clear();
    return value;
}

/* False: the signer says nothing. */
static bool
read_preference(CMS_SignerInfo *signer, DerElement *preference)
{
    const ASN1_STRING *value = read_attribute(signer, PREFERENCE, V_ASN1_OTHER);
    if (value == NULL)
        value = read_attribute(signer, MICROSOFT_PREFERENCE, V_ASN1_SEQUENCE);
    if (value == NULL)
        return false;
    DerReader reader = der_open(ASN1_STRING_get0_data(value),
                                (gsize)ASN1_STRING_length(value));
    return der_read(&reader, preference);
}

/* Borrowed from all; NULL when the preferred one is not there. */
static const Certificate *
choose(CMS_SignerInfo *signer, const Certificate *own, const GPtrArray *all,
       const char *from)
{
    DerElement preference;
    bool prefers = read_preference(signer, &preference);
    if (!prefers && certificate_check_encrypt(own) == NULL)
        return own;
    for (guint i = 0; i < all->len; i++) {
        const Certificate *each = g_ptr_array_index(all, i);
        if (speaks_for(each, from) &&
            (prefers ? is_preferred(each, &preference)
                     : certificate_check_encrypt(each) == NULL))
            return each;
    }
    return prefers ? NULL : own;
}

/* --- signed mail ------------------------------------------------------- */

static bool
fail(const Reading *reading, const char *reason, GError **error)
{
    error_set(error, ERROR_CONFIG, "%s: %s", reading->path, reason);
    return false;
}

static bool
check_digest(const Reading *reading, CMS_SignerInfo *signer, GError **error)
{
    X509_ALGOR *digest = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    const EVP_MD *known = EVP_get_digestbyobj(digest->algorithm);
    if (known != NULL && EVP_MD_get_size(known) >= MIN_DIGEST_BYTES)
        return true;
    return fail(reading, "it is signed with a weak digest", error);
}

/* The signature over the content; whose it is comes next. */
static bool
verify(const Reading *reading, GError **error)
{
    g_autoptr(BIO) out = BIO_new(BIO_s_null());
    if (CMS_verify(reading->cms, NULL, NULL, reading->content, out,
                   CMS_NO_SIGNER_CERT_VERIFY) == 1)
        return true;
    g_autofree char *what =
        g_strdup_printf("%s: the signature is not right", reading->path);
    return openssl_fail(error, ERROR_CONFIG, what);
}

/* The one signer whose certificate is for the From address. */
static Certificate *
find_signer(const Reading *reading, CMS_SignerInfo **signer, GError **error)
{
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(reading->cms);
    for (int i = 0; i < sk_CMS_SignerInfo_num(all); i++) {
        X509 *x509 = NULL;
        *signer = sk_CMS_SignerInfo_value(all, i);
        CMS_SignerInfo_get0_algs(*signer, NULL, &x509, NULL, NULL);
        g_autoptr(Certificate) made =
            x509 != NULL ? make_certificate(x509) : NULL;
        if (made == NULL || !speaks_for(made, reading->from))
            continue;
        const char *reason = certificate_check_sign(made);
        if (reason == NULL)
            return g_steal_pointer(&made);
        g_autofree char *text = g_strdup_printf(
            "the certificate of its signer may not sign: %s", reason);
        (void)fail(reading, text, error);
        return NULL;
    }
    g_autofree char *text =
        g_strdup_printf("it is not signed by its sender, %s", reading->from);
    (void)fail(reading, text, error);
    return NULL;
}

static Offer *
make_offer(GPtrArray *certificates, char *origin)
{
    Offer *offer = g_new0(Offer, 1);
    offer->certificates = certificates;
    offer->origin = origin;
    return offer;
}

static Offer *
read_signed(const Reading *reading, GError **error)
{
    if (reading->from == NULL) {
        (void)fail(reading, "a signed mail with one From address is needed",
                   error);
        return NULL;
    }
    if (!verify(reading, error))
        return NULL;
    CMS_SignerInfo *signer = NULL;
    g_autoptr(Certificate) own = find_signer(reading, &signer, error);
    if (own == NULL || !check_digest(reading, signer, error))
        return NULL;
    g_autoptr(GPtrArray) all = list_certificates(reading->cms);
    const Certificate *chosen = choose(signer, own, all, reading->from);
    if (chosen == NULL) {
        (void)fail(reading,
                   "the certificate that its signer prefers for encryption is "
                   "not in it",
                   error);
        return NULL;
    }
    GPtrArray *list = new_list();
    g_ptr_array_add(list, certificate_ref((Certificate *)(guintptr)chosen));
    return make_offer(list,
                      g_strdup_printf("signed mail of %s", reading->from));
}

/* --- the story --------------------------------------------------------- */

static Offer *
read_cms(const Reading *reading, GError **error)
{
    if (OBJ_obj2nid(CMS_get0_type(reading->cms)) != NID_pkcs7_signed) {
        (void)fail(reading, "it is not signed", error);
        return NULL;
    }
    if (sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(reading->cms)) > 0)
        return read_signed(reading, error);
    g_autoptr(GPtrArray) all = list_certificates(reading->cms);
    drop_cas(all);
    if (all->len > 0)
        return make_offer(g_steal_pointer(&all), g_strdup("PKCS#7"));
    (void)fail(reading, "holds nobody's certificate", error);
    return NULL;
}

static Offer *
read_plain(const Reading *reading, GError **error)
{
    g_autoptr(GPtrArray) all = certificate_load_file(reading->path, error);
    if (all == NULL)
        return NULL;
    drop_cas(all);
    if (all->len > 0)
        return make_offer(g_steal_pointer(&all), g_strdup("file"));
    (void)fail(reading,
               "holds CA certificates alone; those go into a trust "
               "set",
               error);
    return NULL;
}

Offer *
offer_read(const char *path, GError **error)
{
    Reading reading = {.path = path};
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &reading.bytes, &reading.size, &cause)) {
        error_set(error, ERROR_CONFIG, "%s", cause->message);
        return NULL;
    }
    Offer *offer = NULL;
    if (reading.size > MAX_BYTES) {
        (void)fail(&reading, "larger than 64 MiB", error);
    } else {
        reading.is_mail = looks_like_mail(&reading);
        if (reading.is_mail)
            read_from(&reading);
        open_cms(&reading);
        if (reading.cms != NULL)
            offer = read_cms(&reading, error);
        else if (reading.is_mail)
            (void)fail(&reading, "no signature in it can be read", error);
        else
            offer = read_plain(&reading, error);
    }
    close_reading(&reading);
    return offer;
}
