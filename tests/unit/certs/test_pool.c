/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/pool.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/unit/certs/given.h"

static Settings *
settings_with(const char *uris)
{
    g_autofree char *text = g_strdup_printf(
        "directory corp { uri = %s base = \"dc=x\" timeout = 300ms probe = "
        "100ms canary = canary@example.fr }",
        uris);
    return given_settings(text);
}

static Pool *
open_pool(const Settings *settings)
{
    return pool_new(
        g_ptr_array_index(settings_get_all(settings, "directory"), 0));
}

static gint64
soon(void)
{
    return clock_monotonic_us() + 5 * G_USEC_PER_SEC;
}

static void
the_first_question_waits_and_no_other_while_none_answers(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings = settings_with(uri);
    g_autoptr(Pool) pool = open_pool(settings);
    fake_ldap_set_mode(fake, FAKE_LDAP_FROZEN);
    g_autoptr(GError) error = NULL;
    assert_null(pool_borrow(pool, soon(), &error));
    assert_non_null(strstr(error->message, "directory corp: "));
    assert_non_null(strstr(error->message, fake_ldap_get_uri(fake)));
    /* At once: a deadline in the past is no reason to say something else. */
    g_autoptr(GError) again = NULL;
    assert_null(pool_borrow(pool, 0, &again));
    assert_string_equal(again->message, error->message);
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
}

static void
tells(Pool *pool, const char *state, bool fault)
{
    g_autoptr(Bulletin) bulletin = bulletin_new();
    pool_write_status(pool, bulletin);
    const char *text = bulletin_get_text(bulletin);
    g_autofree char *line = g_strdup_printf("state: %s\n", state);
    g_autofree char *head = g_strdup_printf("[server %s]\ndirectory: corp\n",
                                            fake_ldap_get_uri(fake));
    assert_true(g_str_has_prefix(text, head));
    assert_non_null(strstr(text, line));
    assert_int_equal(strstr(text, "fault: ") != NULL, fault);
}

/* Since when: the first of what is wrong, not the last attempt. */
static void
the_state_of_a_server_is_told(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings = settings_with(uri);
    g_autoptr(Pool) pool = open_pool(settings);
    tells(pool, "not yet asked", false);
    PoolLink *link = pool_borrow(pool, soon(), NULL);
    assert_non_null(link);
    tells(pool, "up", false);
    g_autoptr(GError) fault = NULL;
    error_set(&fault, ERROR_TEMPORARY, "it went away");
    pool_drop(pool, link, fault);
    tells(pool, "down", true);
}

static void
a_refused_account_is_not_tried_again_soon(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings = settings_with(uri);
    g_autoptr(Pool) pool = open_pool(settings);
    fake_ldap_set_mode(fake, FAKE_LDAP_REFUSE_BIND);
    g_autoptr(GError) error = NULL;
    assert_null(pool_borrow(pool, soon(), &error));
    assert_non_null(strstr(error->message, "bind refused"));
    guint before = fake_ldap_count(fake);
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
    /* Longer than a server that was only silent is left alone. */
    for (gint64 end = clock_monotonic_us() + 1500000;
         clock_monotonic_us() < end; g_usleep(50000))
        assert_null(pool_borrow(pool, soon(), NULL));
    assert_int_equal(fake_ldap_count(fake), before);
}

static void
the_first_server_is_used_again_when_it_is_well(void **state)
{
    (void)state;
    FakeLdap *second = fake_ldap_new();
    g_autoptr(Certificate) carol = pki_certificate("carol");
    GBytes *der = certificate_get_der(carol);
    fake_ldap_add(second, "cn=canary", "canary@example.fr", "userCertificate",
                  g_bytes_get_data(der, NULL), g_bytes_get_size(der));
    g_autofree char *uris = g_strdup_printf(
        "\"%s\", \"%s\"", fake_ldap_get_uri(fake), fake_ldap_get_uri(second));
    g_autoptr(Settings) settings = settings_with(uris);
    Pool *pool = open_pool(settings);
    fake_ldap_set_mode(fake, FAKE_LDAP_DROP);
    PoolLink *link = pool_borrow(pool, soon(), NULL);
    assert_non_null(link);
    assert_int_equal(link->server, 1);
    pool_give_back(pool, link);
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
    guint server = 1;
    for (int i = 0; server == 1 && i < 1000; i++) {
        link = pool_borrow(pool, soon(), NULL);
        assert_non_null(link);
        server = link->server;
        pool_give_back(pool, link);
        g_usleep(10000);
    }
    assert_int_equal(server, 0);
    pool_free(pool);
    fake_ldap_free(second);
}

static void
an_idle_connection_that_was_cut_is_made_anew_by_itself(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings = settings_with(uri);
    g_autoptr(Pool) pool = open_pool(settings);
    PoolLink *link = pool_borrow(pool, soon(), NULL);
    assert_non_null(link);
    pool_give_back(pool, link);
    guint before = fake_ldap_count(fake);
    fake_ldap_disconnect(fake);
    for (int i = 0; fake_ldap_count(fake) == before && i < 1000; i++)
        g_usleep(10000);
    assert_true(fake_ldap_count(fake) > before);
}

static void
no_more_than_a_few_are_open(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings = settings_with(uri);
    g_autoptr(Pool) pool = open_pool(settings);
    PoolLink *links[4];
    for (int i = 0; i < 4; i++)
        assert_non_null(links[i] = pool_borrow(pool, soon(), NULL));
    g_autoptr(GError) error = NULL;
    assert_null(pool_borrow(pool, clock_monotonic_us() + 50000, &error));
    assert_non_null(strstr(error->message, "busy"));
    for (int i = 0; i < 4; i++)
        pool_give_back(pool, links[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_first_question_waits_and_no_other_while_none_answers),
        cmocka_unit_test(the_state_of_a_server_is_told),
        cmocka_unit_test(a_refused_account_is_not_tried_again_soon),
        cmocka_unit_test(the_first_server_is_used_again_when_it_is_well),
        cmocka_unit_test(
            an_idle_connection_that_was_cut_is_made_anew_by_itself),
        cmocka_unit_test(no_more_than_a_few_are_open),
    };
    return cmocka_run_group_tests(tests, given_server, given_server_gone);
}
