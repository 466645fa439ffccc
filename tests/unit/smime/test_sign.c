/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/sign.h"

#include "base/error.h"
#include "smime/digest.h"
#include "smime/openssl.h"
#include "tests/fakes/made_certificate.h"
#include "tests/fakes/pki.h"
#include "tests/fakes/spool_text.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const char text[] = "Content-Type: text/plain\r\n\r\nbonjour\r\n";

typedef struct {
    Certificate *certificate;
    EVP_PKEY *key;
    X509_STORE *store;
} Person;

static void
make_person(Person *person, KeyFamily family)
{
    person->certificate =
        made_certificate_new(family, "alice@example.fr", &person->key);
    person->store = X509_STORE_new();
    X509_STORE_add_cert(person->store,
                        certificate_get_x509(person->certificate));
}

static void
drop_person(Person *person)
{
    X509_STORE_free(person->store);
    EVP_PKEY_free(person->key);
    certificate_unref(person->certificate);
}

static GBytes *
digest_of(const char *algorithm, const char *content)
{
    g_autoptr(Digest) digest = digest_new(algorithm, NULL);
    assert_true(digest_write(digest, content, strlen(content), NULL));
    return digest_finish(digest, NULL);
}

static CMS_ContentInfo *
read_cms(GBytes *der)
{
    gsize size = 0;
    const guchar *cursor = g_bytes_get_data(der, &size);
    return d2i_CMS_ContentInfo(NULL, &cursor, (long)size);
}

static bool
verifies(CMS_ContentInfo *cms, const Person *person, const char *content)
{
    BIO *in = content != NULL ? BIO_new_mem_buf(content, -1) : NULL;
    bool good = CMS_verify(cms, NULL, person->store, in, NULL, CMS_BINARY) == 1;
    BIO_free(in);
    return good;
}

static void
a_signature_verifies_and_a_changed_text_does_not(void **state)
{
    (void)state;
    static const struct {
        KeyFamily family;
        const char *digest;
    } rows[] = {{KEY_RSA, "sha-256"},
                {KEY_RSA, "sha-512"},
                {KEY_EC, "sha-256"},
                {KEY_EC, "sha-384"}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Person person;
        make_person(&person, rows[i].family);
        g_autoptr(GBytes) digest = digest_of(rows[i].digest, text);
        const SignProfile profile = {.digest = rows[i].digest,
                                     .signing_time_s =
                                         g_get_real_time() / G_USEC_PER_SEC};
        g_autoptr(GBytes) der = sign_make(
            &(SignIdentity){.leaf = person.certificate, .key = person.key},
            &profile, digest, NULL);
        assert_non_null(der);
        g_autoptr(CMS_ContentInfo) cms = read_cms(der);
        assert_true(verifies(cms, &person, text));
        assert_false(verifies(cms, &person, "other"));
        drop_person(&person);
    }
}

/* RFC 4056 3: the parameters say digest, MGF1 with it, salt as long. */
static void
pss_is_verified_with_every_digest(void **state)
{
    (void)state;
    static const char *const digests[] = {"sha-256", "sha-384", "sha-512"};
    for (gsize i = 0; i < G_N_ELEMENTS(digests); i++) {
        Person person;
        make_person(&person, KEY_RSA);
        g_autoptr(GBytes) digest = digest_of(digests[i], text);
        const SignProfile profile = {.digest = digests[i], .pss = true};
        g_autoptr(GBytes) der = sign_make(
            &(SignIdentity){.leaf = person.certificate, .key = person.key},
            &profile, digest, NULL);
        assert_non_null(der);
        g_autoptr(CMS_ContentInfo) cms = read_cms(der);
        assert_true(verifies(cms, &person, text));
        assert_false(verifies(cms, &person, "other"));
        X509_ALGOR *algorithm = NULL;
        CMS_SignerInfo_get0_algs(
            sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0), NULL, NULL,
            NULL, &algorithm);
        const ASN1_OBJECT *oid = NULL;
        X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
        assert_int_equal(OBJ_obj2nid(oid), NID_rsassaPss);
        drop_person(&person);
    }
}

/* RFC 8551 2.5.3: issuer and serial of the other certificate, in [0]. */
static void
another_certificate_for_answers_is_announced(void **state)
{
    (void)state;
    Person person;
    make_person(&person, KEY_EC);
    g_autoptr(Certificate) bob = pki_certificate("bob");
    g_autoptr(GBytes) digest = digest_of("sha-256", text);
    const SignProfile profile = {.digest = "sha-256"};
    const SignIdentity identity = {
        .leaf = person.certificate, .key = person.key, .encryption = bob};
    g_autoptr(GBytes) der = sign_make(&identity, &profile, digest, NULL);
    assert_non_null(der);
    g_autoptr(CMS_ContentInfo) cms = read_cms(der);
    assert_true(verifies(cms, &person, text));
    CMS_SignerInfo *signer =
        sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    ASN1_OBJECT *oid = OBJ_txt2obj("1.2.840.113549.1.9.16.2.11", 1);
    int at = CMS_signed_get_attr_by_OBJ(signer, oid, -1);
    ASN1_OBJECT_free(oid);
    assert_true(at >= 0);
    ASN1_TYPE *value =
        X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(signer, at), 0);
    guchar *bytes = NULL;
    int size = i2d_ASN1_TYPE(value, &bytes);
    gsize names = 0;
    const guchar *issuer =
        g_bytes_get_data(certificate_get_issuer_der(bob), &names);
    assert_true(size > (int)names + 2);
    assert_int_equal(bytes[0], 0xA0);
    assert_memory_equal(bytes + 2, issuer, names);
    OPENSSL_free(bytes);
    STACK_OF(X509) *inside = CMS_get1_certs(cms);
    assert_int_equal(sk_X509_num(inside), 2);
    sk_X509_pop_free(inside, X509_free);
    drop_person(&person);
}

static void
an_ec_key_gets_a_digest_as_long_as_its_curve(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"alice", "sha-256", "sha-256"},   {"ec-sign", "sha-256", "sha-256"},
        {"ec-sign", "sha-512", "sha-512"}, {"ec384", "sha-256", "sha-384"},
        {"ec384", "sha-512", "sha-512"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) leaf = pki_certificate(rows[i][0]);
        assert_string_equal(sign_choose_digest(leaf, rows[i][1]), rows[i][2]);
    }
}

static CMS_SignerInfo *
first_signer(CMS_ContentInfo *cms)
{
    return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
}

static void
signing_time_is_what_was_asked_or_absent(void **state)
{
    (void)state;
    Person person;
    make_person(&person, KEY_EC);
    g_autoptr(GBytes) digest = digest_of("sha-256", text);
    SignProfile profile = {.digest = "sha-256", .signing_time_s = 1700000000};
    g_autoptr(GBytes) with = sign_make(
        &(SignIdentity){.leaf = person.certificate, .key = person.key},
        &profile, digest, NULL);
    g_autoptr(CMS_ContentInfo) timed = read_cms(with);
    int at = CMS_signed_get_attr_by_NID(first_signer(timed),
                                        NID_pkcs9_signingTime, -1);
    assert_true(at >= 0);
    const ASN1_TIME *time = X509_ATTRIBUTE_get0_data(
        CMS_signed_get_attr(first_signer(timed), at), 0, V_ASN1_UTCTIME, NULL);
    assert_int_equal(ASN1_TIME_cmp_time_t(time, 1700000000), 0);
    profile.signing_time_s = 0;
    g_autoptr(GBytes) without = sign_make(
        &(SignIdentity){.leaf = person.certificate, .key = person.key},
        &profile, digest, NULL);
    g_autoptr(CMS_ContentInfo) untimed = read_cms(without);
    assert_int_equal(CMS_signed_get_attr_by_NID(first_signer(untimed),
                                                NID_pkcs9_signingTime, -1),
                     -1);
    assert_true(verifies(untimed, &person, text));
    drop_person(&person);
}

/* RFC 8551 2.5.2: what we offer is AES, nothing the library would add. */
static void
capabilities_are_our_own(void **state)
{
    (void)state;
    Person person;
    make_person(&person, KEY_EC);
    g_autoptr(GBytes) digest = digest_of("sha-256", text);
    const SignProfile profile = {.digest = "sha-256"};
    g_autoptr(GBytes) der = sign_make(
        &(SignIdentity){.leaf = person.certificate, .key = person.key},
        &profile, digest, NULL);
    g_autoptr(CMS_ContentInfo) cms = read_cms(der);
    int at = CMS_signed_get_attr_by_NID(first_signer(cms),
                                        NID_SMIMECapabilities, -1);
    const ASN1_STRING *value = X509_ATTRIBUTE_get0_data(
        CMS_signed_get_attr(first_signer(cms), at), 0, V_ASN1_SEQUENCE, NULL);
    const guchar *bytes = ASN1_STRING_get0_data(value);
    STACK_OF(X509_ALGOR) *list =
        d2i_X509_ALGORS(NULL, &bytes, ASN1_STRING_length(value));
    assert_int_equal(sk_X509_ALGOR_num(list), 2);
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, sk_X509_ALGOR_value(list, 0));
    assert_int_equal(OBJ_obj2nid(oid), NID_aes_256_cbc);
    sk_X509_ALGOR_pop_free(list, X509_ALGOR_free);
    drop_person(&person);
}

static void
the_opaque_form_holds_its_content(void **state)
{
    (void)state;
    static const gsize sizes[] = {0, 1, 100, 127, 128, 70000};
    Person person;
    make_person(&person, KEY_EC);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *content = g_strnfill(sizes[i], 'x');
        g_autoptr(GBytes) digest = digest_of("sha-256", content);
        const SignProfile profile = {.digest = "sha-256"};
        g_autoptr(GBytes) der = sign_make(
            &(SignIdentity){.leaf = person.certificate, .key = person.key},
            &profile, digest, NULL);
        g_autoptr(Spool) out = spool_text_new("");
        g_autoptr(SignOpaque) opaque =
            sign_opaque_begin(der, sizes[i], out, NULL);
        assert_true(sign_opaque_write(opaque, content, sizes[i], NULL));
        assert_true(sign_opaque_end(opaque, NULL));
        gsize size = 0;
        g_autofree char *base64 = spool_text_read(out);
        g_autofree guchar *raw = g_base64_decode(base64, &size);
        const guchar *cursor = raw;
        g_autoptr(CMS_ContentInfo) cms =
            d2i_CMS_ContentInfo(NULL, &cursor, (long)size);
        assert_non_null(cms);
        assert_ptr_equal(cursor, raw + size);
        assert_true(verifies(cms, &person, NULL));
    }
    drop_person(&person);
}

static void
content_of_another_size_is_refused(void **state)
{
    (void)state;
    Person person;
    make_person(&person, KEY_EC);
    g_autoptr(GBytes) digest = digest_of("sha-256", text);
    const SignProfile profile = {.digest = "sha-256"};
    g_autoptr(GBytes) der = sign_make(
        &(SignIdentity){.leaf = person.certificate, .key = person.key},
        &profile, digest, NULL);
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(SignOpaque) opaque = sign_opaque_begin(der, 3, out, NULL);
    assert_true(sign_opaque_write(opaque, "ab", 2, NULL));
    assert_false(sign_opaque_end(opaque, NULL));
    assert_false(sign_opaque_write(opaque, "cd", 2, NULL));
    g_autoptr(GBytes) rubbish = g_bytes_new_static("0\x80xx", 4);
    assert_null(sign_opaque_begin(rubbish, 3, out, NULL));
    drop_person(&person);
}

static void
a_key_of_somebody_else_is_refused(void **state)
{
    (void)state;
    Person one, two;
    make_person(&one, KEY_EC);
    make_person(&two, KEY_EC);
    g_autoptr(GBytes) digest = digest_of("sha-256", text);
    const SignProfile profile = {.digest = "sha-256"};
    g_autoptr(GError) error = NULL;
    assert_null(
        sign_make(&(SignIdentity){.leaf = one.certificate, .key = two.key},
                  &profile, digest, &error));
    assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    const SignProfile wrong = {.digest = "sha-512"};
    assert_null(
        sign_make(&(SignIdentity){.leaf = one.certificate, .key = one.key},
                  &wrong, digest, &error));
    assert_non_null(error);
    drop_person(&one);
    drop_person(&two);
}

/* --- as others see it -------------------------------------------------- */

static GBytes *
sign_as(const char *name, const char *algorithm, bool with_chain)
{
    g_autoptr(Certificate) leaf = pki_certificate(name);
    g_autoptr(Certificate) issuing = pki_certificate("issuing");
    g_autoptr(EVP_PKEY) key = pki_key(name);
    g_autoptr(GPtrArray) chain = g_ptr_array_new();
    g_ptr_array_add(chain, issuing);
    g_ptr_array_add(chain, leaf); /* once more does no harm */
    g_autoptr(GBytes) digest = digest_of(algorithm, text);
    const SignProfile profile = {.digest = algorithm,
                                 .signing_time_s =
                                     g_get_real_time() / G_USEC_PER_SEC};
    GBytes *der = sign_make(&(SignIdentity){.leaf = leaf,
                                            .key = key,
                                            .chain = with_chain ? chain : NULL},
                            &profile, digest, NULL);
    assert_non_null(der);
    return der;
}

/* openssl cms -verify knows the root alone: the issuing authority has to be
 * in the signature. */
static bool
command_line_verifies(GBytes *der, const char *content)
{
    char *scratch = pki_scratch_new();
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    g_autofree char *signature =
        pki_scratch_write(scratch, "smime.p7s", bytes, size, 0600);
    g_autofree char *signed_part =
        pki_scratch_write(scratch, "part", content, strlen(content), 0600);
    g_autofree char *root = pki_path("root.pem");
    const char *const words[] = {"cms",       "-verify", "-binary", "-inform",
                                 "DER",       "-in",     signature, "-content",
                                 signed_part, "-CAfile", root,      "-purpose",
                                 "smimesign", NULL};
    bool good = pki_openssl(words, NULL) == 0;
    pki_scratch_remove(scratch);
    return good;
}

static void
the_command_line_verifies_each_kind_of_key(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"alice", "sha-256"},   {"alice", "sha-384"},   {"alice", "sha-512"},
        {"rsa3072", "sha-256"}, {"ec-sign", "sha-256"}, {"ec384", "sha-384"}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) der = sign_as(rows[i][0], rows[i][1], true);
        assert_true(command_line_verifies(der, text));
        assert_false(command_line_verifies(der, "another text\r\n"));
    }
    g_autoptr(GBytes) alone = sign_as("alice", "sha-256", false);
    assert_false(command_line_verifies(alone, text));
    g_autoptr(GBytes) unfit = sign_as("encrypt-only", "sha-256", true);
    assert_false(command_line_verifies(unfit, text));
}

static void
leaf_and_issuer_are_inside_once_each(void **state)
{
    (void)state;
    g_autoptr(GBytes) der = sign_as("alice", "sha-256", true);
    g_autoptr(CMS_ContentInfo) cms = read_cms(der);
    STACK_OF(X509) *inside = CMS_get1_certs(cms);
    assert_int_equal(sk_X509_num(inside), 2);
    sk_X509_pop_free(inside, X509_free);
    assert_int_equal(CMS_is_detached(cms), 1);
    assert_int_equal(OBJ_obj2nid(CMS_get0_eContentType(cms)), NID_pkcs7_data);
    X509_NAME *issuer = NULL;
    ASN1_INTEGER *serial = NULL;
    ASN1_OCTET_STRING *key_id = NULL;
    CMS_SignerInfo_get0_signer_id(first_signer(cms), &key_id, &issuer, &serial);
    assert_null(key_id);
    assert_non_null(issuer);
}

static void
the_command_line_reads_the_opaque_form(void **state)
{
    (void)state;
    g_autoptr(GBytes) der = sign_as("alice", "sha-256", true);
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(SignOpaque) opaque =
        sign_opaque_begin(der, sizeof text - 1, out, NULL);
    assert_true(sign_opaque_write(opaque, text, 10, NULL));
    assert_true(sign_opaque_write(opaque, text + 10, sizeof text - 11, NULL));
    assert_true(sign_opaque_end(opaque, NULL));
    g_autofree char *lines = spool_text_read(out);
    g_autofree char *message = pki_smime_new("signed-data", lines);
    char *scratch = pki_scratch_new();
    g_autofree char *in =
        pki_scratch_write(scratch, "in", message, strlen(message), 0600);
    g_autofree char *root = pki_path("root.pem");
    const char *const words[] = {"cms",   "-verify", "-binary", "-inform",
                                 "SMIME", "-in",     in,        "-CAfile",
                                 root,    NULL};
    g_autofree char *read = NULL;
    assert_int_equal(pki_openssl(words, &read), 0);
    assert_string_equal(read, text);
    pki_scratch_remove(scratch);
}

/* What comes from a key process is looked at before it is used. */
static void
a_detached_form_that_is_none_is_refused(void **state)
{
    (void)state;
    g_autoptr(GBytes) der = sign_as("ec-sign", "sha-256", true);
    gsize size = 0;
    const guchar *bytes = g_bytes_get_data(der, &size);
    g_autoptr(Spool) out = spool_text_new("");
    for (gsize cut = 0; cut < size; cut += 3) {
        g_autofree guchar *copy = g_memdup2(bytes, cut);
        g_autoptr(GBytes) part = g_bytes_new(copy, cut);
        g_autoptr(GError) error = NULL;
        assert_null(sign_opaque_begin(part, 3, out, &error));
        assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    }
    g_autofree guchar *longer = g_malloc0(size + 1);
    memcpy(longer, bytes, size);
    g_autoptr(GBytes) more = g_bytes_new(longer, size + 1);
    assert_null(sign_opaque_begin(more, 3, out, NULL));
    sign_opaque_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_verifies_and_a_changed_text_does_not),
        cmocka_unit_test(pss_is_verified_with_every_digest),
        cmocka_unit_test(another_certificate_for_answers_is_announced),
        cmocka_unit_test(an_ec_key_gets_a_digest_as_long_as_its_curve),
        cmocka_unit_test(signing_time_is_what_was_asked_or_absent),
        cmocka_unit_test(capabilities_are_our_own),
        cmocka_unit_test(the_opaque_form_holds_its_content),
        cmocka_unit_test(content_of_another_size_is_refused),
        cmocka_unit_test(a_key_of_somebody_else_is_refused),
        cmocka_unit_test(the_command_line_verifies_each_kind_of_key),
        cmocka_unit_test(leaf_and_issuer_are_inside_once_each),
        cmocka_unit_test(the_command_line_reads_the_opaque_form),
        cmocka_unit_test(a_detached_form_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
