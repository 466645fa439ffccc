/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/certificate.h"

#include "tests/fakes/made_certificate.h"
#include "base/error.h"
#include "smime/openssl.h"
#include "tests/fakes/pki.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* --- looking ----------------------------------------------------------- */

static void
the_key_is_named_with_its_size(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        KeyFamily family;
        unsigned bits;
        const char *key;
    } rows[] = {
        {"bob", KEY_RSA, 2048, "RSA 2048"},
        {"rsa3072", KEY_RSA, 3072, "RSA 3072"},
        {"weak", KEY_RSA, 1024, "RSA 1024"},
        {"ec", KEY_EC, 256, "EC prime256v1"},
        {"ec384", KEY_EC, 384, "EC secp384r1"},
        {"ec-weak", KEY_EC, 192, "EC prime192v1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) each = pki_certificate(rows[i].name);
        assert_int_equal(certificate_get_key_family(each), rows[i].family);
        assert_int_equal(certificate_get_key_bits(each), rows[i].bits);
        assert_string_equal(certificate_get_key_name(each), rows[i].key);
    }
}

static void
names_and_dates_are_those_inside(void **state)
{
    (void)state;
    g_autoptr(Certificate) expired = pki_certificate("expired");
    assert_string_equal(certificate_get_subject(expired),
                        "CN=expired,O=Example");
    assert_string_equal(certificate_get_issuer(expired),
                        "CN=Example Issuing,O=Example");
    assert_int_equal(certificate_get_not_before(expired), 1577836800);
    assert_int_equal(certificate_get_not_after(expired), 1609459200);
    assert_int_equal(strlen(certificate_get_sha256(expired)), 64);
    /* GeneralizedTime, past 2049 (RFC 5280 4.1.2.5). */
    g_autoptr(Certificate) future = pki_certificate("future");
    assert_int_equal(certificate_get_not_before(future), 3786912000);
}

static void
raw_parts_are_those_a_recipient_info_repeats(void **state)
{
    (void)state;
    g_autoptr(Certificate) bob = pki_certificate("bob");
    X509 *x509 = certificate_get_x509(bob);
    const guchar *issuer = NULL;
    size_t size = 0;
    X509_NAME_get0_der(X509_get_issuer_name(x509), &issuer, &size);
    g_autoptr(GBytes) expected = g_bytes_new(issuer, size);
    assert_true(g_bytes_equal(certificate_get_issuer_der(bob), expected));
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
    gsize have = 0;
    const guchar *serial =
        g_bytes_get_data(certificate_get_serial_der(bob), &have);
    BIGNUM *read = BN_bin2bn(serial, (int)have, NULL);
    assert_int_equal(BN_cmp(number, read), 0);
    BN_free(number);
    BN_free(read);
    assert_int_equal(g_bytes_get_size(certificate_get_key_id(bob)), 20);
    guchar *der = NULL;
    int whole = i2d_X509(x509, &der);
    g_autoptr(GBytes) same = g_bytes_new(der, (gsize)whole);
    assert_true(g_bytes_equal(certificate_get_der(bob), same));
    OPENSSL_free(der);
}

static void
all_addresses_are_found_but_not_the_subjects(void **state)
{
    (void)state;
    g_autoptr(Certificate) several = pki_certificate("several");
    g_autofree char *joined =
        g_strjoinv(" ", (char **)(guintptr)certificate_get_addresses(several));
    assert_string_equal(joined, "several@example.fr several.alias@example.com "
                                "s\xc3\xa9v\xc3\xa9rine@example.fr");
    g_autoptr(Certificate) none = pki_certificate("no-address");
    assert_null(certificate_get_addresses(none)[0]);
}

/* --- use --------------------------------------------------------------- */

#define NOT_MAIL "its extended key usage is not for e-mail"
#define NO_SIGN  "its key usage does not allow signatures"
#define NO_CRYPT "it may only sign: its key usage does not allow encryption"
#define NO_AGREE "its key usage does not allow key agreement"
#define IS_CA    "it is a CA certificate"
#define CRITICAL "it has a critical extension that is not known"

static void
use_follows_key_usage_and_extended_key_usage(void **state)
{
    (void)state;
    static const struct {
        const char *name, *encrypt, *sign;
    } rows[] = {
        {"bob", NULL, NULL},
        {"alice", NO_CRYPT, NULL},
        {"encrypt-only", NULL, NO_SIGN},
        {"ec", NULL, NULL},
        {"ec-sign", NO_AGREE, NULL},
        {"ec-enc", NULL, NO_SIGN},
        {"server", NOT_MAIL, NOT_MAIL},
        {"any-eku", NULL, NULL},
        {"plain", NULL, NULL},
        {"issuing", IS_CA, IS_CA},
        {"ca-user", IS_CA, IS_CA},
        {"critical", CRITICAL, CRITICAL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) each = pki_certificate(rows[i].name);
        if (g_strcmp0(certificate_check_encrypt(each), rows[i].encrypt) != 0 ||
            g_strcmp0(certificate_check_sign(each), rows[i].sign) != 0)
            fail_msg("%s: encrypt: %s, sign: %s", rows[i].name,
                     certificate_check_encrypt(each),
                     certificate_check_sign(each));
    }
}

/* --- hostile bytes ----------------------------------------------------- */

static void
expect_refusal(const void *bytes, gsize size, const char *reason)
{
    g_autofree guchar *copy = g_memdup2(bytes, size);
    g_autoptr(GError) error = NULL;
    assert_null(certificate_parse(copy, size, &error));
    assert_int_equal(error_get_class(error), ERROR_MALFORMED);
    assert_non_null(strstr(error->message, reason));
    assert_int_equal(ERR_peek_error(), 0);
}

static void
what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    expect_refusal("", 0, "not a certificate");
    expect_refusal("0", 1, "not a certificate");
    expect_refusal("\x30\x80\x30\x80\x00\x00", 6, "not a certificate");
    g_autofree guchar *zeros = g_malloc0(CERTIFICATE_MAX_BYTES + 1);
    expect_refusal(zeros, CERTIFICATE_MAX_BYTES, "not a certificate");
    expect_refusal(zeros, CERTIFICATE_MAX_BYTES + 1, "larger than 16384");
    gsize size = 0;
    g_autofree char *pem = pki_read("bob.pem", &size);
    expect_refusal(pem, size, "not a certificate");
}

static void
not_a_byte_may_follow_or_be_missing(void **state)
{
    (void)state;
    g_autoptr(Certificate) bob = pki_certificate("bob");
    gsize size = 0;
    const guchar *der = g_bytes_get_data(certificate_get_der(bob), &size);
    g_autofree guchar *longer = g_malloc0(size + 1);
    memcpy(longer, der, size);
    expect_refusal(longer, size + 1, "bytes after the certificate");
    for (gsize cut = 0; cut < size; cut += 7)
        expect_refusal(der, cut, "");
}

/* Every octet changed in three ways: refused or read, never more than that;
 * whatever is read can be looked at. */
static void
a_changed_octet_does_no_harm(void **state)
{
    (void)state;
    static const guchar changes[] = {0x01, 0x80, 0xff};
    g_autoptr(Certificate) several = pki_certificate("several");
    gsize size = 0;
    const guchar *der = g_bytes_get_data(certificate_get_der(several), &size);
    for (gsize at = 0; at < size; at++) {
        for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
            g_autofree guchar *copy = g_memdup2(der, size);
            copy[at] ^= changes[i];
            g_autoptr(GError) error = NULL;
            g_autoptr(Certificate) made = certificate_parse(copy, size, &error);
            assert_true((made == NULL) == (error != NULL));
            if (made == NULL)
                continue;
            certificate_check_encrypt(made);
            certificate_check_sign(made);
            assert_true(
                g_utf8_validate(certificate_get_subject(made), -1, NULL));
        }
    }
    assert_int_equal(ERR_peek_error(), 0);
}

/* --- files ------------------------------------------------------------- */

typedef struct {
    const char *what;
    const char *parts[4]; /* files of the PKI, or text with a line end */
    guint count;          /* 0: refused */
    const char *reason;
} FileRow;

static const FileRow files[] = {
    {"one", {"bob.pem"}, 1, NULL},
    {"several", {"bob.pem", "text between\n", "ec.pem"}, 2, NULL},
    {"a key beside it", {"bob.key", "bob.pem"}, 1, NULL},
    {"nothing", {""}, 0, "holds no certificate"},
    {"only a key", {"bob.key"}, 0, "holds no certificate"},
    {"words", {"hello\n"}, 0, "holds no certificate"},
    {"DER that is none", {"0000000000\n"}, 0, "not a certificate"},
    {"damaged base64",
     {"bob.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n",
      "-----END CERTIFICATE-----\n"},
     0,
     "a PEM block in it is damaged"},
    {"no end",
     {"bob.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n"},
     0,
     "a PEM block in it is damaged"},
    {"a damaged key before it",
     {"-----BEGIN PRIVATE KEY-----\n!!!\n", "-----END PRIVATE KEY-----\n",
      "bob.pem"},
     0,
     "a PEM block in it is damaged"},
    {"base64 of something else",
     {"bob.pem", "-----BEGIN CERTIFICATE-----\nMAAA\n",
      "-----END CERTIFICATE-----\n"},
     0,
     "not a certificate"},
};

static char *
assemble(const FileRow *row, gsize *size)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 4 && row->parts[i] != NULL; i++) {
        if (g_str_has_suffix(row->parts[i], "\n") || *row->parts[i] == '\0') {
            g_string_append(text, row->parts[i]);
            continue;
        }
        gsize length = 0;
        g_autofree char *bytes = pki_read(row->parts[i], &length);
        g_string_append_len(text, bytes, (gssize)length);
    }
    *size = text->len;
    return g_string_free(text, FALSE);
}

static void
a_file_is_read_whole_or_refused_by_name(void **state)
{
    (void)state;
    char *scratch = pki_scratch_new();
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        gsize size = 0;
        g_autofree char *text = assemble(&files[i], &size);
        g_autofree char *path =
            pki_scratch_write(scratch, "file", text, size, 0644);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) list = certificate_load_file(path, &error);
        if ((list != NULL ? list->len : 0) != files[i].count)
            fail_msg("%s", files[i].what);
        if (list != NULL)
            continue;
        assert_int_equal(error_get_class(error), ERROR_CONFIG);
        assert_true(g_str_has_prefix(error->message, path));
        if (strstr(error->message, files[i].reason) == NULL)
            fail_msg("%s: %s", files[i].what, error->message);
    }
    pki_scratch_remove(scratch);
}

static void
a_file_may_be_der(void **state)
{
    (void)state;
    char *scratch = pki_scratch_new();
    g_autoptr(Certificate) bob = pki_certificate("bob");
    gsize size = 0;
    const guchar *der = g_bytes_get_data(certificate_get_der(bob), &size);
    g_autofree char *path = pki_scratch_write(scratch, "bob", der, size, 0644);
    g_autoptr(GPtrArray) list = certificate_load_file(path, NULL);
    assert_int_equal(list->len, 1);
    assert_string_equal(certificate_get_sha256(g_ptr_array_index(list, 0)),
                        certificate_get_sha256(bob));
    pki_scratch_remove(scratch);
}

static void
a_missing_or_huge_file_is_told(void **state)
{
    (void)state;
    char *scratch = pki_scratch_new();
    g_autofree char *missing = g_build_filename(scratch, "missing", NULL);
    g_autoptr(GError) error = NULL;
    assert_null(certificate_load_file(missing, &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_non_null(strstr(error->message, missing));
    g_clear_error(&error);
    g_autofree char *many = g_strnfill(4 * 1024 * 1024 + 1, '\n');
    g_autofree char *path =
        pki_scratch_write(scratch, "huge", many, 4 * 1024 * 1024 + 1, 0644);
    assert_null(certificate_load_file(path, &error));
    assert_non_null(strstr(error->message, "larger than 4 MiB"));
    pki_scratch_remove(scratch);
}

static void
more_certificates_than_anybody_has_are_refused(void **state)
{
    (void)state;
    gsize size = 0;
    g_autofree char *one = pki_read("ec.pem", &size);
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append(text, one);
    g_autoptr(GPtrArray) list =
        certificate_parse_pem(text->str, text->len, "here", NULL);
    assert_int_equal(list->len, 1000);
    g_string_append(text, one);
    g_autoptr(GError) error = NULL;
    assert_null(certificate_parse_pem(text->str, text->len, "here", &error));
    assert_string_equal(error->message, "here: more than 1000 certificates");
    g_string_free(text, TRUE);
}

/* --- threads ----------------------------------------------------------- */

static gpointer
look(gpointer data)
{
    Certificate *certificate = certificate_ref(data);
    for (int i = 0; i < 1000; i++)
        if (certificate_check_encrypt(certificate) != NULL)
            return NULL;
    certificate_unref(certificate);
    return data;
}

static void
threads_share_one(void **state)
{
    (void)state;
    g_autoptr(Certificate) bob = pki_certificate("bob");
    GThread *threads[4];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("look", look, bob);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_ptr_equal(g_thread_join(threads[i]), bob);
}

/* RFC 5280 4.1.2.6: the subjectAltName may be all there is. */
static void
a_subject_may_be_empty(void **state)
{
    (void)state;
    /* Too long for a common name. */
    g_autoptr(Certificate) made = made_certificate_new(
        KEY_EC,
        "somebody-with-quite-a-long-name@of-a-long-domain.partner.example,"
        "email:b@x",
        NULL);
    assert_string_equal(certificate_get_subject(made), "");
    assert_string_equal(certificate_get_issuer(made), "");
    assert_string_equal(certificate_get_addresses(made)[1], "b@x");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_named_with_its_size),
        cmocka_unit_test(names_and_dates_are_those_inside),
        cmocka_unit_test(raw_parts_are_those_a_recipient_info_repeats),
        cmocka_unit_test(all_addresses_are_found_but_not_the_subjects),
        cmocka_unit_test(use_follows_key_usage_and_extended_key_usage),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(not_a_byte_may_follow_or_be_missing),
        cmocka_unit_test(a_changed_octet_does_no_harm),
        cmocka_unit_test(a_file_is_read_whole_or_refused_by_name),
        cmocka_unit_test(a_file_may_be_der),
        cmocka_unit_test(a_missing_or_huge_file_is_told),
        cmocka_unit_test(more_certificates_than_anybody_has_are_refused),
        cmocka_unit_test(threads_share_one),
        cmocka_unit_test(a_subject_may_be_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
