/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/unpack.h"

#include "base/error.h"
#include "mime/decode.h"
#include "tests/fakes/spool_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static Unpack *
unpack_text(const char *text, gsize size, gsize chunk)
{
    g_autoptr(Spool) beside = spool_text_new("");
    Unpack *unpack = unpack_new(beside);
    for (gsize at = 0; at < size; at += chunk)
        unpack_write(unpack, text + at, MIN(chunk, size - at));
    assert_true(unpack_end(unpack, NULL));
    return unpack;
}

/* The empty line is found wherever chunks end, whatever ends the lines. */
static void
header_and_body_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned fields;
        const char *body;
    } rows[] = {
        {"A: 1\r\nB: 2\r\n\r\nbody\r\n\r\nmore", 2, "body\r\n\r\nmore"},
        {"A: 1\nB: 2\n\nbody\n", 2, "body\n"},
        {"A: 1\r\nB: 2\n\r\nbody", 2, "body"},
        {"A: 1\r\n x\r\n\r\n", 1, ""},
        {"A: 1\r\n", 1, ""},
        {"A: 1", 1, ""},
        {"\r\nbody", 0, "body"},
        {"\nbody\n\nmore", 0, "body\n\nmore"},
        {"", 0, ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize chunk = 1; chunk < 40; chunk++) {
            g_autoptr(Unpack) unpack =
                unpack_text(rows[i].text, strlen(rows[i].text), chunk);
            g_autofree char *body = spool_text_read(unpack_get_body(unpack));
            if (unpack_get_fields(unpack)->len != rows[i].fields ||
                message_count_fields(unpack_get_message(unpack)) !=
                    rows[i].fields ||
                strcmp(body, rows[i].body) != 0)
                fail_msg("row %zu, chunks of %zu: %s", i, chunk, body);
            assert_false(unpack_is_incomplete(unpack));
            assert_int_equal(unpack_is_empty(unpack), *rows[i].text == '\0');
        }
}

static void
an_endless_header_is_cut_and_said(void **state)
{
    (void)state;
    g_autofree char *text = g_strnfill(300000, 'x');
    memcpy(text, "Subject: a\r\nX: ", 15);
    for (gsize chunk = 1000; chunk <= 300000; chunk *= 300) {
        g_autoptr(Unpack) unpack = unpack_text(text, 300000, chunk);
        assert_true(unpack_is_incomplete(unpack));
        assert_string_equal(
            message_find(unpack_get_message(unpack), "Subject", 0), " a");
    }
}

static void
a_full_disk_is_told_at_the_end(void **state)
{
    (void)state;
    const SpoolSettings nowhere = {.path =
                                       (char *)(guintptr) "/nonexistent/spool",
                                   .memory_bytes = 10,
                                   .limit_bytes = 65536};
    g_autoptr(Spool) beside = spool_new(&nowhere);
    g_autoptr(Unpack) unpack = unpack_new(beside);
    unpack_write(unpack, "\r\nmore than ten octets", 22);
    unpack_write(unpack, "and more", 8);
    g_autoptr(GError) error = NULL;
    assert_false(unpack_end(unpack, &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_and_body_are_told_apart),
        cmocka_unit_test(an_endless_header_is_cut_and_said),
        cmocka_unit_test(a_full_disk_is_told_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
