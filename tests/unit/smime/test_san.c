/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/san.h"

#include "smime/openssl.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

typedef struct {
    const char *bytes;
    gsize size;
    const char *address; /* NULL: left out */
    bool utf8;           /* as SmtpUTF8Mailbox */
} Row;

#define NAME(text)      text, sizeof text - 1
#define LONG_LOCAL_PART "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const Row rows[] = {
    {NAME("bob@example.fr"), "bob@example.fr", false},
    {NAME("Bob@EXAMPLE.fr"), "Bob@example.fr", false},
    {NAME("\"bob\"@example.fr"), "bob@example.fr", false},
    {NAME("s\xc3\xa9v@example.fr"), "s\xc3\xa9v@example.fr", true},
    {NAME("s\xc3\xa9v@ex\xc3\xa9mple.fr"), "s\xc3\xa9v@xn--exmple-cva.fr",
     true},
    {NAME("bob@example.fr\0.evil.org"), NULL, false},
    {NAME("bob@example.fr\0"), NULL, false},
    {NAME("\0bob@example.fr"), NULL, false},
    {NAME("bob@example.fr\0"), NULL, true},
    {NAME("s\xc3\xa9v@example.fr"), NULL, false},
    {NAME("s\xe9v@example.fr"), NULL, true},
    {NAME(""), NULL, false},
    {NAME("bob"), NULL, false},
    {NAME("bob@"), NULL, false},
    {NAME("@example.fr"), NULL, false},
    {NAME("@relay:bob@example.fr"), NULL, false},
    {NAME("<bob@example.fr>"), NULL, false},
    {NAME("<>"), NULL, false},
    {NAME(" bob@example.fr"), NULL, false},
    {NAME("bob@example.fr "), NULL, false},
    {NAME("bob@example.fr\r\n"), NULL, false},
    {NAME("Bob <bob@example.fr>"), NULL, false},
    {NAME("bob@example.fr,eve@example.fr"), NULL, false},
    {NAME("bob@a@example.fr"), NULL, false},
    {NAME("mailto:bob@example.fr"), NULL, false},
    {NAME("bob@example.fr."), NULL, false},
    {NAME("*@example.fr"), "*@example.fr", false}, /* a name, no pattern */
    {NAME(LONG_LOCAL_PART LONG_LOCAL_PART "@example.fr"), NULL, false},
};

static GENERAL_NAME *
make_name(const Row *row)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *text =
        ASN1_STRING_type_new(row->utf8 ? V_ASN1_UTF8STRING : V_ASN1_IA5STRING);
    ASN1_STRING_set(text, row->bytes, (int)row->size);
    if (row->utf8) {
        ASN1_TYPE *value = ASN1_TYPE_new();
        ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
        GENERAL_NAME_set0_othername(
            name, OBJ_nid2obj(NID_id_on_SmtpUTF8Mailbox), value);
    } else {
        GENERAL_NAME_set0_value(name, GEN_EMAIL, text);
    }
    return name;
}

/* names is taken. */
static X509 *
make_certificate(GENERAL_NAMES *names)
{
    X509 *x509 = X509_new();
    assert_int_equal(X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, 0),
                     1);
    GENERAL_NAMES_free(names);
    return x509;
}

static void
only_a_bare_address_counts(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
        sk_GENERAL_NAME_push(names, make_name(&rows[i]));
        g_autoptr(X509) x509 = make_certificate(names);
        g_auto(GStrv) found = san_make_addresses(x509);
        if (g_strcmp0(found[0], rows[i].address) != 0)
            fail_msg("row %zu: %s became %s", i, rows[i].bytes, found[0]);
    }
}

static void
a_bad_name_does_not_spoil_the_others(void **state)
{
    (void)state;
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        sk_GENERAL_NAME_push(names, make_name(&rows[i]));
    g_autoptr(X509) x509 = make_certificate(names);
    g_auto(GStrv) found = san_make_addresses(x509);
    assert_int_equal(g_strv_length(found), 6);
}

static void
names_of_other_kinds_are_no_addresses(void **state)
{
    (void)state;
    g_autoptr(Certificate) nobody = pki_certificate("no-address");
    g_auto(GStrv) none = san_make_addresses(certificate_get_x509(nobody));
    assert_null(none[0]);
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *dns = make_name(&rows[0]);
    dns->type = GEN_DNS;
    sk_GENERAL_NAME_push(names, dns);
    g_autoptr(X509) x509 = make_certificate(names);
    g_auto(GStrv) found = san_make_addresses(x509);
    assert_null(found[0]);
}

static void
thousands_of_names_are_cut_off(void **state)
{
    (void)state;
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    for (int i = 0; i < 5000; i++)
        sk_GENERAL_NAME_push(names, make_name(&rows[0]));
    g_autoptr(X509) x509 = make_certificate(names);
    g_auto(GStrv) found = san_make_addresses(x509);
    assert_int_equal(g_strv_length(found), 64);
}

/* RFC 5280 4.2: which of two would a reader believe? */
static void
two_such_extensions_count_as_none(void **state)
{
    (void)state;
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    sk_GENERAL_NAME_push(names, make_name(&rows[0]));
    g_autoptr(X509) x509 = make_certificate(names);
    GENERAL_NAMES *others = sk_GENERAL_NAME_new_null();
    sk_GENERAL_NAME_push(others, make_name(&rows[1]));
    assert_int_equal(X509_add1_ext_i2d(x509, NID_subject_alt_name, others, 0,
                                       X509V3_ADD_APPEND),
                     1);
    GENERAL_NAMES_free(others);
    g_auto(GStrv) found = san_make_addresses(x509);
    assert_null(found[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_bare_address_counts),
        cmocka_unit_test(a_bad_name_does_not_spoil_the_others),
        cmocka_unit_test(names_of_other_kinds_are_no_addresses),
        cmocka_unit_test(thousands_of_names_are_cut_off),
        cmocka_unit_test(two_such_extensions_count_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
