/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/smimecert.h"

#include "certs/source.h"
#include "smime/certificate.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static GPtrArray *values, *chain;

static bool
extract(const void *bytes, gsize size, guint limit)
{
    g_clear_pointer(&values, g_ptr_array_unref);
    g_clear_pointer(&chain, g_ptr_array_unref);
    values = g_ptr_array_new_with_free_func(source_value_free);
    chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    return smimecert_extract(bytes, size, values, chain, limit);
}

static int
clear(void **state)
{
    (void)state;
    g_clear_pointer(&values, g_ptr_array_unref);
    g_clear_pointer(&chain, g_ptr_array_unref);
    return 0;
}

static bool
is_bob(guint index)
{
    g_autoptr(Certificate) bob = pki_certificate("bob");
    const SourceValue *value = g_ptr_array_index(values, index);
    return g_bytes_equal(value->der, certificate_get_der(bob));
}

/* certs-only SignedData of two certificates. */
static GBytes *
make_signed_data(void)
{
    g_autofree char *dir = pki_scratch_new();
    g_autofree char *out = g_build_filename(dir, "p7", NULL);
    g_autofree char *bob = pki_path("bob.pem");
    g_autofree char *issuing = pki_path("issuing.pem");
    const char *const words[] = {"crl2pkcs7", "-nocrl", "-certfile", bob,
                                 "-certfile", issuing,  "-outform",  "DER",
                                 "-out",      out,      NULL};
    assert_int_equal(pki_openssl(words, NULL), 0);
    char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(out, &bytes, &size, NULL));
    pki_scratch_remove(g_steal_pointer(&dir));
    return g_bytes_new_take(bytes, size);
}

/* Signed as a mail program does, with capabilities in the attributes;
 * streamed: indefinite lengths. */
static GBytes *
make_signed(bool streamed)
{
    g_autofree char *dir = pki_scratch_new();
    g_autofree char *out = g_build_filename(dir, "p7", NULL);
    g_autofree char *in = pki_scratch_write(dir, "in", "Empty Body", 10, 0600);
    g_autofree char *bob = pki_path("alice.pem");
    g_autofree char *key = pki_path("alice.key");
    g_autofree char *issuing = pki_path("issuing.pem");
    const char *const words[] = {"cms",
                                 "-sign",
                                 "-nodetach",
                                 "-binary",
                                 "-in",
                                 in,
                                 "-signer",
                                 bob,
                                 "-inkey",
                                 key,
                                 "-certfile",
                                 issuing,
                                 "-outform",
                                 "DER",
                                 "-out",
                                 out,
                                 streamed ? "-stream" : NULL,
                                 NULL};
    assert_int_equal(pki_openssl(words, NULL), 0);
    char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(out, &bytes, &size, NULL));
    pki_scratch_remove(g_steal_pointer(&dir));
    return g_bytes_new_take(bytes, size);
}

static void
certificates_are_taken_out_of_signed_data(void **state)
{
    (void)state;
    g_autoptr(GBytes) value = make_signed_data();
    gsize size = 0;
    const void *bytes = g_bytes_get_data(value, &size);
    assert_true(extract(bytes, size, 10));
    assert_int_equal(values->len, 1);
    assert_int_equal(chain->len, 1); /* a CA is nobody's certificate */
    assert_true(is_bob(0));
    assert_false(extract(bytes, size, 0) && values->len > 0);
    for (gsize cut = 0; cut < size; cut++) {
        g_autofree guint8 *copy = g_memdup2(bytes, cut);
        extract(copy, cut, 10);
        assert_true(values->len <= 1); /* no byte past the end was read */
    }
}

static void
capabilities_come_from_der_and_ber_alike(void **state)
{
    (void)state;
    for (int streamed = 0; streamed < 2; streamed++) {
        g_autoptr(GBytes) value = make_signed(streamed);
        gsize size = 0;
        const guchar *bytes = g_bytes_get_data(value, &size);
        assert_int_equal(bytes[1] == 0x80, streamed);
        assert_true(extract(bytes, size, 10));
        assert_int_equal(values->len, 1);
        assert_int_equal(chain->len, 1);
        const SourceValue *alice = g_ptr_array_index(values, 0);
        assert_non_null(alice->capabilities);
        /* aes256-CBC is among what OpenSSL announces. */
        gsize length = 0;
        const void *list = g_bytes_get_data(alice->capabilities, &length);
        assert_non_null(
            memmem(list, length, "\x60\x86\x48\x01\x65\x03\x04\x01\x2a", 9));
    }
}

static void
append_setting(GByteArray *to, guchar tag, const void *bytes, gsize size)
{
    gsize length = size + 4;
    const guchar head[] = {tag, 0, (guchar)length, (guchar)(length >> 8)};
    g_byte_array_append(to, head, sizeof head);
    g_byte_array_append(to, bytes, (guint)size);
}

static void
settings_of_an_address_book_are_walked(void **state)
{
    (void)state;
    static const guchar gcm[] = {0x30, 0x0D, 0x30, 0x0B, 0x06, 0x09, 0x60, 0x86,
                                 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2E};
    g_autoptr(Certificate) bob = pki_certificate("bob");
    GBytes *der = certificate_get_der(bob);
    g_autoptr(GByteArray) value = g_byte_array_new();
    append_setting(value, 0x01, "\x01\x00\x00\x00", 4);
    append_setting(value, 0x02, gcm, sizeof gcm);
    append_setting(value, 0x08, g_bytes_get_data(der, NULL),
                   g_bytes_get_size(der));
    assert_true(extract(value->data, value->len, 10));
    assert_int_equal(values->len, 1);
    assert_true(is_bob(0));
    const SourceValue *first = g_ptr_array_index(values, 0);
    assert_non_null(first->capabilities);
    assert_int_equal(g_bytes_get_size(first->capabilities), sizeof gcm);
    for (gsize cut = 0; cut < value->len; cut++) {
        g_autofree guint8 *copy = g_memdup2(value->data, cut);
        assert_false(extract(copy, cut, 10));
    }
}

static void
a_bare_certificate_is_taken_as_it_is(void **state)
{
    (void)state;
    g_autoptr(Certificate) bob = pki_certificate("bob");
    GBytes *der = certificate_get_der(bob);
    assert_true(extract(g_bytes_get_data(der, NULL), g_bytes_get_size(der), 5));
    assert_int_equal(values->len, 1);
    assert_true(is_bob(0));
}

static void
garbage_is_no_certificate(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        gsize size;
    } rows[] = {{"", 0},
                {"0", 1},
                {"\x30\x80", 2},
                {"\x30\x03\x02\x01\x05", 5},
                {"-----BEGIN CERTIFICATE-----\n", 28},
                {"\x08\x00\x00\x00", 4},
                {"\x08\x00\xff\xff", 4}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_false(extract(rows[i].bytes, rows[i].size, 5));
        assert_int_equal(values->len + chain->len, 0);
    }
    /* Nesting without end, 16 KiB of it. */
    g_autofree guchar *deep = g_malloc(16384);
    for (gsize i = 0; i < 16384; i += 2)
        memcpy(deep + i, "\x30\x80", 2);
    assert_false(extract(deep, 16384, 5));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_taken_out_of_signed_data),
        cmocka_unit_test(capabilities_come_from_der_and_ber_alike),
        cmocka_unit_test(settings_of_an_address_book_are_walked),
        cmocka_unit_test(garbage_is_no_certificate),
        cmocka_unit_test(a_bare_certificate_is_taken_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, clear);
}
