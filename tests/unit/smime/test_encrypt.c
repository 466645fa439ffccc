/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/encrypt.h"

#include "base/error.h"
#include "smime/openssl.h"
#include "tests/fakes/made_certificate.h"
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
    g_autoptr(Encrypt) stream = encrypt_begin(certificates, out, NULL);
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

static void
two_families_or_nobody_are_refused(void **state)
{
    (void)state;
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) mixed = list(&rsa[0], &ec[0]);
    assert_null(encrypt_begin(mixed, out, &error));
    assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    assert_null(encrypt_begin(nobody, out, &error));
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
    g_autoptr(Encrypt) stream = encrypt_begin(certificates, out, NULL);
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
    Encrypt *stream = encrypt_begin(certificates, out, NULL);
    assert_true(encrypt_write(stream, "half", 4, NULL));
    encrypt_free(stream);
    encrypt_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reader_opens_it_and_nobody_else),
        cmocka_unit_test(any_size_comes_back_as_it_was),
        cmocka_unit_test(key_agreement_uses_sha256),
        cmocka_unit_test(two_families_or_nobody_are_refused),
        cmocka_unit_test(a_full_spool_is_an_error_not_a_result),
        cmocka_unit_test(an_unfinished_stream_is_dropped_quietly),
    };
    return cmocka_run_group_tests(tests, make_people, drop_people);
}
