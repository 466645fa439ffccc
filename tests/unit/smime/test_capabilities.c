/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/capabilities.h"

#include "smime/openssl.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define GCM256   "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e"
#define GCM128   "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x06"
#define CBC256   "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a"
#define OAEP_OLD "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07"
#define OAEP_256                                                               \
    "\x30\x1e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07\x30\x11\xa0\x0f\x30" \
    "\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"

#define ROW(what, text, capable)                                               \
    {                                                                          \
        what, text, sizeof text - 1, capable                                   \
    }

static void
only_what_is_listed_whole_is_believed(void **state)
{
    (void)state;
    static const struct {
        const char *what, *der;
        gsize size;
        unsigned capable;
    } rows[] = {
        ROW("nothing", "\x30\x00", 0),
        ROW("AES-256-CBC alone", "\x30\x0d" CBC256, 0),
        ROW("both GCM", "\x30\x1a" GCM256 GCM128,
            CAPABLE_AES_256_GCM | CAPABLE_AES_128_GCM),
        ROW("OAEP with SHA-1", "\x30\x0d" OAEP_OLD, 0),
        ROW("OAEP with SHA-256", "\x30\x20" OAEP_256, CAPABLE_OAEP),
        ROW("cut", "\x30\x1a" GCM256 "\x30\x0b\x06", 0),
        ROW("bytes after it", "\x30\x0d" GCM256 "x", 0),
        ROW("a broken one after a good one", "\x30\x0f" GCM256 "\x04\x00", 0),
        ROW("no sequence", "\x04\x02zz", 0),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (capabilities_parse((const guchar *)rows[i].der, rows[i].size) !=
            rows[i].capable)
            fail_msg("%s", rows[i].what);
    assert_int_equal(capabilities_parse((const guchar *)"", 0), 0);
}

static void
an_endless_list_promises_nothing(void **state)
{
    (void)state;
    g_autoptr(GByteArray) list = g_byte_array_new();
    g_byte_array_append(list, (const guchar *)"\x30\x82\x04\x92", 4);
    for (int i = 0; i < 90; i++)
        g_byte_array_append(list, (const guchar *)GCM256, sizeof GCM256 - 1);
    assert_int_equal(list->len, 4 + 0x0492);
    assert_int_equal(capabilities_parse(list->data, list->len), 0);
}

/* RFC 4262: the extension as a CA writes it. */
static void
a_certificate_tells_them(void **state)
{
    (void)state;
    g_autoptr(Certificate) without = pki_certificate("bob");
    assert_int_equal(capabilities_of_certificate(without), 0);
    g_autoptr(Certificate) with = pki_certificate("capable");
    assert_int_equal(capabilities_of_certificate(with),
                     CAPABLE_AES_256_GCM | CAPABLE_OAEP);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_listed_whole_is_believed),
        cmocka_unit_test(an_endless_list_promises_nothing),
        cmocka_unit_test(a_certificate_tells_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
