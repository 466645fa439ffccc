/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/finder.h"

#include "base/clock.h"
#include "base/state.h"
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
    pki_scratch_put(dir, folder, file);
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

/* --- a gateway --------------------------------------------------------- */

static CertAnswer *
ask_one(Finder *finder, const char *address)
{
    char *const who[] = {(char *)(guintptr)address, NULL};
    g_autoptr(GPtrArray) answers = finder_find(finder, who, soon());
    g_ptr_array_set_free_func(answers, NULL);
    return g_ptr_array_index(answers, 0);
}

/* With the gateway first in the file: it speaks last all the same. */
static Settings *
settings_with_gateway(const char *certificate, const char *lists,
                      const char *trust)
{
    g_autofree char *text = g_strdup_printf(
        "gateway gw { domains = example.fr certificate = \"%s/all/%s\" }\n"
        "directory corp { uri = \"%s\" base = \"dc=x\" timeout = 300ms "
        "canary = canary@example.fr }\n"
        "certificates people { path = \"%s/people\" }\n"
        "trust corp { anchors = \"%s/anchors\" intermediates = "
        "\"%s/intermediates\" crls = \"%s/%s\" revocation = require %s }\n",
        dir, certificate, fake_ldap_get_uri(fake), dir, dir, dir, dir, lists,
        trust);
    return given_settings(text);
}

static void
put_people(void)
{
    static const char *const people[] = {"bob.pem", "expired.pem",
                                         "revoked.pem", "on-hold.pem"};
    static const char *const gateways[] = {"rsa3072.pem", "revoked.pem"};
    for (gsize i = 0; i < G_N_ELEMENTS(people); i++)
        put("people", people[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(gateways); i++)
        put("all", gateways[i]);
    put("lists", "issuing.crl");
    put("lists", "root.crl");
    put("old-lists", "stale.crl");
    put("old-lists", "root.crl");
}

static void
a_gateway_serves_who_has_none(void **state)
{
    (void)state;
    static const struct {
        FakeLdapMode mode;
        const char *certificate, *lists, *trust, *address;
        CertClass class;
        bool gateway;
        const char *reason; /* part of it; NULL: whatever */
    } rows[] = {
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "", "nobody@example.fr",
         CERT_FOUND, true, NULL},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "", "bob@example.fr",
         CERT_FOUND, false, NULL},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "", "expired@example.fr",
         CERT_FOUND, true, NULL},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "", "revoked@example.fr",
         CERT_FOUND, true, NULL},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "", "on-hold@example.fr",
         CERT_FOUND, true, NULL},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "", "two@example.fr",
         CERT_AMBIGUOUS, false, NULL},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "", "nobody@other.example",
         CERT_NONE, false, NULL},
        {FAKE_LDAP_BLIND, "rsa3072.pem", "lists", "", "nobody@example.fr",
         CERT_DIRECTORY_DOWN, false, NULL},
        {FAKE_LDAP_FROZEN, "rsa3072.pem", "lists", "", "expired@example.fr",
         CERT_DIRECTORY_DOWN, false, NULL},
        /* All but the address is asked of it, too. */
        {FAKE_LDAP_GOOD, "revoked.pem", "lists", "", "nobody@example.fr",
         CERT_REVOKED, false, "gateway gw: "},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "old-lists", "", "nobody@example.fr",
         CERT_REVOCATION_UNKNOWN, false, "gateway gw: "},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "old-lists", "", "bob@example.fr",
         CERT_REVOCATION_UNKNOWN, false, NULL},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "domains = other.example",
         "nobody@example.fr", CERT_UNUSABLE, false,
         "gateway gw: no trust set speaks for example.fr"},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "sources = corp, people",
         "nobody@example.fr", CERT_UNUSABLE, false,
         "gateway gw: no trust set takes certificates for example.fr from gw"},
        {FAKE_LDAP_GOOD, "rsa3072.pem", "lists", "min-rsa-bits = 4096",
         "nobody@example.fr", CERT_UNUSABLE, false,
         "gateway gw: its key is too weak"},
    };
    put_people();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Settings) settings = settings_with_gateway(
            rows[i].certificate, rows[i].lists, rows[i].trust);
        g_autoptr(Finder) finder = open_finder(settings);
        fake_ldap_set_mode(fake, rows[i].mode);
        g_autoptr(CertAnswer) answer = ask_one(finder, rows[i].address);
        fake_ldap_set_mode(fake, FAKE_LDAP_GOOD);
        const char *reason = answer->reason != NULL ? answer->reason : "";
        if (answer->class != rows[i].class ||
            (answer->gateway != NULL) != rows[i].gateway ||
            (rows[i].reason != NULL && strstr(reason, rows[i].reason) == NULL))
            fail_msg("row %zu: %s, %s", i, cert_class_get_name(answer->class),
                     reason);
        assert_int_equal(answer->certificate != NULL,
                         answer->class == CERT_FOUND);
    }
}

static void
a_denied_gateway_serves_nobody(void **state)
{
    (void)state;
    put_people();
    g_autoptr(Certificate) own = pki_certificate("rsa3072");
    const char *const denied[] = {certificate_get_sha256(own),
                                  "nobody@example.fr"};
    for (gsize i = 0; i < G_N_ELEMENTS(denied); i++) {
        char *path = pki_scratch_new();
        g_autoptr(Settings) settings =
            settings_with_gateway("rsa3072.pem", "lists", "");
        g_autoptr(Finder) finder = open_finder(settings);
        g_autoptr(State) store = state_open(path, NULL);
        assert_non_null(store);
        assert_true(state_add_denial(store, denied[i], "it leaked", NULL));
        g_autoptr(Denials) denials = denials_new(path);
        finder_set_denials(finder, denials);
        g_autoptr(CertAnswer) answer = ask_one(finder, "nobody@example.fr");
        assert_int_equal(answer->class, CERT_UNUSABLE);
        assert_null(answer->gateway);
        assert_null(answer->certificate);
        assert_non_null(strstr(answer->reason, "it leaked"));
        pki_scratch_remove(path);
    }
}

/* Bob's CA is an entry of the directory, and in no file. */
static void
authorities_come_from_the_directory(void **state)
{
    (void)state;
    g_autoptr(Certificate) issuing = pki_certificate("issuing");
    GBytes *der = certificate_get_der(issuing);
    static const struct {
        const char *ca_base;
        const char *address;
        CertClass class;
    } rows[] = {
        {"", "bob@example.fr", CERT_UNUSABLE},
        {"ca-base = \"ou=pki\"", "bob@example.fr", CERT_FOUND},
        /* Nothing there: then nobody knows what a chain lacks. */
        {"ca-base = \"ou=none\"", "bob@example.fr", CERT_DIRECTORY_DOWN},
        {"ca-base = \"ou=none\"", "nobody@example.fr", CERT_NONE},
    };
    FakeLdap *before = fake;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(FakeLdap) own = fake_ldap_new();
        fake = own;
        given_person("cn=canary", "canary@example.fr", "carol");
        given_person("cn=bob", "bob@example.fr", "bob");
        fake_ldap_add(own, "cn=ca", "ou=pki", "cACertificate;binary",
                      g_bytes_get_data(der, NULL), g_bytes_get_size(der));
        g_autofree char *text = g_strdup_printf(
            "directory corp { uri = \"%s\" base = \"dc=x\" timeout = 300ms "
            "canary = canary@example.fr %s }\n"
            "trust corp { anchors = \"%s/anchors\" revocation = off }\n",
            fake_ldap_get_uri(own), rows[i].ca_base, dir);
        g_autoptr(Settings) settings = given_settings(text);
        g_autoptr(Finder) finder = open_finder(settings);
        g_autoptr(CertAnswer) answer = ask_one(finder, rows[i].address);
        if (answer->class != rows[i].class)
            fail_msg("row %zu: %s", i, cert_class_get_name(answer->class));
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
        cmocka_unit_test(a_gateway_serves_who_has_none),
        cmocka_unit_test(a_denied_gateway_serves_nobody),
        cmocka_unit_test(authorities_come_from_the_directory),
        cmocka_unit_test(checking_asks_the_directories),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
