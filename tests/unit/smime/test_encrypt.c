/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/encrypt.h"

#include "base/error.h"
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

typedef struct {
    Certificate *certificate;
    EVP_PKEY *key;
} Person;

static Person rsa[2], ec[2];

static int
make_people(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        rsa[i].certificate =
            made_certificate_new(KEY_RSA, "rsa@example.org", &rsa[i].key);
        ec[i].certificate =
            made_certificate_new(KEY_EC, "ec@example.org", &ec[i].key);
    }
    return 0;
}

static int
drop_people(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        certificate_unref(rsa[i].certificate);
        certificate_unref(ec[i].certificate);
        EVP_PKEY_free(rsa[i].key);
        EVP_PKEY_free(ec[i].key);
    }
    return 0;
}

/* How the next one is encrypted. */
static EncryptProfile profile;

static GPtrArray *
list(const Person *one, const Person *two)
{
    GPtrArray *certificates = g_ptr_array_new();
    g_ptr_array_add(certificates, one->certificate);
    if (two != NULL)
        g_ptr_array_add(certificates, two->certificate);
    return certificates;
}

static CMS_ContentInfo *
encrypt(const GPtrArray *certificates, const char *text, gsize size,
        gsize chunk)
{
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(Encrypt) stream =
        encrypt_begin(certificates, &profile, out, NULL);
    assert_non_null(stream);
    for (gsize at = 0; at < size; at += chunk)
        assert_true(
            encrypt_write(stream, text + at, MIN(chunk, size - at), NULL));
    assert_true(encrypt_end(stream, NULL));
    g_autofree char *base64 = spool_text_read(out);
    for (const char *line = base64; *line != '\0';) {
        const char *end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_in_range(end - line, 1, 64);
        line = end + 2;
    }
    gsize der_size = 0;
    g_autofree guchar *der = g_base64_decode(base64, &der_size);
    const guchar *cursor = der;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &cursor, (long)der_size);
    assert_non_null(cms);
    return cms;
}

static bool
opens(CMS_ContentInfo *cms, const Person *person, const char *text, gsize size)
{
    g_autoptr(BIO) out = BIO_new(BIO_s_mem());
    if (CMS_decrypt(cms, person->key, certificate_get_x509(person->certificate),
                    NULL, out, CMS_BINARY) != 1)
        return false;
    char *clear = NULL;
    long got = BIO_get_mem_data(out, &clear);
    return (gsize)got == size && (size == 0 || memcmp(clear, text, size) == 0);
}

static void
each_reader_opens_it_and_nobody_else(void **state)
{
    (void)state;
    const Person *families[2] = {rsa, ec};
    for (int i = 0; i < 2; i++) {
        const Person *people = families[i];
        g_autoptr(GPtrArray) both = list(&people[0], &people[1]);
        g_autoptr(CMS_ContentInfo) two = encrypt(both, "bonjour", 7, 3);
        assert_true(opens(two, &people[0], "bonjour", 7));
        assert_true(opens(two, &people[1], "bonjour", 7));
        g_autoptr(GPtrArray) single = list(&people[0], NULL);
        g_autoptr(CMS_ContentInfo) one = encrypt(single, "bonjour", 7, 7);
        assert_false(opens(one, &people[1], "bonjour", 7));
        assert_int_equal(sk_CMS_RecipientInfo_num(CMS_get0_RecipientInfos(one)),
                         1);
    }
}

static void
any_size_comes_back_as_it_was(void **state)
{
    (void)state;
    static const gsize sizes[] = {0, 1, 15, 16, 17, 4096, 1000003};
    g_autoptr(GPtrArray) certificates = list(&rsa[0], NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *text = g_malloc(sizes[i] + 1);
        for (gsize k = 0; k < sizes[i]; k++)
            text[k] = (char)(k * 7 + k / 251);
        g_autoptr(CMS_ContentInfo) cms =
            encrypt(certificates, text, sizes[i], 65535);
        assert_true(opens(cms, &rsa[0], text, sizes[i]));
    }
}

/* RFC 5753 7.1.4: dhSinglePass-stdDH-sha256kdf-scheme, aes256-wrap. */
static void
key_agreement_uses_sha256(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) certificates = list(&ec[0], NULL);
    g_autoptr(CMS_ContentInfo) cms = encrypt(certificates, "x", 1, 1);
    CMS_RecipientInfo *info =
        sk_CMS_RecipientInfo_value(CMS_get0_RecipientInfos(cms), 0);
    X509_ALGOR *algorithm = NULL;
    assert_int_equal(CMS_RecipientInfo_kari_get0_alg(info, &algorithm, NULL),
                     1);
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    assert_int_equal(OBJ_obj2nid(oid), NID_dhSinglePass_stdDH_sha256kdf_scheme);
}

/* RFC 5083 for GCM, RFC 3560 for OAEP: each cipher for each kind of key. */
static void
every_cipher_and_transport_is_opened_again(void **state)
{
    (void)state;
    const Person *families[2] = {rsa, ec};
    for (int oaep = 0; oaep < 2; oaep++)
        for (Cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
            for (int i = 0; i < 2; i++) {
                profile = (EncryptProfile){.cipher = cipher, .oaep = oaep == 1};
                const Person *people = families[i];
                g_autoptr(GPtrArray) both = list(&people[0], &people[1]);
                g_autoptr(CMS_ContentInfo) cms = encrypt(both, "bonjour", 7, 3);
                assert_true(opens(cms, &people[1], "bonjour", 7));
                assert_int_equal(OBJ_obj2nid(CMS_get0_type(cms)),
                                 cipher_is_authenticated(cipher)
                                     ? NID_id_smime_ct_authEnvelopedData
                                     : NID_pkcs7_enveloped);
            }
    profile = (EncryptProfile){0};
}

static void
two_families_or_nobody_are_refused(void **state)
{
    (void)state;
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) mixed = list(&rsa[0], &ec[0]);
    assert_null(encrypt_begin(mixed, &profile, out, &error));
    assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    assert_null(encrypt_begin(nobody, &profile, out, &error));
    assert_int_equal(error_get_class(error), ERROR_INTERNAL);
}

static void
a_full_spool_is_an_error_not_a_result(void **state)
{
    (void)state;
    const SpoolSettings tight = {.path = (char *)(guintptr) "/tmp",
                                 .memory_bytes = 4096,
                                 .limit_bytes = 2000};
    g_autoptr(Spool) out = spool_new(&tight);
    g_autoptr(GPtrArray) certificates = list(&rsa[0], NULL);
    g_autoptr(Encrypt) stream =
        encrypt_begin(certificates, &profile, out, NULL);
    g_autofree char *text = g_malloc0(100000);
    g_autoptr(GError) error = NULL;
    bool written = encrypt_write(stream, text, 100000, &error);
    assert_false(written && encrypt_end(stream, &error));
    assert_int_equal(error_get_class(error), ERROR_MALFORMED);
}

static void
an_unfinished_stream_is_dropped_quietly(void **state)
{
    (void)state;
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(GPtrArray) certificates = list(&rsa[0], NULL);
    Encrypt *stream = encrypt_begin(certificates, &profile, out, NULL);
    assert_true(encrypt_write(stream, "half", 4, NULL));
    encrypt_free(stream);
    encrypt_free(NULL);
}

static void
a_certificate_not_for_encryption_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"alice",   "ec-sign",  "server",
                                        "ca-user", "critical", "issuing"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Certificate) bad = pki_certificate(names[i]);
        g_autoptr(GPtrArray) both =
            list(certificate_get_key_family(bad) == KEY_RSA ? &rsa[0] : &ec[0],
                 NULL);
        g_ptr_array_add(both, bad);
        g_autoptr(Spool) out = spool_text_new("");
        g_autoptr(GError) error = NULL;
        assert_null(encrypt_begin(both, &profile, out, &error));
        assert_int_equal(error_get_class(error), ERROR_INTERNAL);
        assert_non_null(strstr(error->message, certificate_check_encrypt(bad)));
    }
}

/* --- every way it can break -------------------------------------------- */

/* The size of the result; 0: failed. */
static guint64
try_with(const SpoolSettings *settings, GError **error)
{
    g_autoptr(Spool) out = spool_new(settings);
    g_autoptr(GPtrArray) both = list(&ec[0], &ec[1]);
    g_autoptr(Encrypt) stream = encrypt_begin(both, &profile, out, error);
    bool good = stream != NULL && encrypt_write(stream, "bonjour", 7, error) &&
                encrypt_write(stream, "bonjour", 7, error) &&
                encrypt_end(stream, error);
    return good ? spool_get_size(out) : 0;
}

/* The spool fills up at each place in turn: head, content, tail. */
static void
wherever_the_spool_fills_up_it_fails(void **state)
{
    (void)state;
    SpoolSettings tight = {.path = (char *)(guintptr) "/tmp",
                           .memory_bytes = 65536,
                           .limit_bytes = 65536};
    guint64 size = try_with(&tight, NULL);
    assert_true(size > 500);
    for (tight.limit_bytes = size % 33; tight.limit_bytes < size;
         tight.limit_bytes += 33) {
        g_autoptr(GError) error = NULL;
        assert_int_equal(try_with(&tight, &error), 0);
        assert_int_equal(error_get_class(error), ERROR_MALFORMED);
    }
}

static void
a_disk_that_fails_is_temporary(void **state)
{
    (void)state;
    const SpoolSettings nowhere = {.path =
                                       (char *)(guintptr) "/nonexistent/spool",
                                   .memory_bytes = 10,
                                   .limit_bytes = 65536};
    g_autoptr(GError) error = NULL;
    assert_int_equal(try_with(&nowhere, &error), 0);
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
}

static void
after_a_failure_it_cannot_be_finished(void **state)
{
    (void)state;
    const SpoolSettings tight = {.path = (char *)(guintptr) "/tmp",
                                 .memory_bytes = 4096,
                                 .limit_bytes = 2000};
    g_autoptr(Spool) out = spool_new(&tight);
    g_autoptr(GPtrArray) certificates = list(&rsa[0], NULL);
    g_autoptr(Encrypt) stream =
        encrypt_begin(certificates, &profile, out, NULL);
    g_autofree char *text = g_malloc0(100000);
    assert_false(encrypt_write(stream, text, 100000, NULL));
    g_autoptr(GError) again = NULL;
    assert_false(encrypt_write(stream, "x", 1, &again));
    g_autoptr(GError) end = NULL;
    assert_false(encrypt_end(stream, &end));
    assert_non_null(end);
}

static void
after_the_end_there_is_no_more(void **state)
{
    (void)state;
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(GPtrArray) certificates = list(&rsa[0], NULL);
    g_autoptr(Encrypt) stream =
        encrypt_begin(certificates, &profile, out, NULL);
    assert_true(encrypt_end(stream, NULL));
    guint64 size = spool_get_size(out);
    assert_false(encrypt_write(stream, "x", 1, NULL));
    assert_false(encrypt_end(stream, NULL));
    assert_int_equal(spool_get_size(out), size);
}

/* --- as others see it -------------------------------------------------- */

/* Encrypted for NAME of the authorities; the path of an S/MIME message. */
static char *
write_message(const char *scratch, const char *name, const char *content)
{
    g_autoptr(Certificate) certificate = pki_certificate(name);
    g_autoptr(GPtrArray) certificates = g_ptr_array_new();
    g_ptr_array_add(certificates, certificate);
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(Encrypt) stream =
        encrypt_begin(certificates, &profile, out, NULL);
    assert_true(encrypt_write(stream, content, strlen(content), NULL));
    assert_true(encrypt_end(stream, NULL));
    g_autofree char *lines = spool_text_read(out);
    g_autofree char *message = pki_smime_new("enveloped-data", lines);
    return pki_scratch_write(scratch, name, message, strlen(message), 0600);
}

static bool
command_line_opens(const char *message, const char *name, const char *content)
{
    g_autofree char *pem = g_strconcat(PKI_DIR "/", name, ".pem", NULL);
    g_autofree char *key = g_strconcat(PKI_DIR "/", name, ".key", NULL);
    const char *const words[] = {"cms",   "-decrypt", "-binary", "-inform",
                                 "SMIME", "-in",      message,   "-recip",
                                 pem,     "-inkey",   key,       NULL};
    g_autofree char *clear = NULL;
    int status = pki_openssl(words, &clear);
    assert_true(status == 0 || strstr(clear, content) == NULL);
    return status == 0 && strcmp(clear, content) == 0;
}

static void
the_command_line_opens_it_with_the_right_key_alone(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"bob", "carol"}, {"rsa3072", "bob"}, {"encrypt-only", "bob"},
        {"ec", "ec-enc"}, {"ec-enc", "ec"},   {"ec384", "ec"}};
    static const char content[] = "Content-Type: text/plain\r\n\r\nsecret\r\n";
    char *scratch = pki_scratch_new();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *message = write_message(scratch, rows[i][0], content);
        assert_true(command_line_opens(message, rows[i][0], content));
        assert_false(command_line_opens(message, rows[i][1], content));
    }
    pki_scratch_remove(scratch);
}

/* RFC 8551 2.7, RFC 5753 7.1: names as the command line prints them. */
static void
its_algorithms_are_those_promised(void **state)
{
    (void)state;
    static const char *const rows[][4] = {
        {"bob", "aes-256-cbc", "rsaEncryption", "issuerAndSerialNumber"},
        {"ec", "aes-256-cbc", "dhSinglePass-stdDH-sha256kdf-scheme",
         "issuerAndSerialNumber"},
        {"ec384", "aes-256-cbc", "dhSinglePass-stdDH-sha256kdf-scheme",
         "id-aes256-wrap"},
        {"bob", "aes-256-cbc", "rsaesOaep", "sha256"},
        {"ec384", "aes-128-gcm", "dhSinglePass-stdDH-sha256kdf-scheme",
         "id-aes128-wrap"},
    };
    char *scratch = pki_scratch_new();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        profile.oaep = strcmp(rows[i][2], "rsaesOaep") == 0;
        if (strcmp(rows[i][1], "aes-128-gcm") == 0)
            profile.cipher = CIPHER_AES_128_GCM;
        g_autofree char *message = write_message(scratch, rows[i][0], "text");
        profile = (EncryptProfile){0};
        const char *const words[] = {"cms",   "-cmsout", "-print", "-inform",
                                     "SMIME", "-in",     message,  NULL};
        g_autofree char *printed = NULL;
        assert_int_equal(pki_openssl(words, &printed), 0);
        for (int k = 1; k < 4; k++)
            if (strstr(printed, rows[i][k]) == NULL)
                fail_msg("%s: no %s in %s", rows[i][0], rows[i][k], printed);
    }
    pki_scratch_remove(scratch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reader_opens_it_and_nobody_else),
        cmocka_unit_test(any_size_comes_back_as_it_was),
        cmocka_unit_test(key_agreement_uses_sha256),
        cmocka_unit_test(every_cipher_and_transport_is_opened_again),
        cmocka_unit_test(two_families_or_nobody_are_refused),
        cmocka_unit_test(a_full_spool_is_an_error_not_a_result),
        cmocka_unit_test(an_unfinished_stream_is_dropped_quietly),
        cmocka_unit_test(a_certificate_not_for_encryption_is_refused),
        cmocka_unit_test(wherever_the_spool_fills_up_it_fails),
        cmocka_unit_test(a_disk_that_fails_is_temporary),
        cmocka_unit_test(after_a_failure_it_cannot_be_finished),
        cmocka_unit_test(after_the_end_there_is_no_more),
        cmocka_unit_test(the_command_line_opens_it_with_the_right_key_alone),
        cmocka_unit_test(its_algorithms_are_those_promised),
    };
    return cmocka_run_group_tests(tests, make_people, drop_people);
}
