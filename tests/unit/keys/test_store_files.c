/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/store_files.h"

#include "base/error.h"
#include "smime/digest.h"
#include "smime/openssl.h"
#include "tests/unit/keys/given.h"

#include <openssl/err.h>
#include <unistd.h>

static char *scratch;

static int
make(void **state)
{
    (void)state;
    scratch = pki_scratch_new();
    return 0;
}

static int
clean(void **state)
{
    (void)state;
    pki_scratch_remove(scratch);
    return 0;
}

typedef struct {
    const char *what;
    const char *name;     /* of the file that is loaded */
    const char *parts[5]; /* files of the authorities */
    const char *phrase;   /* NULL: no file beside it */
    const char *reason;   /* NULL: it is good */
    int chain;            /* certificates in a signature */
} Row;

#define PEM "k.pem"
#define P12 "k.p12"

static const Row rows[] = {
    {"key, certificate, chain", PEM, {"alice-full.pem"}, NULL, NULL, 2},
    {"in another order",
     PEM,
     {"root.pem", "issuing.pem", "alice.pem", "alice.key"},
     NULL,
     NULL,
     2},
    {"without its issuer", PEM, {"alice.key", "alice.pem"}, NULL, NULL, 1},
    {"with strangers",
     PEM,
     {"alice.key", "bob.pem", "alice.pem", "partners.pem", "issuing.pem"},
     NULL,
     NULL,
     2},
    {"with another certificate of hers for answers",
     PEM,
     {"alice.key", "alice.pem", "alice-dual.pem", "issuing.pem"},
     NULL,
     NULL,
     3},
    {"an EC key", PEM, {"ec-sign.key", "ec-sign.pem"}, NULL, NULL, 1},
    {"an expired one is told later",
     PEM,
     {"expired.key", "expired.pem"},
     NULL,
     NULL,
     1},
    {"encrypted PEM", PEM, {"alice-encrypted.pem"}, "secret", NULL, 2},
    {"a phrase that is not needed", PEM, {"alice-full.pem"}, "x", NULL, 2},
    {"PKCS#12", P12, {"alice.p12"}, "secret\n", NULL, 2},
    {"open PKCS#12", P12, {"alice-open.p12"}, NULL, NULL, 2},
    {"open PKCS#12, empty phrase", P12, {"alice-open.p12"}, "", NULL, 2},

    {"wrong phrase of a PEM",
     PEM,
     {"alice-encrypted.pem"},
     "tell-nobody",
     "cannot be read: wrong pass phrase",
     0},
    {"no phrase of a PEM",
     PEM,
     {"alice-encrypted.pem"},
     NULL,
     "needs its pass phrase in",
     0},
    {"wrong phrase of a PKCS#12",
     P12,
     {"alice.p12"},
     "tell-nobody",
     "does not hold its pass phrase (password)",
     0},
    {"empty phrase of a PKCS#12",
     P12,
     {"alice.p12"},
     "",
     "does not hold its pass phrase (password)",
     0},
    {"no phrase of a PKCS#12",
     P12,
     {"alice.p12"},
     NULL,
     "it needs its pass phrase (password) in",
     0},
    {"an old PKCS#12",
     P12,
     {"alice-legacy.p12"},
     "secret",
     "algorithms of the past",
     0},
    {"PKCS#12 without key",
     P12,
     {"alice-cert.p12"},
     "secret",
     "holds no private key",
     0},
    {"PEM called PKCS#12",
     P12,
     {"alice-full.pem"},
     NULL,
     "not a PKCS#12 file",
     0},
    {"PKCS#12 called PEM",
     PEM,
     {"alice-open.p12"},
     NULL,
     "no private key that can be read",
     0},
    {"no key",
     PEM,
     {"alice.pem", "issuing.pem"},
     NULL,
     "no private key that can be read",
     0},
    {"no certificate",
     PEM,
     {"alice.key"},
     NULL,
     "no certificate in it fits the private key",
     0},
    {"somebody else's certificate",
     PEM,
     {"alice.key", "bob.pem"},
     NULL,
     "no certificate in it fits the private key",
     0},
    {"a certificate of another kind of key",
     PEM,
     {"alice.key", "ec-sign.pem"},
     NULL,
     "no certificate in it fits the private key",
     0},
    {"no address",
     PEM,
     {"no-address.key", "no-address.pem"},
     NULL,
     "holds no e-mail address",
     0},
    {"not for signing",
     PEM,
     {"encrypt-only.key", "encrypt-only.pem"},
     NULL,
     "its key usage does not allow signatures",
     0},
    {"a server's",
     PEM,
     {"server.key", "server.pem"},
     NULL,
     "its extended key usage is not for e-mail",
     0},
    {"an authority's",
     PEM,
     {"ca-user.key", "ca-user.pem"},
     NULL,
     "it is a CA certificate",
     0},
    {"1024 bits",
     PEM,
     {"weak.key", "weak.pem"},
     NULL,
     "its RSA key is shorter than 2048 bits",
     0},
    {"192 bits",
     PEM,
     {"ec-weak.key", "ec-weak.pem"},
     NULL,
     "its EC key is shorter than 256 bits",
     0},
    {"nothing", PEM, {NULL}, NULL, "no private key that can be read", 0},
    {"nothing as PKCS#12", P12, {NULL}, NULL, "not a PKCS#12 file", 0},
};

static Signer *
load(const Row *row, GError **error)
{
    g_autofree char *path = given_file(scratch, row->name, 0600, row->parts);
    g_autofree char *beside = g_strconcat(path, ".password", NULL);
    unlink(beside);
    if (row->phrase != NULL) {
        g_autofree char *base = g_path_get_basename(beside);
        g_free(pki_scratch_write(scratch, base, row->phrase,
                                 strlen(row->phrase), 0600));
    }
    return store_files_load(path, error);
}

static CMS_ContentInfo *
sign(Signer *signer)
{
    g_autoptr(Digest) digest = digest_new("sha-256", NULL);
    assert_true(digest_write(digest, "text", 4, NULL));
    g_autoptr(GBytes) value = digest_finish(digest, NULL);
    const SignProfile profile = {.digest = "sha-256"};
    g_autoptr(GBytes) der = signer_sign(signer, &profile, value, NULL);
    assert_non_null(der);
    gsize size = 0;
    const guchar *cursor = g_bytes_get_data(der, &size);
    return d2i_CMS_ContentInfo(NULL, &cursor, (long)size);
}

static void
expect_signer(Signer *signer, const Row *row)
{
    g_autoptr(CMS_ContentInfo) cms = sign(signer);
    STACK_OF(X509) *inside = CMS_get1_certs(cms);
    if (sk_X509_num(inside) != row->chain)
        fail_msg("%s: %d certificates", row->what, sk_X509_num(inside));
    sk_X509_pop_free(inside, X509_free);
    BIO *content = BIO_new_mem_buf("text", 4);
    assert_int_equal(CMS_verify(cms, NULL, NULL, content, NULL,
                                CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY),
                     1);
    BIO_free(content);
    assert_int_equal(store_files_has_issuer(signer), row->chain > 1);
}

static void
a_file_becomes_a_signer_or_a_sentence(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Signer) signer = load(&rows[i], &error);
        if ((signer != NULL) != (rows[i].reason == NULL))
            fail_msg("%s: %s", rows[i].what,
                     error != NULL ? error->message : "is good");
        assert_int_equal(ERR_peek_error(), 0);
        if (signer != NULL) {
            expect_signer(signer, &rows[i]);
            continue;
        }
        assert_int_equal(error_get_class(error), ERROR_CONFIG);
        assert_true(g_str_has_prefix(error->message, scratch));
        assert_null(strstr(error->message, "tell-nobody"));
        if (strstr(error->message, rows[i].reason) == NULL)
            fail_msg("%s: %s", rows[i].what, error->message);
    }
}

static void
key_and_phrase_must_both_be_closed_to_others(void **state)
{
    (void)state;
    g_autofree char *key =
        given_file(scratch, "open.pem", 0644, GIVEN_PARTS("alice-full.pem"));
    g_autoptr(GError) error = NULL;
    assert_null(store_files_load(key, &error));
    assert_non_null(strstr(error->message, "others may read"));
    g_clear_error(&error);
    g_autofree char *p12 =
        given_file(scratch, "p.p12", 0600, GIVEN_PARTS("alice.p12"));
    g_autofree char *phrase =
        pki_scratch_write(scratch, "p.p12.password", "secret", 6, 0644);
    assert_null(store_files_load(p12, &error));
    assert_true(g_str_has_prefix(error->message, phrase));
    assert_non_null(strstr(error->message, "others may read"));
}

static void
a_phrase_longer_than_any_is_no_harm(void **state)
{
    (void)state;
    g_autofree char *phrase = g_strnfill(100000, 'x');
    const Row row = {
        .name = PEM, .parts = {"alice-encrypted.pem"}, .phrase = phrase};
    g_autoptr(GError) error = NULL;
    assert_null(load(&row, &error));
    assert_non_null(strstr(error->message, "wrong pass phrase"));
}

/* Each octet of a PKCS#12 changed: refused, or the same key. */
static void
a_damaged_file_is_a_sentence(void **state)
{
    (void)state;
    gsize size = 0;
    g_autofree char *bytes = pki_read("alice-open.p12", &size);
    g_autofree char *phrase = g_build_filename(scratch, "d.p12.password", NULL);
    unlink(phrase);
    for (gsize at = 0; at < size; at += 97) {
        bytes[at] ^= 0x41;
        g_autofree char *path =
            pki_scratch_write(scratch, "d.p12", bytes, size, 0600);
        g_autoptr(GError) error = NULL;
        g_autoptr(Signer) signer = store_files_load(path, &error);
        assert_true((signer == NULL) == (error != NULL));
        bytes[at] ^= 0x41;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_becomes_a_signer_or_a_sentence),
        cmocka_unit_test(key_and_phrase_must_both_be_closed_to_others),
        cmocka_unit_test(a_phrase_longer_than_any_is_no_harm),
        cmocka_unit_test(a_damaged_file_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
