/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/ca_entries.h"

#include "base/clock.h"
#include "base/error.h"
#include "certs/connection.h"
#include "tests/unit/certs/given.h"

static char *uris[2];
static DirectorySettings settings = {
    .head = {.name = "corp"}, .uris = uris, .timeout_ms = 300};

static int
make_directory(void **state)
{
    (void)state;
    connection_prepare();
    fake = fake_ldap_new();
    /* The fake answers to any search that names what it has for an address. */
    static const char *const names[] = {"issuing", "partners", "bob"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Certificate) made = pki_certificate(names[i]);
        GBytes *der = certificate_get_der(made);
        fake_ldap_add(fake, names[i], "ou=pki",
                      i == 1 ? "cACertificate" : "cACertificate;binary",
                      g_bytes_get_data(der, NULL), g_bytes_get_size(der));
    }
    fake_ldap_add(fake, "cn=garbage", "ou=pki", "cACertificate;binary", "junk",
                  4);
    uris[0] = (char *)(guintptr)fake_ldap_get_uri(fake);
    settings.ca_base = (char *)(guintptr) "ou=pki";
    return 0;
}

static gint64
soon(void)
{
    return clock_monotonic_us() + 5 * G_USEC_PER_SEC;
}

static void
authorities_are_read_in_either_spelling(void **state)
{
    (void)state;
    g_autoptr(Authorities) authorities = authorities_new();
    g_autoptr(GError) error = NULL;
    /* Bob's is no CA's, and garbage nothing. */
    assert_int_equal(ca_entries_read(&settings, authorities, soon(), &error),
                     2);
    assert_null(error);
}

static void
none_shown_is_not_none(void **state)
{
    (void)state;
    static const struct {
        FakeLdapMode mode;
        ErrorClass class;
    } rows[] = {{FAKE_LDAP_EMPTY, ERROR_CONFIG},
                {FAKE_LDAP_BLIND, ERROR_CONFIG},
                {FAKE_LDAP_FROZEN, ERROR_TEMPORARY},
                {FAKE_LDAP_DROP, ERROR_TEMPORARY}};
    g_autoptr(Authorities) authorities = authorities_new();
    assert_int_equal(ca_entries_read(&settings, authorities, soon(), NULL), 2);
    guint64 generation = authorities_get_generation(authorities);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        fake_ldap_set_mode(fake, rows[i].mode);
        g_autoptr(GError) error = NULL;
        assert_int_equal(
            ca_entries_read(&settings, authorities, soon(), &error), 0);
        assert_int_equal(error_get_class(error), rows[i].class);
        /* What was read stays. */
        assert_int_equal(authorities_get_generation(authorities), generation);
    }
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
}

static void
the_first_reading_is_waited_for(void **state)
{
    (void)state;
    g_autoptr(Authorities) authorities = authorities_new();
    g_autoptr(CaEntries) entries = ca_entries_new(&settings, authorities);
    g_autofree char *early = NULL;
    guint before = fake_ldap_count(fake);
    (void)ca_entries_await(entries, 0, &early);
    g_autofree char *reason = NULL;
    assert_true(ca_entries_await(entries, soon(), &reason));
    assert_null(reason);
    assert_true(authorities_get_generation(authorities) > 0);
    assert_int_equal(fake_ldap_count(fake), before + 1);
}

static void
a_failure_has_its_reason(void **state)
{
    (void)state;
    fake_ldap_set_mode(fake, FAKE_LDAP_EMPTY);
    g_autoptr(Authorities) authorities = authorities_new();
    g_autoptr(CaEntries) entries = ca_entries_new(&settings, authorities);
    g_autofree char *reason = NULL;
    assert_false(ca_entries_await(entries, soon(), &reason));
    assert_non_null(strstr(reason, "no CA certificate below ca-base ou=pki"));
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authorities_are_read_in_either_spelling),
        cmocka_unit_test(none_shown_is_not_none),
        cmocka_unit_test(the_first_reading_is_waited_for),
        cmocka_unit_test(a_failure_has_its_reason),
    };
    return cmocka_run_group_tests(tests, make_directory, given_server_gone);
}
