/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/offer.h"

#include "made_certificate.h"
#include "mime/decode.h"
#include "smime/der.h"
#include "smime/openssl.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CONTENT "Content-Type: text/plain\r\n\r\nThe price is 10.\r\n"

static char *path;
static Certificate *bob, *other;
static EVP_PKEY *key;

static int
set_up(void **state)
{
    (void)state;
    int fd = g_file_open_tmp("sceau-test-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    assert_true(g_close(fd, NULL));
    bob = made_certificate_new(KEY_RSA, "bob@partner.example", &key);
    other = made_certificate_new(KEY_RSA, "bob@partner.example", NULL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    (void)g_unlink(path);
    g_clear_pointer(&path, g_free);
    g_clear_pointer(&bob, certificate_unref);
    g_clear_pointer(&other, certificate_unref);
    g_clear_pointer(&key, EVP_PKEY_free);
    return 0;
}

static Offer *
offer(const char *bytes, gsize size, GError **error)
{
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    return offer_read(path, error);
}

static bool
offers(const Offer *offer, const Certificate *certificate)
{
    return offer != NULL && offer->certificates->len == 1 &&
           strcmp(certificate_get_sha256(
                      g_ptr_array_index(offer->certificates, 0)),
                  certificate_get_sha256(certificate)) == 0;
}

/* RFC 8551 2.5.3: the certificate of the other key, please. */
static void
prefer(CMS_SignerInfo *signer, const Certificate *certificate)
{
    static const guchar oid[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0b};
    GBytes *issuer = certificate_get_issuer_der(certificate);
    GBytes *serial = certificate_get_serial_der(certificate);
    gsize serial_size = g_bytes_get_size(serial);
    gsize size = g_bytes_get_size(issuer) + 2 + serial_size;
    GByteArray *der = g_byte_array_new();
    der_append_header(der, DER_SEQUENCE, sizeof oid + 4 + size);
    g_byte_array_append(der, oid, sizeof oid);
    der_append_header(der, DER_SET, 2 + size);
    der_append_header(der, DER_CONTEXT_0, size);
    g_byte_array_append(der, g_bytes_get_data(issuer, NULL),
                        (guint)g_bytes_get_size(issuer));
    der_append_header(der, DER_INTEGER, serial_size);
    g_byte_array_append(der, g_bytes_get_data(serial, NULL),
                        (guint)serial_size);
    assert_true(size < 100);
    const guchar *cursor = der->data;
    X509_ATTRIBUTE *attribute =
        d2i_X509_ATTRIBUTE(NULL, &cursor, (long)der->len);
    assert_non_null(attribute);
    assert_int_equal(CMS_signed_add1_attr(signer, attribute), 1);
    X509_ATTRIBUTE_free(attribute);
    g_byte_array_unref(der);
}

/* A signed mail as a mail program makes it. */
static char *
sign(const char *from, const Certificate *preferred, const EVP_MD *digest)
{
    g_autoptr(BIO) in = BIO_new_mem_buf(CONTENT, -1);
    g_autoptr(BIO) out = BIO_new(BIO_s_mem());
    unsigned flags = CMS_DETACHED | CMS_PARTIAL | CMS_STREAM;
    g_autoptr(CMS_ContentInfo) cms = CMS_sign(NULL, NULL, NULL, in, flags);
    assert_non_null(cms);
    CMS_SignerInfo *signer = CMS_add1_signer(cms, certificate_get_x509(bob),
                                             key, digest, CMS_PARTIAL);
    assert_non_null(signer);
    assert_int_equal(CMS_add1_cert(cms, certificate_get_x509(other)), 1);
    if (preferred != NULL)
        prefer(signer, preferred);
    BIO_printf(out, "From: %s\nSubject: offer\n", from);
    assert_int_equal(SMIME_write_CMS(out, cms, in, CMS_DETACHED | CMS_STREAM),
                     1);
    char *bytes = NULL;
    long size = BIO_get_mem_data(out, &bytes);
    return g_strndup(bytes, (gsize)size);
}

static void
a_signed_mail_offers_its_signers_certificate(void **state)
{
    (void)state;
    g_autofree char *mail =
        sign("Bob <bob@partner.example>", NULL, EVP_sha256());
    g_autoptr(Offer) made = offer(mail, strlen(mail), NULL);
    assert_true(offers(made, bob));
    assert_string_equal(made->origin, "signed mail of bob@partner.example");
}

static void
the_preferred_certificate_is_offered(void **state)
{
    (void)state;
    g_autofree char *mail = sign("bob@partner.example", other, EVP_sha256());
    g_autoptr(Offer) made = offer(mail, strlen(mail), NULL);
    assert_true(offers(made, other));
    g_autoptr(Certificate) absent =
        made_certificate_new(KEY_RSA, "bob@partner.example", NULL);
    g_autofree char *lacking =
        sign("bob@partner.example", absent, EVP_sha256());
    g_autoptr(GError) error = NULL;
    assert_null(offer(lacking, strlen(lacking), &error));
    assert_non_null(strstr(error->message, "prefers"));
}

static void
assert_refused(char *mail, const char *word)
{
    g_autoptr(GError) error = NULL;
    assert_null(offer(mail, strlen(mail), &error));
    assert_non_null(strstr(error->message, word));
    g_free(mail);
}

static void
what_is_not_right_is_refused(void **state)
{
    (void)state;
    char *mail = sign("bob@partner.example", NULL, EVP_sha256());
    *strstr(mail, "10.") = '9';
    assert_refused(mail, "not right");
    assert_refused(sign("eve@partner.example", NULL, EVP_sha256()),
                   "not signed by its sender");
    assert_refused(
        sign("bob@partner.example, eve@partner.example", NULL, EVP_sha256()),
        "one From");
    assert_refused(sign("bob@partner.example", NULL, EVP_sha1()), "weak");
    assert_refused(g_strdup("From: bob@partner.example\n"
                            "Content-Type: multipart/signed; boundary=b\n\n"
                            "--b\n\nx\n--b--\n"),
                   "no signature");
    assert_refused(g_strdup("nothing"), "no certificate");
}

/* The header of a mail ends at the empty line, whatever its line ends. */
static void
a_mail_with_crlf_is_one_too(void **state)
{
    (void)state;
    g_autofree char *mail = sign("bob@partner.example", NULL, EVP_sha256());
    g_autoptr(GString) text = g_string_new(mail);
    g_string_replace(text, "\r\n", "\n", 0);
    g_string_replace(text, "\n", "\r\n", 0);
    g_autoptr(Offer) made = offer(text->str, text->len, NULL);
    assert_true(offers(made, bob));
}

static void
plain_files_are_read(void **state)
{
    (void)state;
    gsize size = 0;
    const char *der = g_bytes_get_data(certificate_get_der(bob), &size);
    g_autoptr(Offer) made = offer(der, size, NULL);
    assert_true(offers(made, bob));
    g_autoptr(CMS_ContentInfo) cms =
        CMS_sign(NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_PARTIAL);
    assert_int_equal(CMS_add1_cert(cms, certificate_get_x509(bob)), 1);
    guchar *bytes = NULL;
    int length = i2d_CMS_ContentInfo(cms, &bytes);
    assert_true(length > 0);
    g_autoptr(Offer) bag = offer((char *)bytes, (gsize)length, NULL);
    assert_true(offers(bag, bob));
    g_autofree char *base64 = g_base64_encode(bytes, (gsize)length);
    g_autofree char *pem = g_strdup_printf(
        "-----BEGIN PKCS7-----\n%s\n-----END PKCS7-----\n", base64);
    g_autoptr(Offer) text = offer(pem, strlen(pem), NULL);
    assert_true(offers(text, bob));
    OPENSSL_free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        TEST(a_signed_mail_offers_its_signers_certificate),
        TEST(the_preferred_certificate_is_offered),
        TEST(what_is_not_right_is_refused),
        TEST(a_mail_with_crlf_is_one_too),
        TEST(plain_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
