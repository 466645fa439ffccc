/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
text_is_unfolded_and_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text;
        bool undecodable;
    } rows[] = {
        {" hello", "hello", false},
        {" a\r\n b\r\n\tc ", "a b\tc", false},
        {" =?UTF-8?Q?a?=\r\n =?UTF-8?Q?b?=", "ab", false},
        {" caf\303\251", "caf\303\251", false},
        {" caf\351", "caf\303\251", true},
        {"", "", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool undecodable = true;
        g_autofree char *text = decode_text(rows[i].raw, &undecodable);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(undecodable, rows[i].undecodable);
    }
}

static void
addresses_are_found_in_lists_and_groups(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *joined;
        bool malformed;
    } rows[] = {
        {" Bob <Bob@Example.COM>", "Bob@example.com", false},
        {" a@b.example, \"x, y\" <c@d.example>", "a@b.example c@d.example",
         false},
        {" team: a@b.example, c@d.example;", "a@b.example c@d.example", false},
        {" undisclosed-recipients:;", "", false},
        {" =?UTF-8?Q?Ren=C3=A9?= <rene@x.example>", "rene@x.example", false},
        {" a@b.example,\r\n\tc@d.example", "a@b.example c@d.example", false},
        {" nobody", "", true},
        {"", "", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool malformed = true;
        g_auto(GStrv) list = decode_addresses(rows[i].raw, &malformed);
        g_autofree char *joined = g_strjoinv(" ", list);
        assert_string_equal(joined, rows[i].joined);
        assert_int_equal(malformed, rows[i].malformed);
    }
}

static void
types_and_parameters_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *type, *parameter, *value;
    } rows[] = {
        {" text/PLAIN; charset=UTF-8", "text/plain", "charset", "UTF-8"},
        {" multipart/mixed;\r\n\tboundary=\"a b\"", "multipart/mixed",
         "boundary", "a b"},
        {" a/b; name*=utf-8''caf%C3%A9", "a/b", "name", "caf\303\251"},
        {" a/b; name*0=x; name*1=y", "a/b", "NAME", "xy"},
        {" attachment; filename=x.p7m", "attachment", "filename", "x.p7m"},
        {" a/b", "a/b", "name", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(DecodedType) type = decode_type(rows[i].raw);
        assert_string_equal(decoded_type_get(type), rows[i].type);
        const char *value = decoded_type_get_parameter(type, rows[i].parameter);
        if (rows[i].value == NULL)
            assert_null(value);
        else
            assert_string_equal(value, rows[i].value);
    }
    assert_null(decode_type(""));
    assert_null(decode_type(" text/"));
    assert_null(decode_type(" ; charset=x"));
}

static void
dates_are_read_or_not(void **state)
{
    (void)state;
    gint64 time = 0;
    assert_true(decode_date(" Tue, 24 Nov 2026 09:44:24 +0100", &time));
    assert_int_equal(time, 1795509864);
    assert_false(decode_date(" yesterday", &time));
    assert_false(decode_date("", &time));
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_unfolded_and_decoded),
        cmocka_unit_test(addresses_are_found_in_lists_and_groups),
        cmocka_unit_test(types_and_parameters_are_read),
        cmocka_unit_test(dates_are_read_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
