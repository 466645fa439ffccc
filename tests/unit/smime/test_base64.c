/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/base64.h"

#include "base/error.h"
#include "tests/fakes/spool_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static char *
encode(const guchar *bytes, gsize size, gsize chunk)
{
    g_autoptr(Spool) out = spool_text_new("");
    g_autoptr(Base64) base64 = base64_new(out);
    for (gsize at = 0; at < size; at += chunk)
        assert_true(
            base64_write(base64, bytes + at, MIN(chunk, size - at), NULL));
    assert_true(base64_end(base64, NULL));
    return spool_text_read(out);
}

/* RFC 4648 10. */
static void
the_examples_of_the_standard(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "Zg==\r\n"},
        {"fo", "Zm8=\r\n"},
        {"foo", "Zm9v\r\n"},
        {"foobar", "Zm9vYmFy\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *made =
            encode((const guchar *)rows[i][0], strlen(rows[i][0]), 1);
        assert_string_equal(made, rows[i][1]);
    }
}

static void
expect_lines(const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\r\n");
        assert_non_null(end);
        assert_in_range(end - text, 1, 64);
        assert_true(end - text == 64 || end[2] == '\0');
        text = end + 2;
    }
}

static void
any_size_in_any_chunks_comes_back(void **state)
{
    (void)state;
    static const gsize sizes[] = {1,     47,    48,    49,   96,
                                  24575, 24576, 24577, 99999};
    static const gsize chunks[] = {1, 7, 47, 48, 49, 65535};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree guchar *bytes = g_malloc(sizes[i]);
        for (gsize k = 0; k < sizes[i]; k++)
            bytes[k] = (guchar)(k * 31 + k / 256);
        for (gsize j = 0; j < G_N_ELEMENTS(chunks); j++) {
            g_autofree char *made = encode(bytes, sizes[i], chunks[j]);
            expect_lines(made);
            gsize size = 0;
            g_autofree guchar *back = g_base64_decode(made, &size);
            assert_int_equal(size, sizes[i]);
            assert_memory_equal(back, bytes, size);
        }
    }
}

static void
a_full_spool_is_told(void **state)
{
    (void)state;
    const SpoolSettings tight = {.path = (char *)(guintptr) "/tmp",
                                 .memory_bytes = 4096,
                                 .limit_bytes = 100};
    g_autoptr(Spool) out = spool_new(&tight);
    g_autoptr(Base64) base64 = base64_new(out);
    guchar bytes[96] = {0};
    g_autoptr(GError) error = NULL;
    assert_false(base64_write(base64, bytes, sizeof bytes, &error));
    assert_int_equal(error_get_class(error), ERROR_MALFORMED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard),
        cmocka_unit_test(any_size_in_any_chunks_comes_back),
        cmocka_unit_test(a_full_spool_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
