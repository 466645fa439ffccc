/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/ldaptls.h"

#include "base/error.h"
#include "tests/unit/certs/given.h"

#include <ldap.h>

static LDAP *
new_handle(void)
{
    LDAP *ldap = NULL;
    assert_int_equal(ldap_initialize(&ldap, "ldaps://127.0.0.1:9"), 0);
    return ldap;
}

static void
old_versions_will_not_do(void **state)
{
    (void)state;
    g_autofree char *ca = pki_path("root.pem");
    const DirectorySettings settings = {.tls_ca = ca};
    LDAP *ldap = new_handle();
    g_autoptr(GError) error = NULL;
    assert_true(ldaptls_set(ldap, &settings, &error));
    int least = 0, demand = 0;
    ldap_get_option(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
    ldap_get_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    assert_int_equal(least, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2);
    assert_int_equal(demand, LDAP_OPT_X_TLS_DEMAND);
    /* Whoever speaks no TLS at all is not above it. */
    assert_false(ldaptls_check_version(ldap, "ldaps://x", &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_non_null(strstr(error->message, "ldaps://x"));
    ldap_unbind_ext_s(ldap, NULL, NULL);
}

static void
a_missing_file_is_named(void **state)
{
    (void)state;
    const DirectorySettings settings = {.tls_ca =
                                            (char *)(guintptr) "/nowhere"};
    LDAP *ldap = new_handle();
    g_autoptr(GError) error = NULL;
    assert_false(ldaptls_set(ldap, &settings, &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_non_null(strstr(error->message, "tls-ca /nowhere"));
    ldap_unbind_ext_s(ldap, NULL, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_versions_will_not_do),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
