/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crldirectory.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/fakes/fake_ldap.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const CrlDirectoryWish wish = {.trust = "corp", .timeout_ms = 500};

/* A directory with one entry; the fake finds it by its "mail". */
static FakeLdap *
serve(const char *attribute, const void *value, gsize size)
{
    FakeLdap *fake = fake_ldap_new();
    fake_ldap_add(fake, "cn=ca,dc=x", "cn=ca,dc=x", attribute, value, size);
    return fake;
}

static GPtrArray *
fetch(const FakeLdap *fake, const char *rest, GError **error)
{
    g_autofree char *url =
        g_strdup_printf("%s/%s", fake_ldap_get_uri(fake), rest);
    return crldirectory_fetch(&wish, url, error);
}

static void
an_entry_gives_its_lists(void **state)
{
    (void)state;
    static const char *const names[] = {
        "certificateRevocationList;binary", "authorityRevocationList;binary",
        "CERTIFICATEREVOCATIONLIST", "certificateRevocationList"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(FakeLdap) fake = serve(names[i], "a list", 6);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) lists = fetch(fake, "cn=ca,dc=x", &error);
        assert_null(error);
        assert_int_equal(lists->len, 1);
        assert_memory_equal(g_bytes_get_data(g_ptr_array_index(lists, 0), NULL),
                            "a list", 6);
    }
}

static void
no_list_is_an_error(void **state)
{
    (void)state;
    g_autoptr(FakeLdap) other = serve("cACertificate;binary", "ca", 2);
    g_autoptr(GError) error = NULL;
    assert_null(fetch(other, "cn=ca,dc=x", &error));
    assert_non_null(strstr(error->message, "no revocation list"));
    assert_non_null(strstr(error->message, "cn=ca,dc=x"));
    g_clear_error(&error);
    assert_null(fetch(other, "cn=other,dc=x", &error));
    assert_non_null(strstr(error->message, "no revocation list"));
}

static void
a_server_that_fails_does_so_in_time(void **state)
{
    (void)state;
    static const FakeLdapMode modes[] = {FAKE_LDAP_FROZEN, FAKE_LDAP_DROP,
                                         FAKE_LDAP_EMPTY, FAKE_LDAP_BLIND};
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autoptr(FakeLdap) fake =
            serve("certificateRevocationList;binary", "x", 1);
        g_autoptr(GError) error = NULL;
        fake_ldap_set_mode(fake, modes[i]);
        assert_null(fetch(fake, "cn=ca,dc=x", &error));
        assert_non_null(error);
        assert_int_equal(error_get_class(error),
                         i < 2 ? ERROR_TEMPORARY : ERROR_CONFIG);
    }
    g_autoptr(GError) error = NULL;
    assert_null(
        crldirectory_fetch(&wish, "ldapi://%2Fnonexistent/cn=ca", &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
}

static void
what_is_too_large_is_refused(void **state)
{
    (void)state;
    gsize size = CRLDIRECTORY_MAX_BYTES + 1;
    g_autofree char *bytes = g_malloc0(size);
    g_autoptr(FakeLdap) fake =
        serve("certificateRevocationList;binary", bytes, size);
    const CrlDirectoryWish patient = {.trust = "corp", .timeout_ms = 60000};
    g_autofree char *url =
        g_strdup_printf("%s/cn=ca,dc=x", fake_ldap_get_uri(fake));
    g_autoptr(GError) error = NULL;
    assert_null(crldirectory_fetch(&patient, url, &error));
    assert_non_null(strstr(error->message, "larger than 16 MiB"));
}

static void
addresses_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *url, *fault;
    } rows[] = {
        {"ldap://h/cn=ca,dc=x", NULL},
        {"ldaps://h:1636/cn=ca?certificateRevocationList;binary", NULL},
        {"ldap://h/cn=ca?authorityRevocationList?base?(objectClass=*)", NULL},
        {"ldap:///cn=ca", "names no host"},
        {"ldap://h/", "names no entry"},
        {"ldap://h/cn=ca??sub", "more than one entry"},
        {"ldap://h/cn=ca?"
         "?"
         "?(cn=x)",
         "has a filter"},
        {"ldap://h/cn=ca?userPassword", "no revocation lists"},
        {"ldap://h/cn=ca?certificateRevocationListX", "no revocation lists"},
        {"ldap:/h/cn=ca", "no LDAP address"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *fault = crldirectory_check_url(rows[i].url);
        if ((fault == NULL) != (rows[i].fault == NULL) ||
            (fault != NULL && strstr(fault, rows[i].fault) == NULL))
            fail_msg("%s: %s", rows[i].url, fault);
    }
    assert_true(crldirectory_is_url("ldaps://h/cn=ca"));
    assert_false(crldirectory_is_url("http://h/"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_gives_its_lists),
        cmocka_unit_test(no_list_is_an_error),
        cmocka_unit_test(a_server_that_fails_does_so_in_time),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(addresses_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
