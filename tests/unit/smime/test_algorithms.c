/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/algorithms.h"

#include "smime/openssl.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
only_the_digests_of_rfc_8551_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *micalg;
        int nid;
    } rows[] = {
        {"sha-256", NID_sha256}, {"sha-384", NID_sha384},
        {"sha-512", NID_sha512}, {"sha-1", NID_undef},
        {"sha256", NID_undef},   {"md5", NID_undef},
        {"", NID_undef},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const EVP_MD *md = algorithms_find_digest(rows[i].micalg);
        assert_int_equal(md != NULL ? EVP_MD_get_type(md) : NID_undef,
                         rows[i].nid);
    }
}

static void
content_is_encrypted_with_what_we_announce_first(void **state)
{
    (void)state;
    const int *nids = algorithms_get_capabilities();
    assert_int_equal(EVP_CIPHER_get_nid(algorithms_get_cipher(0)), nids[0]);
    assert_int_equal(nids[0], NID_aes_256_cbc);
    assert_int_equal(nids[1], NID_aes_128_cbc);
    assert_int_equal(nids[2], NID_undef);
}

/* RFC 3370 3.2: rsaEncryption; RFC 5754 3.3: the ECDSA of its digest. */
static void
the_signature_algorithm_follows_key_and_digest(void **state)
{
    (void)state;
    static const struct {
        const char *key, *micalg;
        int nid;
    } rows[] = {
        {"alice", "sha-256", NID_rsaEncryption},
        {"alice", "sha-512", NID_rsaEncryption},
        {"ec-sign", "sha-256", NID_ecdsa_with_SHA256},
        {"ec384", "sha-384", NID_ecdsa_with_SHA384},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(EVP_PKEY) key = pki_key(rows[i].key);
        X509_ALGOR *algorithm = X509_ALGOR_new();
        assert_true(algorithms_set_signature(
            algorithm, key, algorithms_find_digest(rows[i].micalg), false));
        const ASN1_OBJECT *oid = NULL;
        X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
        assert_int_equal(OBJ_obj2nid(oid), rows[i].nid);
        X509_ALGOR_free(algorithm);
    }
}

static void
a_key_we_do_not_sign_with_is_refused(void **state)
{
    (void)state;
    static const char *const types[] = {"ED25519", "X25519"};
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(EVP_PKEY) key = EVP_PKEY_Q_keygen(NULL, NULL, types[i]);
        assert_non_null(key);
        X509_ALGOR *algorithm = X509_ALGOR_new();
        assert_false(
            algorithms_set_signature(algorithm, key, EVP_sha256(), true));
        X509_ALGOR_free(algorithm);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_digests_of_rfc_8551_are_known),
        cmocka_unit_test(content_is_encrypted_with_what_we_announce_first),
        cmocka_unit_test(the_signature_algorithm_follows_key_and_digest),
        cmocka_unit_test(a_key_we_do_not_sign_with_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
