/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/message_reader.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static FILE *
open_bytes(const char *bytes, size_t size)
{
    FILE *in = tmpfile();
    assert_non_null(in);
    assert_int_equal(fwrite(bytes, 1, size, in), size);
    rewind(in);
    return in;
}

/* "Name:value" lines, then an empty line and the body, as text. */
static char *
read_all(const char *bytes, size_t size, size_t chunk)
{
    FILE *in = open_bytes(bytes, size);
    g_autoptr(MessageReader) reader = message_reader_new(in);
    g_autoptr(Message) message = message_new();
    g_autoptr(GString) text = g_string_new(NULL);
    assert_true(message_reader_read_header(reader, message, NULL));
    for (unsigned i = 0; i < message_count_fields(message); i++) {
        const Field *field = message_get_field(message, i);
        g_string_append_printf(text, "%s:%s\n", field->name, field->value);
    }
    g_string_append(text, "|");
    g_autofree char *buffer = g_malloc(chunk);
    ssize_t got = 0;
    while ((got = message_reader_read_body(reader, buffer, chunk, NULL)) > 0)
        g_string_append_len(text, buffer, got);
    assert_int_equal(got, 0);
    (void)fclose(in);
    return g_strdup(text->str);
}

static void
messages_come_out_as_an_mta_hands_them_over(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"A: b\n\nhello\n", "A: b\n|hello\r\n"},
        {"A: b\r\n\r\nhello\r\n", "A: b\n|hello\r\n"},
        {"A: b\r\n\r\none\ntwo\r\n", "A: b\n|one\r\ntwo\r\n"},
        {"A: b\n\nno end", "A: b\n|no end\r\n"},
        {"A: b\n\nends in CR\r", "A: b\n|ends in CR\r\r\n"},
        {"A: b\n\n\n\n", "A: b\n|\r\n\r\n"},
        {"A:no blank\nB:\n", "A:no blank\nB:\n|"},
        {"A: b\n\tfold\n c\nD: e\n\n", "A: b\r\n\tfold\r\n c\nD: e\n|"},
        {"A: b\r\n fold\r\n\r\n", "A: b\r\n fold\n|"},
        {"A : b\n\n", "A: b\n|"},
        {"", "|"},
        {"\n", "|"},
        {"\nbody only\n", "|body only\r\n"},
        {"this is no field\nA: b\n", "|this is no field\r\nA: b\r\n"},
        {"A: b\nno field\nrest\n", "A: b\n|no field\r\nrest\r\n"},
        {" fold of nothing\n", "| fold of nothing\r\n"},
        {"From alice Mon Jan 1\nA: b\n\nc\n", "A: b\n|c\r\n"},
        {"A: b\nFrom: c\n\n", "A: b\nFrom: c\n|"},
        {"A: b\n\nx\ry\n", "A: b\n|x\ry\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        for (size_t chunk = 1; chunk < 9; chunk += 3) {
            g_autofree char *out =
                read_all(cases[i].in, strlen(cases[i].in), chunk);
            assert_string_equal(out, cases[i].out);
        }
}

static void
a_header_without_end_is_refused(void **state)
{
    (void)state;
    g_autofree char *bytes = g_malloc(2 * 1024 * 1024);
    memset(bytes, 'a', 2 * 1024 * 1024);
    memcpy(bytes, "A: ", 3);
    FILE *in = open_bytes(bytes, 2 * 1024 * 1024);
    g_autoptr(MessageReader) reader = message_reader_new(in);
    g_autoptr(Message) message = message_new();
    g_autoptr(GError) error = NULL;
    assert_false(message_reader_read_header(reader, message, &error));
    assert_int_equal(error_get_class(error), ERROR_MALFORMED);
    (void)fclose(in);
}

static void
a_nul_in_the_header_is_refused(void **state)
{
    (void)state;
    static const char bytes[] = "A: b\0c\n\n";
    FILE *in = open_bytes(bytes, sizeof bytes - 1);
    g_autoptr(MessageReader) reader = message_reader_new(in);
    g_autoptr(Message) message = message_new();
    g_autoptr(GError) error = NULL;
    assert_false(message_reader_read_header(reader, message, &error));
    assert_int_equal(error_get_class(error), ERROR_MALFORMED);
    (void)fclose(in);
}

static void
a_nul_in_the_body_passes(void **state)
{
    (void)state;
    static const char bytes[] = "A: b\n\nx\0y\n";
    FILE *in = open_bytes(bytes, sizeof bytes - 1);
    g_autoptr(MessageReader) reader = message_reader_new(in);
    g_autoptr(Message) message = message_new();
    char buffer[16];
    assert_true(message_reader_read_header(reader, message, NULL));
    assert_int_equal(
        message_reader_read_body(reader, buffer, sizeof buffer, NULL), 5);
    assert_memory_equal(buffer, "x\0y\r\n", 5);
    (void)fclose(in);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_as_an_mta_hands_them_over),
        cmocka_unit_test(a_header_without_end_is_refused),
        cmocka_unit_test(a_nul_in_the_header_is_refused),
        cmocka_unit_test(a_nul_in_the_body_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
