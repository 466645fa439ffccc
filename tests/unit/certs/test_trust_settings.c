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

static void
addresses_of_lists_need_a_folder_and_a_scheme(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned problems;
    } rows[] = {
        {"crls = \"/c\" crl-urls = \"http://a/x\", \"https://a/y\"", 0},
        {"crl-urls = \"http://a/x\"", 1},
        {"crls = \"/c\" crl-urls = \"ftp://a/x\", \"file:///etc\"", 2},
        {"crls = \"/c\"", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strdup_printf("trust corp { anchors = \"/a\" %s }", rows[i].text);
        g_autoptr(Settings) settings = given_settings(text);
        g_autoptr(Problems) problems = problems_new();
        trust_settings_check_urls(settings_get_all(settings, "trust")->pdata[0],
                                  problems);
        assert_int_equal(problems_count(problems), rows[i].problems);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_is_safe),
        cmocka_unit_test(addresses_of_lists_need_a_folder_and_a_scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
