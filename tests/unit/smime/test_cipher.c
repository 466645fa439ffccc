/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/algorithms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* The name says what it is: key size and mode, as OpenSSL sees them. */
static void
names_and_modes_are_those_of_the_library(void **state)
{
    (void)state;
    for (Cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
        const EVP_CIPHER *evp = algorithms_get_cipher(cipher);
        const char *name = cipher_get_name(cipher);
        assert_int_equal(EVP_CIPHER_get_key_length(evp) * 8,
                         strstr(name, "256") != NULL ? 256 : 128);
        bool gcm = EVP_CIPHER_get_mode(evp) == EVP_CIPH_GCM_MODE;
        assert_int_equal(gcm, cipher_is_authenticated(cipher));
        assert_int_equal(gcm, strstr(name, "-gcm") != NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_modes_are_those_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
