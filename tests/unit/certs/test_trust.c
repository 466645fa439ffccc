/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/trust.h"

#include "base/clock.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Settings of this room's blocks, from text. */
static Settings *
parse(const char *text)
{
    static const SettingRow no_rows[] = {{0}};
    static const SettingsTable top = {.size_bytes = sizeof(SettingsHead),
                                      .rows = no_rows};
    static const SettingsTable *const tables[] = {&top, &directory_settings,
                                                  &certificates_settings,
                                                  &trust_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    Settings *settings =
        settings_parse("c", text, strlen(text), tables, problems);
    if (problems_count(problems) > 0)
        fail_msg("%s", problems_get(problems, 0));
    return settings;
}

static char *dir;

/* Folders: anchors-corp (root), anchors-partners, intermediates, crls. */
static void
put(const char *folder, const char *file)
{
    pki_scratch_put(dir, folder, file);
}

static int
make_folders(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    put("anchors-corp", "root.pem");
    put("anchors-partners", "partners.pem");
    put("intermediates", "issuing.pem");
    put("crls", "root.crl");
    put("crls", "issuing.crl");
    put("crls", "partners.crl");
    return 0;
}

static int
remove_folders(void **state)
{
    (void)state;
    pki_scratch_remove(dir);
    return 0;
}

/* The two sets of the story, corp for example.fr, with what is added. */
static Settings *
two_sets(const char *corp_more)
{
    g_autofree char *text = g_strdup_printf(
        "trust corp { anchors = \"%1$s/anchors-corp\" intermediates = "
        "\"%1$s/intermediates\" domains = example.fr %2$s }\n"
        "trust partners { anchors = \"%1$s/anchors-partners\" "
        "crls = \"%1$s/crls\" }",
        dir, corp_more);
    return parse(text);
}

static CertClass
check(Trust *trust, const char *domain, const char *name, char **reason)
{
    g_autoptr(Certificate) certificate = pki_certificate(name);
    const TrustQuestion question = {
        .domain = domain, .certificate = certificate, .now_s = clock_now()};
    return trust_check(trust, &question, reason);
}

static void
each_set_speaks_for_its_domains_alone(void **state)
{
    (void)state;
    g_autofree char *more = g_strdup_printf("crls = \"%s/crls\"", dir);
    g_autoptr(Settings) settings = two_sets(more);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Trust) trust = trust_new(settings, problems);
    assert_int_equal(problems_count(problems), 0);
    static const struct {
        const char *domain, *name;
        CertClass class;
    } rows[] = {
        {"example.fr", "bob", CERT_FOUND},
        {"example.fr", "revoked", CERT_REVOKED},
        {"example.fr", "on-hold", CERT_ON_HOLD},
        {"example.fr", "partner", CERT_UNUSABLE},
        {"example.fr", "other-user", CERT_UNUSABLE},
        {"example.fr", "sha1", CERT_UNUSABLE},
        {"example.fr", "expired", CERT_UNUSABLE},
        {"partner.example", "partner", CERT_FOUND},
        {"partner.example", "partner-revoked", CERT_REVOKED},
        {"partner.example", "bob", CERT_UNUSABLE},
        {"sub.example.fr", "bob", CERT_UNUSABLE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *reason = NULL;
        CertClass class = check(trust, rows[i].domain, rows[i].name, &reason);
        if (class != rows[i].class)
            fail_msg("%s for %s: %s (%s)", rows[i].name, rows[i].domain,
                     cert_class_get_name(class), reason);
        assert_int_equal(reason == NULL, class == CERT_FOUND);
    }
}

static void
without_lists_the_setting_decides(void **state)
{
    (void)state;
    static const struct {
        const char *more;
        CertClass class;
        unsigned warnings;
    } rows[] = {
        {"", CERT_FOUND, 1},
        {"revocation = off", CERT_FOUND, 0},
        {"revocation = require", CERT_REVOCATION_UNKNOWN, 0},
        {"revocation = prefer", CERT_REVOCATION_UNKNOWN, 0},
        {"revocation = prefer grace = 0", CERT_REVOCATION_UNKNOWN, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Settings) settings = two_sets(rows[i].more);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Trust) trust = trust_new(settings, problems);
        assert_int_equal(problems_count(problems), 0);
        assert_int_equal(problems_get(problems, 0) != NULL &&
                             strstr(problems_get(problems, 0),
                                    "trust corp has no crls") != NULL,
                         rows[i].warnings);
        clock_set(clock_now() + 5);
        g_autofree char *reason = NULL;
        CertClass class = check(trust, "example.fr", "bob", &reason);
        clock_set(-1);
        if (class != rows[i].class)
            fail_msg("%s: %s", rows[i].more, cert_class_get_name(class));
    }
}

static void
a_new_list_is_seen_without_a_reload(void **state)
{
    (void)state;
    g_autofree char *crls = g_build_filename(dir, "late-crls", NULL);
    assert_int_equal(g_mkdir_with_parents(crls, 0755), 0);
    g_autofree char *more = g_strdup_printf("crls = \"%s\"", crls);
    g_autoptr(Settings) settings = two_sets(more);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Trust) trust = trust_new(settings, problems);
    g_autofree char *before = NULL;
    assert_int_equal(check(trust, "example.fr", "bob", &before),
                     CERT_REVOCATION_UNKNOWN);
    put("late-crls", "root.crl");
    put("late-crls", "issuing.crl");
    /* Read in the background; until then the answer stays what it was. */
    CertClass class = CERT_REVOCATION_UNKNOWN;
    while (class == CERT_REVOCATION_UNKNOWN) {
        g_autofree char *reason = NULL;
        class = check(trust, "example.fr", "bob", &reason);
        g_thread_yield();
    }
    assert_int_equal(class, CERT_FOUND);
}

static void
mistakes_are_told_at_load(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"trust a { anchors = \"/nonexistent\" }", "/nonexistent"},
        {"trust a { anchors = \"%s/crls-none\" }", "holds no CA"},
        {"trust a { anchors = \"%s/anchors-corp\" domains = x.org }\n"
         "trust b { anchors = \"%s/anchors-corp\" domains = x.org }",
         "same domains"},
        {"trust a { anchors = \"%s/anchors-corp\" }\n"
         "trust b { anchors = \"%s/anchors-corp\" }",
         "same domains"},
        {"trust a { anchors = \"%s/intermediates\" }", "no root"},
    };
    g_autofree char *none = g_build_filename(dir, "crls-none", NULL);
    assert_int_equal(g_mkdir_with_parents(none, 0755), 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) parts = g_strsplit(rows[i].text, "%s", -1);
        g_autofree char *text = g_strjoinv(dir, parts);
        g_autoptr(Settings) settings = parse(text);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Trust) trust = trust_new(settings, problems);
        assert_non_null(trust);
        bool told = false;
        const char *line;
        for (unsigned k = 0; (line = problems_get(problems, k)) != NULL; k++)
            told = told || strstr(line, rows[i].problem) != NULL;
        if (!told)
            fail_msg("%s is not told: %s", rows[i].problem, text);
    }
}

static CertClass
check_from(Trust *trust, const char *domain, const char *source,
           const GPtrArray *chain, const char *name, char **reason)
{
    g_autoptr(Certificate) certificate = pki_certificate(name);
    const TrustQuestion question = {.domain = domain,
                                    .source = source,
                                    .chain = chain,
                                    .certificate = certificate,
                                    .now_s = clock_now()};
    return trust_check(trust, &question, reason);
}

static Trust *
make_trust(const char *format, Settings **settings, Problems *problems)
{
    g_auto(GStrv) parts = g_strsplit(format, "%s", -1);
    g_autofree char *text = g_strjoinv(dir, parts);
    *settings = parse(text);
    return trust_new(*settings, problems);
}

static void
a_set_for_a_source_speaks_for_nothing_else(void **state)
{
    (void)state;
    g_autoptr(Settings) settings = NULL;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Trust) trust = make_trust(
        "trust corp { anchors = \"%s/anchors-corp\" intermediates = "
        "\"%s/intermediates\" domains = example.fr sources = corp "
        "revocation = off }\n"
        "trust rest { anchors = \"%s/anchors-corp\" intermediates = "
        "\"%s/intermediates\" revocation = off }\n"
        "trust partners { anchors = \"%s/anchors-partners\" sources = "
        "partners revocation = off }",
        &settings, problems);
    assert_int_equal(problems_count(problems), 0);
    static const struct {
        const char *domain, *source, *name;
        CertClass class;
    } rows[] = {
        {"example.fr", "corp", "bob", CERT_FOUND},
        {"example.fr", "partners", "bob", CERT_UNUSABLE},
        {"example.fr", NULL, "bob", CERT_UNUSABLE},
        {"example.com", "corp", "bob", CERT_FOUND},
        {"example.com", "partners", "bob", CERT_UNUSABLE},
        {"example.com", "partners", "partner", CERT_FOUND},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *reason = NULL;
        if (check_from(trust, rows[i].domain, rows[i].source, NULL,
                       rows[i].name, &reason) != rows[i].class)
            fail_msg("row %zu: %s", i, reason);
    }
    static const char *const known[] = {"corp", "partners", NULL};
    static const char *const fewer[] = {"corp", "partner", NULL};
    trust_check_sources(trust, known, problems);
    assert_int_equal(problems_count(problems), 0);
    trust_check_sources(trust, fewer, problems);
    assert_int_equal(problems_count(problems), 1);
    assert_non_null(strstr(problems_get(problems, 0), "did you mean partner"));
}

static void
our_domains_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *sets;
        const char *own;
        unsigned errors;
        bool warned;
    } rows[] = {
        {"trust a { anchors = \"%s/anchors-corp\" domains = example.fr }",
         "example.fr", 0, false},
        {"trust a { anchors = \"%s/anchors-corp\" domains = example.fr }",
         "example.com", 0, false},
        {"trust a { anchors = \"%s/anchors-corp\" }", "example.fr", 0, true},
        {"trust a { anchors = \"%s/anchors-corp\" domains = example.fr }\n"
         "trust b { anchors = \"%s/anchors-partners\" }",
         "example.fr", 0, false},
        {"trust a { anchors = \"%s/anchors-corp\" domains = example.fr }\n"
         "trust b { anchors = \"%s/anchors-partners\" }",
         "sub.example.fr", 1, false},
        {"trust a { anchors = \"%s/anchors-corp\" domains = .example.fr }\n"
         "trust b { anchors = \"%s/anchors-partners\" }",
         "sub.example.fr", 0, false},
        {"trust a { anchors = \"%s/anchors-corp\" domains = .example.fr }\n"
         "trust b { anchors = \"%s/anchors-partners\" }",
         ".example.fr", 0, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Settings) settings = NULL;
        g_autoptr(Problems) unheard = problems_new();
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Trust) trust = make_trust(rows[i].sets, &settings, unheard);
        char *const own[] = {(char *)(guintptr)rows[i].own, NULL};
        const Position at = {.file = "c", .line = 1};
        trust_check_domains(trust, own, &at, problems);
        bool warned = problems_get(problems, 0) != NULL &&
                      problems_is_warning(problems, 0);
        if (problems_count(problems) != rows[i].errors ||
            warned != rows[i].warned)
            fail_msg("row %zu: %s", i, problems_get(problems, 0));
    }
}

static void
a_chain_that_came_along_serves_one_answer(void **state)
{
    (void)state;
    g_autoptr(Settings) settings = NULL;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Trust) trust =
        make_trust("trust corp { anchors = \"%s/anchors-corp\" "
                   "revocation = off }",
                   &settings, problems);
    g_autoptr(Certificate) issuing = pki_certificate("issuing");
    g_autoptr(GPtrArray) chain = g_ptr_array_new();
    g_ptr_array_add(chain, certificate_get_der(issuing));
    for (int again = 0; again < 2; again++) {
        g_autofree char *with = NULL;
        g_autofree char *without = NULL;
        assert_int_equal(
            check_from(trust, "example.fr", "corp", chain, "bob", &with),
            CERT_FOUND);
        assert_null(with);
        assert_int_equal(
            check_from(trust, "example.fr", "corp", NULL, "bob", &without),
            CERT_UNUSABLE);
        assert_non_null(strstr(without, "neither trusted nor known"));
    }
}

static void
a_set_says_how_strong(void **state)
{
    (void)state;
    g_autoptr(Settings) settings = two_sets("revocation = off "
                                            "security-level = 3");
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Trust) trust = trust_new(settings, problems);
    g_autofree char *reason = NULL;
    assert_int_equal(check(trust, "example.fr", "bob", &reason), CERT_UNUSABLE);
    assert_non_null(strstr(reason, "its key is too weak"));
    g_autofree char *better = NULL;
    assert_int_equal(check(trust, "example.fr", "rsa3072", &better),
                     CERT_FOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_set_speaks_for_its_domains_alone),
        cmocka_unit_test(without_lists_the_setting_decides),
        cmocka_unit_test(a_new_list_is_seen_without_a_reload),
        cmocka_unit_test(mistakes_are_told_at_load),
        cmocka_unit_test(a_set_for_a_source_speaks_for_nothing_else),
        cmocka_unit_test(our_domains_are_named),
        cmocka_unit_test(a_chain_that_came_along_serves_one_answer),
        cmocka_unit_test(a_set_says_how_strong),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
