/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/connection.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/unit/certs/given.h"
#include "certs/query.h"

static Settings *
settings_with(const char *uris, const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "directory corp { uri = %s base = \"dc=x\" timeout = 300ms %s }", uris,
        more);
    return given_settings(text);
}

static const DirectorySettings *
corp_of(const Settings *settings)
{
    return g_ptr_array_index(settings_get_all(settings, "directory"), 0);
}

static gint64
soon(void)
{
    return clock_monotonic_us() + 3 * G_USEC_PER_SEC;
}

static Connection *
open_corp(const Settings *settings, GError **error)
{
    bool refused = false;
    return connection_open(corp_of(settings), fake_ldap_get_uri(fake), soon(),
                           &refused, error);
}

static void
entries_come_with_their_certificates(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings = settings_with(uri, "");
    g_autoptr(Connection) connection = open_corp(settings, NULL);
    assert_non_null(connection);
    static const char *const who[] = {"bob@example.fr", "nobody@example.fr"};
    bool cut = true;
    g_autoptr(GPtrArray) entries = connection_search(
        connection, corp_of(settings), who, 2, soon(), &cut, NULL);
    assert_int_equal(entries->len, 1);
    assert_false(cut);
    const QueryEntry *bob = g_ptr_array_index(entries, 0);
    assert_true(query_owns(bob, "bob@example.fr"));
    assert_int_equal(bob->values->len, 1);
    fake_ldap_set_mode(fake, FAKE_LDAP_CUT);
    g_autoptr(GPtrArray) some = connection_search(connection, corp_of(settings),
                                                  who, 2, soon(), &cut, NULL);
    assert_int_equal(some->len, 1);
    assert_true(cut);
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
}

static void
every_wait_ends(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings = settings_with(uri, "");
    g_autoptr(GError) error = NULL;
    g_autoptr(Connection) open = open_corp(settings, NULL);
    fake_ldap_set_mode(fake, FAKE_LDAP_FROZEN);
    assert_null(open_corp(settings, &error)); /* the bind is not answered */
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    g_clear_error(&error);
    static const char *const bob = "bob@example.fr";
    bool cut = false;
    assert_null(connection_search(open, corp_of(settings), &bob, 1, soon(),
                                  &cut, &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
}

static void
a_refused_bind_names_who_and_where(void **state)
{
    (void)state;
    char *dir = pki_scratch_new();
    g_autofree char *password =
        pki_scratch_write(dir, "password", "secret\n", 7, 0600);
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autofree char *more = g_strdup_printf(
        "bind-dn = \"cn=sceau\" bind-password-file = \"%s\"", password);
    g_autoptr(Settings) settings = settings_with(uri, more);
    fake_ldap_set_mode(fake, FAKE_LDAP_REFUSE_BIND);
    g_autoptr(GError) error = NULL;
    assert_null(open_corp(settings, &error));
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
    assert_non_null(strstr(error->message,
                           "bind refused (invalid credentials) as cn=sceau"));
    assert_non_null(strstr(error->message, fake_ldap_get_uri(fake)));
    assert_null(strstr(error->message, "secret"));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    pki_scratch_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_with_their_certificates),
        cmocka_unit_test(every_wait_ends),
        cmocka_unit_test(a_refused_bind_names_who_and_where),
    };
    return cmocka_run_group_tests(tests, given_server, given_server_gone);
}
