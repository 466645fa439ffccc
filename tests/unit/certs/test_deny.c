/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/deny.h"

#include "base/clock.h"
#include "tests/unit/certs/given.h"

#include <glib/gstdio.h>

static char *dir;
static char *bob;

static void
put(const char *folder, const char *file)
{
    pki_scratch_put(dir, folder, file);
}

static int
make_all(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    put("anchors", "root.pem");
    put("intermediates", "issuing.pem");
    put("local", "bob.pem");
    g_autofree char *path = g_build_filename(dir, "local/bob.pem", NULL);
    g_autoptr(GPtrArray) all = certificate_load_file(path, NULL);
    bob = g_strdup(certificate_get_sha256(g_ptr_array_index(all, 0)));
    return 0;
}

static int
remove_all(void **state)
{
    (void)state;
    static const char *const names[] = {"state.db", "state.db-wal",
                                        "state.db-shm"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_unlink(path);
    }
    pki_scratch_remove(dir);
    g_clear_pointer(&bob, g_free);
    return 0;
}

/* What bob's answer is with these denials. */
static CertAnswer *
ask(Denials *denials)
{
    g_autofree char *text =
        g_strdup_printf("certificates local { path = \"%s/local\" }\n"
                        "trust corp { anchors = \"%s/anchors\" intermediates = "
                        "\"%s/intermediates\" revocation = off }\n",
                        dir, dir, dir);
    g_autoptr(Settings) settings = given_settings(text);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Finder) finder = finder_new(settings, problems);
    assert_int_equal(problems_count(problems), 0);
    finder_set_denials(finder, denials);
    char *const who[] = {(char *)(guintptr) "bob@example.fr", NULL};
    g_autoptr(GPtrArray) answers =
        finder_find(finder, who, clock_monotonic_us() + 3 * G_USEC_PER_SEC);
    g_ptr_array_set_free_func(answers, NULL);
    return g_ptr_array_index(answers, 0);
}

static void
check_denied(const CertAnswer *answer, CertClass class, const char *word)
{
    assert_int_equal(answer->class, class);
    assert_null(answer->certificate);
    assert_null(answer->certificates);
    assert_non_null(strstr(answer->reason, word));
    assert_int_equal(answer->candidates->len, 1);
    const CertCandidate *candidate = g_ptr_array_index(answer->candidates, 0);
    assert_non_null(candidate->reason);
    assert_int_equal(candidate->class, CERT_UNUSABLE);
}

static void
what_is_denied_is_unusable(void **state)
{
    (void)state;
    const char *const names[] = {bob, "bob@example.fr"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(State) writer = state_open(dir, NULL);
        g_autoptr(Denials) denials = denials_new(dir);
        g_autoptr(CertAnswer) before = ask(denials);
        assert_int_equal(before->class, CERT_FOUND);
        assert_true(state_add_denial(writer, names[i], "card lost", NULL));
        g_autoptr(Denials) fresh = denials_new(dir);
        g_autoptr(CertAnswer) after = ask(fresh);
        check_denied(after, CERT_UNUSABLE, "card lost");
        assert_int_equal(state_remove_denial(writer, names[i], NULL),
                         STATE_YES);
    }
}

static void
what_cannot_be_asked_is_not_absent(void **state)
{
    (void)state;
    g_autofree char *path = g_build_filename(dir, "state.db", NULL);
    g_autofree char *junk = g_strnfill(5000, 'x');
    assert_true(g_file_set_contents(path, junk, -1, NULL));
    g_autoptr(Denials) denials = denials_new(dir);
    g_autoptr(CertAnswer) answer = ask(denials);
    check_denied(answer, CERT_DIRECTORY_DOWN, "denied cannot be read");
}

/* The candidate alone: its own reason stays, and nothing is asked then. */
static void
a_reason_of_its_own_stays(void **state)
{
    (void)state;
    g_autoptr(CertAnswer) answer = ask(NULL);
    assert_int_equal(answer->class, CERT_FOUND);
    CertCandidate *candidate = g_ptr_array_index(answer->candidates, 0);
    candidate->reason = g_strdup("it expired");
    g_autoptr(State) writer = state_open(dir, NULL);
    assert_true(state_add_denial(writer, bob, "card lost", NULL));
    g_autoptr(Denials) denials = denials_new(dir);
    char *silent = NULL;
    deny_candidate(denials, candidate, &silent);
    assert_string_equal(candidate->reason, "it expired");
    assert_null(silent);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_all, remove_all)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_denied_is_unusable),
        TEST(what_cannot_be_asked_is_not_absent),
        TEST(a_reason_of_its_own_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
