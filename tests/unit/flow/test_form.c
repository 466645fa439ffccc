/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/form.h"

#include "smime/capabilities.h"
#include "smime/openssl.h"
#include "tests/fakes/made_certificate.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
what_every_reader_opens_is_the_default(void **state)
{
    (void)state;
    const PolicyDecision decision = {0};
    g_autoptr(Certificate) bob = pki_certificate("bob");
    const Form form = form_make(&decision, true, bob, NULL, 0);
    assert_int_equal(form.encryption.cipher, CIPHER_AES_256_CBC);
    assert_false(form.encryption.oaep);
    assert_true(form.is_encrypted);
    assert_false(form.opaque || form.protect);
}

/* The policy's word, else the certificate's (RFC 4262), else the default. */
static void
the_policy_outranks_the_certificate(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int cipher, transport;
        Cipher expected;
        bool oaep;
    } rows[] = {
        {"capable", WANT_CIPHER_ANY, WANT_TRANSPORT_ANY, CIPHER_AES_256_GCM,
         true},
        {"capable", WANT_AES_256_CBC, WANT_PKCS1, CIPHER_AES_256_CBC, false},
        {"capable", WANT_AES_128_CBC, WANT_TRANSPORT_ANY, CIPHER_AES_128_CBC,
         true},
        {"bob", WANT_AES_128_GCM, WANT_OAEP, CIPHER_AES_128_GCM, true},
        {"bob", WANT_AES_256_GCM, WANT_TRANSPORT_ANY, CIPHER_AES_256_GCM,
         false},
        {"ec", WANT_CIPHER_ANY, WANT_OAEP, CIPHER_AES_256_CBC, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const PolicyDecision decision = {
            .form = {[FORM_CIPHER] = rows[i].cipher,
                     [FORM_TRANSPORT] = rows[i].transport}};
        g_autoptr(Certificate) certificate = pki_certificate(rows[i].name);
        const Form form = form_make(&decision, false, certificate, NULL, 0);
        if (form.encryption.cipher != rows[i].expected ||
            form.encryption.oaep != rows[i].oaep)
            fail_msg("row %zu", i);
    }
}

/* What stands beside a certificate in a directory is nobody's signed word: it
 * raises the default, gives way to the policy and lowers nothing. */
static void
what_the_directory_announces_only_raises(void **state)
{
    (void)state;
    static const struct {
        unsigned announced;
        int cipher, transport;
        Cipher expected;
        bool oaep;
    } rows[] = {
        {CAPABLE_AES_256_GCM, WANT_CIPHER_ANY, WANT_TRANSPORT_ANY,
         CIPHER_AES_256_GCM, false},
        {CAPABLE_OAEP, WANT_CIPHER_ANY, WANT_TRANSPORT_ANY, CIPHER_AES_256_CBC,
         true},
        {CAPABLE_AES_128_GCM, WANT_CIPHER_ANY, WANT_TRANSPORT_ANY,
         CIPHER_AES_256_CBC, false},
        {CAPABLE_AES_256_GCM | CAPABLE_OAEP, WANT_AES_256_CBC, WANT_PKCS1,
         CIPHER_AES_256_CBC, false},
    };
    g_autoptr(Certificate) bob = pki_certificate("bob");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const PolicyDecision decision = {
            .form = {[FORM_CIPHER] = rows[i].cipher,
                     [FORM_TRANSPORT] = rows[i].transport}};
        const Form form =
            form_make(&decision, false, bob, NULL, rows[i].announced);
        if (form.encryption.cipher != rows[i].expected ||
            form.encryption.oaep != rows[i].oaep)
            fail_msg("row %zu", i);
    }
}

static void
what_has_no_meaning_for_a_copy_does_not_part_it_from_others(void **state)
{
    (void)state;
    const PolicyDecision decision = {
        .form = {[FORM_CIPHER] = WANT_AES_256_GCM,
                 [FORM_TRANSPORT] = WANT_OAEP,
                 [FORM_SIGNATURE] = WANT_OPAQUE,
                 [FORM_SUBJECT] = WANT_SUBJECT_REPLACED,
                 [FORM_HEADERS] = WANT_HEADERS_PROTECTED},
        .subject = "..."};
    const Form zero = {0};
    const Form clear = form_make(&decision, false, NULL, NULL, 0);
    assert_true(form_is_equal(&clear, &zero));
    const Form only_signed = form_make(&decision, true, NULL, NULL, 0);
    const Form expected = {.opaque = true, .protect = true};
    assert_true(form_is_equal(&only_signed, &expected));
    g_autoptr(Certificate) bob = pki_certificate("bob");
    const Form only_encrypted = form_make(&decision, false, bob, NULL, 0);
    assert_false(only_encrypted.opaque);
    assert_string_equal(only_encrypted.subject_is, "...");
}

static void
copies_that_look_different_are_not_equal(void **state)
{
    (void)state;
    const Form base = {.is_encrypted = true};
    Form others[7];
    for (int i = 0; i < 7; i++)
        others[i] = base;
    others[0].encryption.cipher = CIPHER_AES_128_CBC;
    others[1].encryption.oaep = true;
    others[2].is_encrypted = false;
    others[3].opaque = true;
    others[4].protect = true;
    others[5].subject = WANT_SUBJECT_WITHOUT_TAG;
    others[6].subject_is = "x";
    assert_true(form_is_equal(&base, &base));
    for (int i = 0; i < 7; i++) {
        assert_false(form_is_equal(&base, &others[i]));
        /* How it is encrypted does not change what is. */
        assert_int_equal(form_has_equal_content(&base, &others[i]), i < 3);
    }
    others[4].is_encrypted = false;
    const Form marked = {.is_encrypted = true, .protect = true};
    assert_false(form_has_equal_content(&marked, &others[4]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_every_reader_opens_is_the_default),
        cmocka_unit_test(the_policy_outranks_the_certificate),
        cmocka_unit_test(what_the_directory_announces_only_raises),
        cmocka_unit_test(
            what_has_no_meaning_for_a_copy_does_not_part_it_from_others),
        cmocka_unit_test(copies_that_look_different_are_not_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
