/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made on the spot, for tests that need some. */
#include "made_certificate.h"

#include "pki.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static void
add_extension(X509 *x509, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    g_assert_nonnull(extension);
    g_assert_true(X509_add_ext(x509, extension, -1));
    X509_EXTENSION_free(extension);
}

/* The next of the keys that were made beforehand: to make one costs more than
 * all else that a test does. */
static EVP_PKEY *
take_rsa_key(void)
{
    static unsigned next;
    g_autofree char *name = g_strdup_printf("made-%u", next++ % 8);
    return pki_key(name);
}

Certificate *
made_certificate_renew(KeyFamily family, const char *address, EVP_PKEY *pkey)
{
    static int serial = 1000;
    X509 *x509 = X509_new();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_NAME *name = X509_get_subject_name(x509);
    const guchar *bytes = (const guchar *)address;
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_set_pubkey(x509, pkey);
    g_autofree char *san = g_strdup_printf("email:%s", address);
    add_extension(x509, NID_subject_alt_name, san);
    add_extension(x509, NID_key_usage,
                  family == KEY_RSA
                      ? "critical,digitalSignature,keyEncipherment"
                      : "critical,digitalSignature,keyAgreement");
    g_assert_cmpint(X509_sign(x509, pkey, EVP_sha256()), >, 0);
    guchar *der = NULL;
    int size = i2d_X509(x509, &der);
    g_assert_cmpint(size, >, 0);
    g_autoptr(GError) error = NULL;
    Certificate *made = certificate_parse(der, (gsize)size, &error);
    g_assert_no_error(error);
    OPENSSL_free(der);
    X509_free(x509);
    return made;
}

Certificate *
made_certificate_new(KeyFamily family, const char *address,
                     struct evp_pkey_st **key)
{
    EVP_PKEY *pkey = family == KEY_RSA ? take_rsa_key() : EVP_EC_gen("P-256");
    g_assert_nonnull(pkey);
    Certificate *made = made_certificate_renew(family, address, pkey);
    if (key != NULL)
        *key = pkey;
    else
        EVP_PKEY_free(pkey);
    return made;
}

char *
made_certificate_open(const char *base64, const Certificate *certificate,
                      EVP_PKEY *key)
{
    gsize size = 0;
    g_autofree guchar *der = g_base64_decode(base64, &size);
    const guchar *cursor = der;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &cursor, (long)size);
    BIO *out = BIO_new(BIO_s_mem());
    g_assert_true(cms != NULL && out != NULL);
    char *bytes = NULL;
    char *clear = NULL;
    if (CMS_decrypt(cms, key, certificate_get_x509(certificate), NULL, out,
                    CMS_BINARY) == 1) {
        long got = BIO_get_mem_data(out, &bytes);
        clear = g_strndup(bytes, (gsize)got);
    }
    BIO_free(out);
    CMS_ContentInfo_free(cms);
    return clear;
}

bool
made_certificate_check_signed(const char *text, gsize size_bytes)
{
    BIO *in = BIO_new_mem_buf(text, (int)size_bytes);
    BIO *content = NULL;
    CMS_ContentInfo *cms = SMIME_read_CMS(in, &content);
    bool good = cms != NULL && content != NULL &&
                CMS_verify(cms, NULL, NULL, content, NULL,
                           CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1;
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    BIO_free(in);
    return good;
}
