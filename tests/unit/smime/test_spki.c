/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/spki.h"

#include "smime/der.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define EC  "\x2a\x86\x48\xce\x3d\x02\x01"
#define P256                                                                   \
    "\x06\x08"                                                                 \
    "\x2a\x86\x48\xce\x3d\x03\x01\x07"

static GByteArray *
wrap(guchar tag, GByteArray *content)
{
    GByteArray *made = g_byte_array_new();
    der_append_header(made, tag, content->len);
    g_byte_array_append(made, content->data, content->len);
    g_byte_array_unref(content);
    return made;
}

static void
append(GByteArray *to, GByteArray *part)
{
    g_byte_array_append(to, part->data, part->len);
    g_byte_array_unref(part);
}

static GByteArray *
octets(const char *bytes, gsize size)
{
    GByteArray *made = g_byte_array_new();
    g_byte_array_append(made, (const guchar *)bytes, (guint)size);
    return made;
}

/* An INTEGER of that many bits, all ones. */
static GByteArray *
integer(unsigned bits)
{
    GByteArray *content = g_byte_array_new();
    guchar top = (guchar)(0xFF >> (8 - bits % 8) % 8);
    if (top == 0xFF)
        g_byte_array_append(content, (const guchar *)"", 1);
    for (unsigned done = 0; done < bits; done += 8) {
        g_byte_array_append(content, &top, 1);
        top = 0xFF;
    }
    return wrap(DER_INTEGER, content);
}

static GByteArray *
rsa_key(unsigned modulus_bits, unsigned exponent_bits)
{
    GByteArray *numbers = integer(modulus_bits);
    append(numbers, integer(exponent_bits));
    GByteArray *key = octets("", 1);
    append(key, wrap(DER_SEQUENCE, numbers));
    return key;
}

/* Only as much of a certificate as is looked at. key is taken. */
static GByteArray *
certificate(const char *oid, gsize oid_size, const char *parameters,
            gsize parameters_size, GByteArray *key)
{
    GByteArray *algorithm = wrap(DER_OID, octets(oid, oid_size));
    append(algorithm, octets(parameters, parameters_size));
    GByteArray *spki = wrap(DER_SEQUENCE, algorithm);
    append(spki, wrap(DER_BIT_STRING, key));
    GByteArray *tbs = octets("\xa0\x03\x02\x01\x02\x02\x01\x07", 8);
    for (int i = 0; i < 4; i++)
        append(tbs, octets("\x30\x00", 2));
    append(tbs, wrap(DER_SEQUENCE, spki));
    return wrap(DER_SEQUENCE, wrap(DER_SEQUENCE, tbs));
}

static void
expect(GByteArray *made, const char *reason)
{
    const char *said = spki_check(made->data, made->len);
    if (reason == NULL)
        assert_null(said);
    else
        assert_string_equal(said, reason);
    g_byte_array_unref(made);
}

static void
an_rsa_key_of_an_absurd_size_is_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned modulus, exponent;
        const char *reason;
    } rows[] = {
        {2048, 17, NULL},
        {512, 2, NULL},
        {16384, 64, NULL},
        {511, 17, "its RSA key has an absurd size"},
        {16385, 17, "its RSA key has an absurd size"},
        {100000, 17, "its RSA key has an absurd size"},
        {2048, 2048, "its RSA key has an absurd exponent"},
        {2048, 73, "its RSA key has an absurd exponent"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        expect(certificate(RSA, 9, "\x05\x00", 2,
                           rsa_key(rows[i].modulus, rows[i].exponent)),
               rows[i].reason);
}

static void
an_rsa_key_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const unread = "its RSA key cannot be read";
    expect(certificate(RSA, 9, "\x05\x00", 2, octets("\0\x30\x00", 3)), unread);
    expect(certificate(RSA, 9, "\x05\x00", 2, octets("\0\x04\x00", 3)), unread);
    expect(certificate(RSA, 9, "\x05\x00", 2,
                       octets("\0\x30\x05\x02\x01\x01\x02\x7f", 8)),
           unread);
    expect(certificate(RSA, 9, "\x05\x00", 2, octets("\0", 1)),
           "its key is empty");
    expect(certificate(RSA, 9, "\x05\x00", 2,
                       octets("\0\x30\x06\x02\x01\x00\x02\x01\x03", 9)),
           "its RSA key has an absurd size");
}

/* Explicit parameters are a curve of the sender's own making. */
static void
an_ec_key_must_be_on_a_named_curve(void **state)
{
    (void)state;
    expect(certificate(EC, 7, P256, 10, octets("\0\4xxxx", 6)), NULL);
    expect(certificate(EC, 7, "\x30\x00", 2, octets("\0\4xxxx", 6)),
           "its EC key is not on a named curve");
    expect(certificate(EC, 7, "", 0, octets("\0\4xxxx", 6)),
           "its EC key is not on a named curve");
    GByteArray *large = octets("", 0);
    g_byte_array_set_size(large, 4000);
    expect(certificate(EC, 7, P256, 10, large),
           "its EC key has an absurd size");
}

static void
dsa_and_dh_are_refused_before_their_parameters_matter(void **state)
{
    (void)state;
    static const char dsa[] = "\x2a\x86\x48\xce\x38\x04\x01";
    static const char dh[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01";
    static const char *const reason = "its type of key is not supported";
    expect(certificate(dsa, 7, "\x30\x00", 2, octets("\0\2\1\1", 4)), reason);
    expect(certificate(dh, 9, "\x30\x00", 2, octets("\0\2\1\1", 4)), reason);
    expect(certificate("", 0, "", 0, octets("\0\2\1\1", 4)), reason);
    expect(certificate("\x2b\x65\x70", 3, "", 0, octets("\0xxxx", 5)), NULL);
}

static void
cut_anywhere_a_certificate_is_refused_or_harmless(void **state)
{
    (void)state;
    g_autoptr(Certificate) bob = pki_certificate("bob");
    gsize size = 0;
    const guchar *der = g_bytes_get_data(certificate_get_der(bob), &size);
    assert_null(spki_check(der, size));
    for (gsize cut = 0; cut < size; cut++) {
        g_autofree guchar *copy = g_memdup2(der, cut);
        assert_string_equal(spki_check(copy, cut), "not a certificate");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_rsa_key_of_an_absurd_size_is_refused),
        cmocka_unit_test(an_rsa_key_that_is_none_is_refused),
        cmocka_unit_test(an_ec_key_must_be_on_a_named_curve),
        cmocka_unit_test(dsa_and_dh_are_refused_before_their_parameters_matter),
        cmocka_unit_test(cut_anywhere_a_certificate_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
