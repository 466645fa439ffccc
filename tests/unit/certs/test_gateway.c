/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/gateway.h"

#include "certs/source.h"
#include "tests/unit/certs/given.h"

#include <glib/gstdio.h>

static char *dir;

static void
put(const char *folder, const char *file)
{
    pki_scratch_put(dir, folder, file);
}

static int
make_dir(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    put("a", "root.pem");
    put("i", "issuing.pem");
    put("c", "bob.pem");
    put("c", "expired.pem");
    put("c", "other-user.pem");
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    pki_scratch_remove(dir);
    return 0;
}

static void
only_who_has_none_for_certain_has_a_gateway(void **state)
{
    (void)state;
    static const bool may[] = {
        [CERT_FOUND] = false,          [CERT_NONE] = true,
        [CERT_UNUSABLE] = true,        [CERT_REVOKED] = true,
        [CERT_ON_HOLD] = true,         [CERT_REVOCATION_UNKNOWN] = false,
        [CERT_LOST] = false,           [CERT_AMBIGUOUS] = false,
        [CERT_DIRECTORY_DOWN] = false,
    };
    assert_int_equal(G_N_ELEMENTS(may), CERT_DIRECTORY_DOWN + 1);
    for (int i = 0; i <= CERT_DIRECTORY_DOWN; i++)
        assert_int_equal(gateway_may_stand_for((CertClass)i), may[i]);
}

/* What a configuration with these blocks is told. */
static Problems *
check(const char *blocks, const char *ours)
{
    g_autofree char *given = g_strdup(blocks);
    g_auto(GStrv) parts = g_strsplit(given, "DIR", -1);
    g_autofree char *filled = g_strjoinv(dir, parts);
    g_autofree char *text = g_strdup_printf(
        "%s\ntrust t { anchors = \"%s/a\" intermediates = \"%s/i\" revocation "
        "= off }\ncertificates local { path = \"%s/c\" }\n",
        filled, dir, dir, dir);
    g_autoptr(Settings) settings = given_settings(text);
    Problems *problems = problems_new();
    g_autoptr(Finder) finder = finder_new(settings, problems);
    char *const domains[] = {(char *)(guintptr)ours, NULL};
    const Position at = {.file = "c", .line = 9, .column = 1};
    if (ours != NULL)
        finder_check_domains(finder, domains, &at, problems);
    return problems;
}

#define GATEWAY(name, domains, file)                                           \
    "gateway " name " { domains = " domains " certificate = \"DIR/c/" file     \
    ".pem\" }\n"

static bool
tells(const Problems *problems, const char *text)
{
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        if (strstr(problems_get(problems, i), text) != NULL)
            return true;
    return false;
}

static void
mistakes_of_several_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *blocks, *ours;
        const char *told; /* NULL: nothing */
        unsigned errors;
    } rows[] = {
        {GATEWAY("p", "partner.example", "bob"), NULL, NULL, 0},
        {GATEWAY("p", "a.example", "bob") GATEWAY("q", "b.example", "bob"),
         NULL, NULL, 0},
        {GATEWAY("p", ".a.example", "bob") GATEWAY("q", "x.a.example", "bob"),
         NULL, "gateway q: x.a.example is gateway p's domain already", 1},
        {GATEWAY("p", "A.example", "bob") GATEWAY("q", "a.example", "bob"),
         NULL, "is gateway p's domain already", 1},
        {GATEWAY("local", "a.example", "bob"), NULL,
         "gateway local: another source has that name", 1},
        {GATEWAY("p", "a.example", "expired"), NULL,
         "warning: gateway p: its certificate would not be used for "
         "a.example: it expired on",
         0},
        {GATEWAY("p", "a.example", "other-user"), NULL,
         "it does not chain to a CA of trust set t", 0},
        {GATEWAY("p", "example.fr", "bob"), "example.fr",
         "gateway p names our own domain example.fr", 1},
        {GATEWAY("p", ".fr", "bob"), "example.fr",
         "gateway p names our own domain example.fr", 1},
        {GATEWAY("p", "mail.example.fr", "bob"), ".example.fr",
         "gateway p names our own domain .example.fr", 1},
        {GATEWAY("p", "mail.example.fr", "bob"), "example.fr", NULL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Problems) problems = check(rows[i].blocks, rows[i].ours);
        if (problems_count(problems) != rows[i].errors ||
            (rows[i].told != NULL && !tells(problems, rows[i].told)) ||
            (rows[i].told == NULL && tells(problems, "gateway")))
            fail_msg("row %zu: %s", i, problems_get(problems, 0));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_has_none_for_certain_has_a_gateway),
        cmocka_unit_test(mistakes_of_several_are_told),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
