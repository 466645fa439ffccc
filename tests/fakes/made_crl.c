/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fakes/made_crl.h"

#include "tests/fakes/pki.h"

#include <openssl/x509v3.h>
#include <time.h>

static void
add_extension(X509_CRL *crl, const MadeCrl *wish)
{
    long size = 0;
    guchar *bytes = OPENSSL_hexstr2buf(wish->value, &size);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *object = OBJ_txt2obj(wish->oid, 1);
    g_assert_true(bytes != NULL && object != NULL);
    ASN1_OCTET_STRING_set(octets, bytes, (int)size);
    X509_EXTENSION *extension =
        X509_EXTENSION_create_by_OBJ(NULL, object, wish->critical, octets);
    X509_CRL_add_ext(crl, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(octets);
    OPENSSL_free(bytes);
}

static void
add_number(X509_CRL *crl, long number)
{
    ASN1_INTEGER *value = ASN1_INTEGER_new();
    ASN1_INTEGER_set(value, number);
    X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, 0);
    ASN1_INTEGER_free(value);
}

static void
add_revoked(X509_CRL *crl, const char *name)
{
    g_autoptr(Certificate) certificate = pki_certificate(name);
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, time(NULL));
    X509_REVOKED_set_serialNumber(
        revoked, X509_get_serialNumber(certificate_get_x509(certificate)));
    X509_REVOKED_set_revocationDate(revoked, now);
    X509_CRL_add0_revoked(crl, revoked);
    ASN1_TIME_free(now);
}

GBytes *
made_crl_new(const MadeCrl *wish)
{
    g_autoptr(Certificate) issuer = pki_certificate(wish->issuer);
    EVP_PKEY *key = pki_key(wish->key != NULL ? wish->key : wish->issuer);
    bool usual = wish->from_s == 0 && wish->until_s == 0;
    time_t now = time(NULL);
    ASN1_TIME *from =
        ASN1_TIME_set(NULL, now + (usual ? -3600 : (time_t)wish->from_s));
    ASN1_TIME *until =
        ASN1_TIME_set(NULL, now + (usual ? 86400 : (time_t)wish->until_s));
    X509_CRL *crl = X509_CRL_new();
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(
        crl, X509_get_subject_name(certificate_get_x509(issuer)));
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, until);
    if (wish->revoked != NULL)
        add_revoked(crl, wish->revoked);
    if (wish->number != 0)
        add_number(crl, wish->number);
    if (wish->oid != NULL)
        add_extension(crl, wish);
    g_assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
    guchar *der = NULL;
    int size = i2d_X509_CRL(crl, &der);
    GBytes *bytes = g_bytes_new(der, (gsize)size);
    OPENSSL_free(der);
    X509_CRL_free(crl);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    EVP_PKEY_free(key);
    return bytes;
}
