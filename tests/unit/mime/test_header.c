/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static GPtrArray *
parse(const char *text, bool *malformed)
{
    return header_parse(text, strlen(text), malformed);
}

static void
blocks_become_fields(void **state)
{
    (void)state;
    bool malformed = true;
    g_autoptr(GPtrArray) fields =
        parse("A: 1\r\nB: x\r\n y\r\na: 2\n", &malformed);
    assert_false(malformed);
    assert_int_equal(fields->len, 3);
    bool twice = false;
    assert_string_equal(header_find(fields, "a", &twice), " 1");
    assert_true(twice);
    assert_string_equal(header_find(fields, "b", NULL), " x\r\n y");
    assert_null(header_find(fields, "c", NULL));
}

static void
what_is_no_field_is_malformed(void **state)
{
    (void)state;
    static const char *const blocks[] = {"no colon\r\n", ": x\r\n", "A : x\r\n",
                                         "A: x\r\nbad\r\n", "\r\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++) {
        bool malformed = false;
        g_autoptr(GPtrArray) fields = parse(blocks[i], &malformed);
        assert_non_null(fields);
        assert_true(malformed);
    }
    bool malformed = true;
    g_autoptr(GPtrArray) nothing = header_parse("", 0, &malformed);
    assert_int_equal(nothing->len, 0);
    assert_false(malformed);
}

static void
a_nul_hides_no_field(void **state)
{
    (void)state;
    static const char block[] = "Sub\0ject: [conf\0identiel] plan\r\n";
    bool malformed = false;
    g_autoptr(GPtrArray) fields =
        header_parse(block, sizeof block - 1, &malformed);
    assert_true(malformed);
    assert_string_equal(header_find(fields, "Subject", NULL),
                        " [confidentiel] plan");
}

static void
the_encoding_is_replaced_or_added(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } rows[] = {
        {"", "Content-Transfer-Encoding: base64\r\n"},
        {"A: 1\r\n", "A: 1\r\nContent-Transfer-Encoding: base64\r\n"},
        {"content-transfer-encoding:\r\n 8bit\r\nB: 2\r\n",
         "Content-Transfer-Encoding: base64\r\nB: 2\r\n"},
        {"Content-Transfer-Encoding: 8bit\r\n"
         "Content-Transfer-Encoding: 7bit\r\n",
         "Content-Transfer-Encoding: base64\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *block = header_set_encoding(rows[i].before,
                                             strlen(rows[i].before), "base64");
        assert_string_equal(block->str, rows[i].after);
        g_string_free(block, TRUE);
    }
}

static void
content_fields_must_be_safe(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool safe;
    } rows[] = {{"Content-Type", " text/plain", true},
                {"Content-Type", " text/plain; a=\"\303\251\"", false},
                {"Content-Type", " text/plain; a=12345678901234567", false},
                {"Content-Type", " text/plain;\r\n a=1234567890123456", true},
                {"Content-Type", " text/plain;\r a=b", false},
                {"Content-Type", " text/plain;\r\n a=b\r", false},
                {"Subject", " \303\251 and longer than the others are", true}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Message) message = message_new();
        assert_true(
            message_add_field(message, rows[i].name, rows[i].value, NULL));
        assert_int_equal(header_check_safe(message, 40), rows[i].safe);
    }
}

static void
what_readers_may_see_as_another_field_is_ambiguous(void **state)
{
    (void)state;
    static const struct {
        const char *block;
        bool ambiguous;
    } rows[] = {
        {"", false},
        {"A: b\r\n c\r\n", false},
        {"A: b\n", false},
        {"A: b\r", false}, /* cut at the line end */
        {"A: b\rC: d\r\n", true},
        {" A: b\r\n", true},
        {"\tA: b\r\n", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) block = g_string_new(rows[i].block);
        if (header_is_ambiguous(block) != rows[i].ambiguous)
            fail_msg("row %zu", i);
    }
    g_autoptr(Message) message = message_new();
    assert_true(message_add_field(message, "A", " b\r\n c", NULL));
    assert_false(header_has_bare_cr(message));
    assert_true(message_add_field(message, "A", " b\rC: d", NULL));
    assert_true(header_has_bare_cr(message));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_readers_may_see_as_another_field_is_ambiguous),
        cmocka_unit_test(blocks_become_fields),
        cmocka_unit_test(what_is_no_field_is_malformed),
        cmocka_unit_test(a_nul_hides_no_field),
        cmocka_unit_test(the_encoding_is_replaced_or_added),
        cmocka_unit_test(content_fields_must_be_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
