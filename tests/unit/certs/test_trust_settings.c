/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/trust_settings.h"

#include "tests/unit/certs/given.h"

static void
what_is_not_said_is_safe(void **state)
{
    (void)state;
    g_autoptr(Settings) settings =
        given_settings("trust corp { anchors = \"/a\" }");
    const TrustSettings *corp = settings_get_all(settings, "trust")->pdata[0];
    assert_string_equal(corp->head.name, "corp");
    assert_null(corp->domains[0]);
    assert_null(corp->sources[0]);
    assert_int_equal(corp->address_case, TRUST_CASE_FOLD);
    assert_false(corp->subject_address);
    assert_int_equal(corp->devices, TRUST_DEVICES_NEWEST);
    assert_int_equal(corp->min_rsa_bits, 2048);
    assert_int_equal(corp->min_ec_bits, 256);
    assert_int_equal(corp->security_level, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
