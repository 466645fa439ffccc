/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made on the spot, for tests that need some. */
#include "made_certificate.h"

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

Certificate *
made_certificate_new(KeyFamily family, const char *address,
                     struct evp_pkey_st **key)
{
    static int serial = 1000;
    EVP_PKEY *pkey =
        family == KEY_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    g_assert_nonnull(pkey);
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
    if (key != NULL)
        *key = pkey;
    else
        EVP_PKEY_free(pkey);
    return made;
}
