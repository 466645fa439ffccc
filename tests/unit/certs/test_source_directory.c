/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/source_directory.h"

#include "base/clock.h"
#include "certs/finder.h"
#include "tests/unit/certs/given.h"

static Settings *
settings_with(const char *uris, const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "directory corp { uri = %s base = \"dc=x\" timeout = 300ms %s }", uris,
        more);
    return given_settings(text);
}

static gint64
soon(void)
{
    return clock_monotonic_us() + 3 * G_USEC_PER_SEC;
}

static Source *
open_source(const Settings *settings)
{
    g_autoptr(Problems) problems = problems_new();
    Source *source = source_directory_new(
        g_ptr_array_index(settings_get_all(settings, "directory"), 0), settings,
        problems);
    assert_int_equal(problems_count(problems), 0);
    return source;
}

static void
answers_are_certificates_nothing_or_silence(void **state)
{
    (void)state;
    static const char *const who[] = {"bob@example.fr", "empty@example.fr",
                                      "nobody@example.fr", "two@example.fr"};
    static const struct {
        FakeLdapMode mode;
        SourceState states[4];
        guint values[4];
    } rows[] = {
        {FAKE_LDAP_GOOD,
         {SOURCE_ANSWERED, SOURCE_ANSWERED, SOURCE_ANSWERED, SOURCE_AMBIGUOUS},
         {1, 0, 0, 0}},
        {FAKE_LDAP_BLIND,
         {SOURCE_SILENT, SOURCE_SILENT, SOURCE_SILENT, SOURCE_SILENT},
         {0, 0, 0, 0}},
        {FAKE_LDAP_DROP,
         {SOURCE_SILENT, SOURCE_SILENT, SOURCE_SILENT, SOURCE_SILENT},
         {0, 0, 0, 0}},
        {FAKE_LDAP_CUT,
         {SOURCE_AMBIGUOUS, SOURCE_AMBIGUOUS, SOURCE_AMBIGUOUS,
          SOURCE_AMBIGUOUS},
         {0, 0, 0, 0}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *uri =
            g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
        g_autoptr(Settings) settings =
            settings_with(uri, "canary = canary@example.fr");
        Source *source = open_source(settings);
        fake_ldap_set_mode(fake, rows[i].mode);
        SourceAnswer answers[4];
        for (int k = 0; k < 4; k++)
            source_answer_init(&answers[k]);
        source->find(source, who, 4, soon(), answers);
        for (int k = 0; k < 4; k++) {
            assert_int_equal(answers[k].state, rows[i].states[k]);
            assert_int_equal(answers[k].values->len, rows[i].values[k]);
            assert_int_equal(answers[k].reason == NULL,
                             answers[k].state == SOURCE_ANSWERED);
            assert_non_null(answers[k].filter);
            assert_int_equal(answers[k].server != NULL,
                             answers[k].state != SOURCE_SILENT);
            assert_int_equal(answers[k].entry != NULL,
                             answers[k].state == SOURCE_ANSWERED && k < 2);
            assert_int_equal(answers[k].owned->len, answers[k].entry != NULL);
            source_answer_clear(&answers[k]);
        }
        fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
        source->destroy(source);
    }
}

/* Some of its addresses have not come: it may own whomever it does not show. */
static void
an_entry_that_comes_in_part_may_own_anybody(void **state)
{
    (void)state;
    static const char *const who[] = {"bob@example.fr", "part@example.fr",
                                      "last@example.fr"};
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings =
        settings_with(uri, "canary = canary@example.fr");
    Source *source = open_source(settings);
    for (guint first = 0; first < 3; first += 2) {
        SourceAnswer answers[3];
        for (int k = 0; k < 3; k++)
            source_answer_init(&answers[k]);
        source->find(source, &who[first], 3 - first, soon(), answers);
        for (guint k = 0; k < 3 - first; k++)
            assert_int_equal(answers[k].state,
                             first == 0 ? SOURCE_AMBIGUOUS : SOURCE_ANSWERED);
        for (int k = 0; k < 3; k++)
            source_answer_clear(&answers[k]);
    }
    source->destroy(source);
}

/* Several searches at once over one connection, each with its canary. */
static void
many_addresses_are_asked_for_in_batches(void **state)
{
    (void)state;
    enum { COUNT = 1230, BOB = 1111, TWO = 60 };
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings =
        settings_with(uri, "canary = canary@example.fr");
    Source *source = open_source(settings);
    g_autoptr(GPtrArray) who = g_ptr_array_new_with_free_func(g_free);
    g_autofree SourceAnswer *answers = g_new0(SourceAnswer, COUNT);
    for (int i = 0; i < COUNT; i++) {
        g_ptr_array_add(who, i == BOB   ? g_strdup("Bob@Example.fr")
                             : i == TWO ? g_strdup("two@example.fr")
                                        : g_strdup_printf("x%d@example.fr", i));
        source_answer_init(&answers[i]);
    }
    guint before = fake_ldap_count(fake);
    source->find(source, (const char *const *)who->pdata, COUNT, soon(),
                 answers);
    assert_int_equal(fake_ldap_count(fake), before + 1);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(answers[i].state,
                         i == TWO ? SOURCE_AMBIGUOUS : SOURCE_ANSWERED);
        assert_int_equal(answers[i].values->len, i == BOB);
        source_answer_clear(&answers[i]);
    }
    source->destroy(source);
}

static void
checking_tells_what_is_wrong(void **state)
{
    (void)state;
    g_autofree char *uri = g_strdup_printf("\"%s\"", fake_ldap_get_uri(fake));
    g_autoptr(Settings) settings =
        settings_with(uri, "canary = canary@example.fr");
    Source *source = open_source(settings);
    g_autoptr(Problems) good = problems_new();
    source->check(source, soon(), good);
    assert_int_equal(problems_count(good), 0);
    fake_ldap_set_mode(fake, FAKE_LDAP_BLIND);
    g_autoptr(Problems) blind = problems_new();
    source->check(source, soon(), blind);
    assert_int_equal(problems_count(blind), 1);
    assert_non_null(strstr(problems_get(blind, 0), "canary"));
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
    source->destroy(source);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_certificates_nothing_or_silence),
        cmocka_unit_test(an_entry_that_comes_in_part_may_own_anybody),
        cmocka_unit_test(many_addresses_are_asked_for_in_batches),
        cmocka_unit_test(checking_tells_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, given_server, given_server_gone);
}
