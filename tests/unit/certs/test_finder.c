/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/finder.h"

#include "base/clock.h"
#include "tests/unit/certs/given.h"

static Settings *
settings_with(const char *uris, const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "directory corp { uri = \"%s\" base = \"dc=x\" timeout = 300ms "
        "canary = canary@example.fr }\n"
        "certificates local { path = \"%s/local\" }\n"
        "trust corp { anchors = \"%s/anchors\" intermediates = "
        "\"%s/intermediates\" revocation = off }\n",
        uris, more, more, more);
    return given_settings(text);
}

static gint64
soon(void)
{
    return clock_monotonic_us() + 3 * G_USEC_PER_SEC;
}

static char *dir;

static void
put(const char *folder, const char *file)
{
    gsize size = 0;
    g_autofree char *bytes = pki_read(file, &size);
    g_autofree char *where = g_build_filename(dir, folder, NULL);
    assert_int_equal(g_mkdir_with_parents(where, 0755), 0);
    g_free(pki_scratch_write(where, file, bytes, size, 0644));
}

static int
make_all(void **state)
{
    dir = pki_scratch_new();
    put("anchors", "root.pem");
    put("intermediates", "issuing.pem");
    put("local", "ec.pem");
    put("local", "expired.pem");
    put("local", "bob.pem");
    return given_server(state);
}

static int
remove_all(void **state)
{
    pki_scratch_remove(dir);
    return given_server_gone(state);
}

static Finder *
open_finder(const Settings *settings)
{
    g_autoptr(Problems) problems = problems_new();
    Finder *finder = finder_new(settings, problems);
    if (problems_count(problems) > 0)
        fail_msg("%s", problems_get(problems, 0));
    return finder;
}

static void
sources_answer_together(void **state)
{
    (void)state;
    static const struct {
        FakeLdapMode mode;
        CertClass classes[5];
    } rows[] = {
        {FAKE_LDAP_GOOD,
         {CERT_FOUND, CERT_FOUND, CERT_UNUSABLE, CERT_NONE, CERT_AMBIGUOUS}},
        /* The folder still has bob and ec; of the others nobody knows. */
        {FAKE_LDAP_BLIND,
         {CERT_FOUND, CERT_FOUND, CERT_DIRECTORY_DOWN, CERT_DIRECTORY_DOWN,
          CERT_DIRECTORY_DOWN}},
        {FAKE_LDAP_FROZEN,
         {CERT_FOUND, CERT_FOUND, CERT_DIRECTORY_DOWN, CERT_DIRECTORY_DOWN,
          CERT_DIRECTORY_DOWN}},
    };
    char *const who[] = {(char *)(guintptr) "bob@example.fr",
                         (char *)(guintptr) "ec@example.fr",
                         (char *)(guintptr) "expired@example.fr",
                         (char *)(guintptr) "nobody@example.fr",
                         (char *)(guintptr) "two@example.fr",
                         NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Settings) settings =
            settings_with(fake_ldap_get_uri(fake), dir);
        g_autoptr(Finder) finder = open_finder(settings);
        fake_ldap_set_mode(fake, rows[i].mode);
        gint64 start = clock_monotonic_us();
        g_autoptr(GPtrArray) answers = finder_find(finder, who, soon());
        assert_true(clock_monotonic_us() - start < 4 * G_USEC_PER_SEC);
        assert_int_equal(answers->len, 5);
        for (guint k = 0; k < 5; k++) {
            const CertAnswer *answer = g_ptr_array_index(answers, k);
            assert_string_equal(answer->address, who[k]);
            if (answer->class != rows[i].classes[k])
                fail_msg("row %zu, %s: %s", i, who[k],
                         cert_class_get_name(answer->class));
            assert_int_equal(answer->certificate != NULL,
                             answer->class == CERT_FOUND);
        }
        fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
    }
}

/* --- two directories --------------------------------------------------- */

typedef enum { USABLE, UNUSABLE, NONE, SILENT } Says;

static void
make_say(FakeLdap *server, Says says)
{
    fake = server;
    given_person("cn=canary", "canary@example.fr", "carol");
    if (says == USABLE)
        given_person("cn=bob", "bob@example.fr", "bob");
    else if (says == UNUSABLE)
        given_person("cn=bob", "bob@example.fr", "carol");
    else if (says == SILENT)
        fake_ldap_set_mode(server, FAKE_LDAP_FROZEN);
}

static CertAnswer *
ask_two(Says first, Says second, gint64 deadline_us)
{
    g_autoptr(FakeLdap) one = fake_ldap_new();
    g_autoptr(FakeLdap) two = fake_ldap_new();
    make_say(one, first);
    make_say(two, second);
    g_autofree char *text = g_strdup_printf(
        "directory one { uri = \"%s\" base = \"dc=x\" timeout = 300ms "
        "canary = canary@example.fr }\n"
        "directory two { uri = \"%s\" base = \"dc=x\" timeout = 300ms "
        "canary = canary@example.fr }\n"
        "trust corp { anchors = \"%s/anchors\" intermediates = "
        "\"%s/intermediates\" revocation = off }\n",
        fake_ldap_get_uri(one), fake_ldap_get_uri(two), dir, dir);
    g_autoptr(Settings) settings = given_settings(text);
    g_autoptr(Finder) finder = open_finder(settings);
    char *const who[] = {(char *)(guintptr) "bob@example.fr", NULL};
    g_autoptr(GPtrArray) answers = finder_find(finder, who, deadline_us);
    g_ptr_array_set_free_func(answers, NULL);
    return g_ptr_array_index(answers, 0);
}

static void
two_directories_answer_in_order(void **state)
{
    (void)state;
    static const struct {
        CertClass class;
        const char *source; /* of the best candidate; NULL: there is none */
    } rows[4][4] = {
        [USABLE] = {[USABLE] = {CERT_FOUND, "one"},
                    [UNUSABLE] = {CERT_FOUND, "one"},
                    [NONE] = {CERT_FOUND, "one"},
                    [SILENT] = {CERT_FOUND, "one"}},
        [UNUSABLE] = {[USABLE] = {CERT_FOUND, "two"},
                      [UNUSABLE] = {CERT_UNUSABLE, "one"},
                      [NONE] = {CERT_UNUSABLE, "one"},
                      [SILENT] = {CERT_DIRECTORY_DOWN, "one"}},
        [NONE] = {[USABLE] = {CERT_FOUND, "two"},
                  [UNUSABLE] = {CERT_UNUSABLE, "two"},
                  [NONE] = {CERT_NONE, NULL},
                  [SILENT] = {CERT_DIRECTORY_DOWN, NULL}},
        [SILENT] = {[USABLE] = {CERT_FOUND, "two"},
                    [UNUSABLE] = {CERT_DIRECTORY_DOWN, "two"},
                    [NONE] = {CERT_DIRECTORY_DOWN, NULL},
                    [SILENT] = {CERT_DIRECTORY_DOWN, NULL}},
    };
    FakeLdap *before = fake;
    for (int one = USABLE; one <= SILENT; one++)
        for (int two = USABLE; two <= SILENT; two++) {
            g_autoptr(CertAnswer) answer =
                ask_two((Says)one, (Says)two, soon());
            const CertCandidate *best =
                answer->candidates->len > 0
                    ? g_ptr_array_index(answer->candidates, 0)
                    : NULL;
            const char *source = best != NULL ? best->source : NULL;
            if (answer->class != rows[one][two].class ||
                g_strcmp0(source, rows[one][two].source) != 0)
                fail_msg("%d, %d: %s from %s", one, two,
                         cert_class_get_name(answer->class),
                         source != NULL ? source : "nowhere");
        }
    fake = before;
}

static void
checking_asks_the_directories(void **state)
{
    (void)state;
    g_autoptr(Settings) settings = settings_with(fake_ldap_get_uri(fake), dir);
    g_autoptr(Finder) finder = open_finder(settings);
    fake_ldap_set_mode(fake, FAKE_LDAP_EMPTY);
    g_autoptr(Problems) problems = problems_new();
    finder_check(finder, soon(), problems);
    assert_int_equal(problems_count(problems), 1);
    fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_answer_together),
        cmocka_unit_test(two_directories_answer_in_order),
        cmocka_unit_test(checking_asks_the_directories),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
