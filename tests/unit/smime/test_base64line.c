/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/base64line.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Line and text end where their memory does: a step too far is seen by
 * AddressSanitizer. */
static void
expect_the_librarys_line(const guchar *line)
{
    g_autofree guchar *bytes = g_memdup2(line, BASE64LINE_BYTES);
    g_autofree guchar *to = g_malloc(BASE64LINE_CHARS);
    guchar expected[BASE64LINE_CHARS + 1];
    assert_int_equal(EVP_EncodeBlock(expected, bytes, BASE64LINE_BYTES),
                     BASE64LINE_CHARS);
    base64line_encode(bytes, to);
    assert_memory_equal(to, expected, BASE64LINE_CHARS);
    memset(to, 0, BASE64LINE_CHARS);
    base64line_encode_plainly(bytes, to);
    assert_memory_equal(to, expected, BASE64LINE_CHARS);
}

static void
every_value_stands_at_every_place(void **state)
{
    (void)state;
    guchar line[BASE64LINE_BYTES];
    for (int place = 0; place < BASE64LINE_BYTES; place++)
        for (int value = 0; value < 256; value++) {
            memset(line, value ^ 0xa5, sizeof line);
            line[place] = (guchar)value;
            expect_the_librarys_line(line);
        }
}

static void
any_line_is_the_librarys(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(4648);
    for (int i = 0; i < 20000; i++) {
        guchar line[BASE64LINE_BYTES];
        for (gsize k = 0; k < sizeof line; k++)
            line[k] = (guchar)g_rand_int(random);
        expect_the_librarys_line(line);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_stands_at_every_place),
        cmocka_unit_test(any_line_is_the_librarys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
