/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/directory.h"

#include "base/clock.h"
#include "certs/query.h"
#include "tests/unit/certs/given.h"

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

static const char *const bob = "bob@example.fr";

static GPtrArray *
ask(Directory *directory, GError **error)
{
    bool cut = false;
    return directory_search(directory, &bob, 1, soon(), &cut, NULL, error);
}

static Directory *
open_directory(const Settings *settings)
{
    g_autoptr(Problems) problems = problems_new();
    Directory *directory = directory_new(corp_of(settings), settings, problems);
    assert_int_equal(problems_count(problems), 0);
    return directory;
}

static char *
quoted(const char *uri)
{
    return g_strdup_printf("\"%s\"", uri);
}

static void
connections_are_used_again(void **state)
{
    (void)state;
    g_autofree char *uri = quoted(fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings =
        settings_with(uri, "canary = canary@example.fr");
    g_autoptr(Directory) directory = open_directory(settings);
    guint before = fake_ldap_count(fake);
    for (int i = 0; i < 5; i++) {
        g_autoptr(GPtrArray) entries = ask(directory, NULL);
        assert_int_equal(entries->len, 2); /* bob and the canary */
    }
    assert_int_equal(fake_ldap_count(fake), before + 1);
}

static void
a_blind_or_empty_directory_is_down(void **state)
{
    (void)state;
    static const FakeLdapMode modes[] = {FAKE_LDAP_BLIND, FAKE_LDAP_EMPTY};
    for (int i = 0; i < 2; i++) {
        g_autofree char *uri = quoted(fake_ldap_get_uri(fake));
        g_autoptr(Settings) settings =
            settings_with(uri, "canary = canary@example.fr");
        g_autoptr(Directory) directory = open_directory(settings);
        g_autoptr(GPtrArray) seen = ask(directory, NULL);
        assert_non_null(seen);
        fake_ldap_set_mode(fake, modes[i]); /* while the connection is open */
        g_autoptr(GError) error = NULL;
        assert_null(ask(directory, &error));
        assert_non_null(strstr(error->message, "canary canary@example.fr"));
        fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
    }
}

static void
a_connection_cut_while_idle_is_replaced_at_once(void **state)
{
    (void)state;
    g_autofree char *uri = quoted(fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings =
        settings_with(uri, "canary = canary@example.fr");
    g_autoptr(Directory) directory = open_directory(settings);
    g_autoptr(GPtrArray) before = ask(directory, NULL);
    assert_non_null(before);
    fake_ldap_disconnect(fake);
    g_autoptr(GPtrArray) after = ask(directory, NULL);
    assert_non_null(after);
}

static void
the_next_server_answers_for_one_that_does_not(void **state)
{
    (void)state;
    g_autofree char *uris =
        g_strdup_printf("\"ldapi://%%2fnonexistent%%2fldapi\", \"%s\"",
                        fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings =
        settings_with(uris, "canary = canary@example.fr");
    g_autoptr(Directory) directory = open_directory(settings);
    g_autoptr(GPtrArray) entries = ask(directory, NULL);
    assert_non_null(entries);
}

static void
a_server_that_failed_is_left_alone_for_a_while(void **state)
{
    (void)state;
    g_autofree char *uri = quoted(fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings =
        settings_with(uri, "canary = canary@example.fr");
    g_autoptr(Directory) directory = open_directory(settings);
    fake_ldap_set_mode(fake, FAKE_LDAP_DROP);
    g_autoptr(GError) first = NULL;
    assert_null(ask(directory, &first));
    guint before = fake_ldap_count(fake);
    g_autoptr(GError) second = NULL;
    assert_null(ask(directory, &second));
    assert_int_equal(fake_ldap_count(fake), before);
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
    /* Asked until its time has come again: a second, no more. */
    GPtrArray *entries = NULL;
    for (int i = 0; entries == NULL && i < 400; i++) {
        entries = ask(directory, NULL);
        if (entries == NULL)
            g_usleep(10000);
    }
    assert_non_null(entries);
    g_ptr_array_unref(entries);
}

static void
settings_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *more, *problem;
        bool error;
    } rows[] = {
        {"\"http://x\"", "canary = a@b.example", "is no ldaps", true},
        {"\"ldap://x\"", "canary = a@b.example", "can be forged", false},
        {"\"ldaps://x\"", "", "has no canary", false},
        {"\"ldaps://x\"", "canary = nonsense", "canary is no address", true},
        {"\"ldaps://x\"", "canary = a@b.example bind-dn = \"cn=x\"",
         "go together", true},
        {"\"ldaps://x\"", "canary = a@b.example tls-key = \"/x\"",
         "tls-certificate and tls-key go together", true},
        {"\"ldap://x\"", "canary = a@b.example bind-external = yes",
         "nobody says who we are", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Settings) settings = settings_with(rows[i].uri, rows[i].more);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Directory) directory =
            directory_new(corp_of(settings), settings, problems);
        assert_non_null(directory);
        assert_non_null(problems_get(problems, 0));
        assert_non_null(strstr(problems_get(problems, 0), rows[i].problem));
        assert_int_equal(problems_count(problems) > 0, rows[i].error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_used_again),
        cmocka_unit_test(a_blind_or_empty_directory_is_down),
        cmocka_unit_test(a_connection_cut_while_idle_is_replaced_at_once),
        cmocka_unit_test(the_next_server_answers_for_one_that_does_not),
        cmocka_unit_test(a_server_that_failed_is_left_alone_for_a_while),
        cmocka_unit_test(settings_are_checked),
    };
    return cmocka_run_group_tests(tests, given_server, given_server_gone);
}
