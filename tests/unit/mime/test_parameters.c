/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/parameters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
encodings_are_known_words(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        TransferEncoding encoding;
    } rows[] = {
        {NULL, ENCODING_7BIT},
        {"", ENCODING_7BIT},
        {" 7BIT", ENCODING_7BIT},
        {" 8bit\r\n", ENCODING_8BIT},
        {" binary", ENCODING_8BIT},
        {" Base64 ", ENCODING_BASE64},
        {" quoted-printable", ENCODING_QUOTED_PRINTABLE},
        {" x-uuencode", ENCODING_UNKNOWN},
        {" base64; x", ENCODING_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(parameters_parse_encoding(rows[i].raw),
                         rows[i].encoding);
}

static void
boundaries_are_lawful_and_single(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *boundary;
    } rows[] = {
        {" multipart/mixed; boundary=abc", "abc"},
        {" multipart/mixed; boundary=\"a b'()+_,-./:=?c\"", "a b'()+_,-./:=?c"},
        {" multipart/mixed", NULL},
        {" multipart/mixed; boundary=\"\"", NULL},
        {" multipart/mixed; boundary=\"ends \"", NULL},
        {" multipart/mixed; boundary=a; boundary=b", NULL},
        {" multipart/mixed; boundary=a; boundary =b", NULL},
        {" multipart/mixed; boundary=a; boundary*=us-ascii''b", NULL},
        {" multipart/mixed; boundary=a; boundary*0=b", NULL},
        {" multipart/mixed; boundary*0=a; boundary=b", NULL},
        {" multipart/mixed; boundary*0=a; boundary*1=b", "ab"},
        {" multipart/mixed; boundary*=us-ascii''%62", "b"},
        {" multipart/mixed; Boundary = abc ; x=y", "abc"},
        {" multipart/mixed; boundary=\"a\"\r\n", "a"},
        {" multipart/mixed; boundary=a_boundary_b", "a_boundary_b"},
        {" multipart/mixed; boundary=\"a\\\"b\"", "a\"b"},
        {" multipart/mixed; boundary=\"a", NULL},
        {" multipart/mixed; boundary=\"a\"b", NULL},
        {" multipart/mixed; boundary=a b", NULL},
        {" multipart/mixed; boundary=a(b)", NULL},
        {" multipart/mixed; boundary='a'", NULL},
        {" multipart/mixed; boundary=a; x=\"\351\"", "a"},
        {" multipart/mixed; boundary=\"\351\"", NULL},
        {" multipart/mixed; boundary="
         "0123456789012345678901234567890123456789"
         "0123456789012345678901234567890",
         NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(DecodedType) type = decode_type(rows[i].raw);
        g_autofree char *boundary = parameters_find_boundary(type, rows[i].raw);
        if (rows[i].boundary == NULL)
            assert_null(boundary);
        else
            assert_string_equal(boundary, rows[i].boundary);
    }
}

static void
what_relays_would_rewrite_is_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *type, *encoding;
        bool malformed;
    } rows[] = {
        {" text/plain", " base64", false},
        {" multipart/mixed; boundary=a", NULL, false},
        {" multipart/mixed; boundary=a; x*0=b", NULL, false},
        {" multipart/mixed; boundary*0=a", NULL, true},
        {" multipart/mixed; boundary*=us-ascii''a", NULL, true},
        {" message/rfc822", " 8bit", false},
        {" message/rfc822", " base64", true},
        {" message/news", " quoted-printable", true},
        {" message/rfc822", " x-unknown", true},
        {" message/global", " base64", false}, /* RFC 6532 3.7 */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        PartNature nature =
            parameters_read(rows[i].type, rows[i].encoding, "text/plain");
        if (nature.malformed != rows[i].malformed)
            fail_msg("%s, %s", rows[i].type, rows[i].encoding);
        g_free(nature.type);
        g_free(nature.boundary);
    }
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings_are_known_words),
        cmocka_unit_test(boundaries_are_lawful_and_single),
        cmocka_unit_test(what_relays_would_rewrite_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
