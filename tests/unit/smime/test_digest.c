/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/digest.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* FIPS 180-4, the examples for "abc". */
static const struct {
    const char *algorithm;
    const char *hex;
} rows[] = {
    {"sha-256",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"sha-384",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {"sha-512",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static char *
to_hex(GBytes *bytes)
{
    gsize size = 0;
    const guchar *data = g_bytes_get_data(bytes, &size);
    GString *hex = g_string_new(NULL);
    for (gsize i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", data[i]);
    return g_string_free(hex, FALSE);
}

static void
the_value_is_that_of_the_standard(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Digest) digest = digest_new(rows[i].algorithm, NULL);
        assert_true(digest_write(digest, "a", 1, NULL));
        assert_true(digest_write(digest, "", 0, NULL));
        assert_true(digest_write(digest, "bc", 2, NULL));
        g_autoptr(GBytes) value = digest_finish(digest, NULL);
        g_autofree char *hex = to_hex(value);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void
what_is_weak_or_unknown_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"sha-1", "sha1",    "md5",
                                        "",      "SHA-256", "sha-2567"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(digest_new(names[i], &error));
        assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    }
}

static void
an_unfinished_one_is_dropped(void **state)
{
    (void)state;
    Digest *digest = digest_new("sha-256", NULL);
    assert_true(digest_write(digest, "half", 4, NULL));
    digest_free(digest);
    digest_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_is_that_of_the_standard),
        cmocka_unit_test(what_is_weak_or_unknown_is_refused),
        cmocka_unit_test(an_unfinished_one_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
