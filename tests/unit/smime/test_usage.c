/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/usage.h"

#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
both_usages_are_told(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"bob", "digitalSignature, keyEncipherment; emailProtection"},
        {"encrypt-only", "keyEncipherment; emailProtection"},
        {"ec", "digitalSignature, keyAgreement; emailProtection"},
        {"plain", "any; any"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) certificate = pki_certificate(rows[i][0]);
        g_autofree char *text = usage_describe(certificate);
        assert_string_equal(text, rows[i][1]);
    }
    g_autoptr(Certificate) server = pki_certificate("server");
    g_autofree char *text = usage_describe(server);
    assert_non_null(strstr(text, "; serverAuth"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_usages_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
