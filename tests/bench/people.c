/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory's content: people COUNT ISSUER.pem ISSUER.key prints LDIF with
 * p0@example.fr, p1@example.fr, …, each with a certificate of his own (all with
 * one key), and a canary. */
#include <glib.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static X509 *issuer;
static EVP_PKEY *issuer_key, *key;

static void
need(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "people: %s failed\n", what);
    exit(EXIT_FAILURE);
}

static void
extend(X509 *x509, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    need(made != NULL && X509_add_ext(x509, made, -1) == 1, "an extension");
    X509_EXTENSION_free(made);
}

static X509 *
issue(const char *name, const char *address, long serial)
{
    g_autofree char *names = g_strdup_printf("email:%s", address);
    X509 *x509 = X509_new();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400L * 30);
    X509_NAME *subject = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                               (const guchar *)"Example", -1, -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               (const guchar *)name, -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer));
    X509_set_pubkey(x509, key);
    extend(x509, NID_basic_constraints, "critical,CA:FALSE");
    extend(x509, NID_key_usage,
           "critical,digitalSignature,keyAgreement,keyEncipherment");
    extend(x509, NID_ext_key_usage, "emailProtection");
    extend(x509, NID_subject_alt_name, names);
    extend(x509, NID_authority_key_identifier, "keyid");
    need(X509_sign(x509, issuer_key, EVP_sha256()) > 0, "a signature");
    return x509;
}

static void
print_person(const char *name, long serial)
{
    g_autofree char *address = g_strdup_printf("%s@example.fr", name);
    X509 *x509 = issue(name, address, serial);
    guchar *der = NULL;
    int size = i2d_X509(x509, &der);
    need(size > 0, "DER");
    g_autofree char *text = g_base64_encode(der, (gsize)size);
    printf("dn: cn=%s,ou=people,dc=example,dc=fr\nobjectClass: inetOrgPerson\n"
           "cn: %s\nsn: %s\nmail: %s\nuserCertificate;binary:: %s\n\n",
           name, name, name, address, text);
    OPENSSL_free(der);
    X509_free(x509);
}

int
main(int argc, char **argv)
{
    need(argc == 4, "people COUNT ISSUER.pem ISSUER.key");
    FILE *file = fopen(argv[2], "r");
    issuer = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    need(issuer != NULL && fclose(file) == 0, argv[2]);
    file = fopen(argv[3], "r");
    issuer_key =
        file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    need(issuer_key != NULL && fclose(file) == 0, argv[3]);
    key = EVP_EC_gen("P-256");
    need(key != NULL, "a key");
    printf("dn: dc=example,dc=fr\nobjectClass: dcObject\n"
           "objectClass: organization\ndc: example\no: Example\n\n"
           "dn: ou=people,dc=example,dc=fr\nobjectClass: organizationalUnit\n"
           "ou: people\n\n");
    print_person("canary", 1);
    long count = strtol(argv[1], NULL, 10);
    for (long i = 0; i < count; i++) {
        char name[32];
        (void)g_snprintf(name, sizeof name, "p%ld", i);
        print_person(name, i + 2);
    }
    X509_free(issuer);
    EVP_PKEY_free(issuer_key);
    EVP_PKEY_free(key);
    return EXIT_SUCCESS;
}
