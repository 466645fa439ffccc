/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/inquiry.h"

#include "base/clock.h"
#include "tests/fakes/pki.h"
#include "tests/unit/certs/given.h"

#include <glib/gstdio.h>

typedef enum { USABLE, UNUSABLE, NONE, SILENT, AMBIGUOUS } Says;

static char *const everybody[] = {NULL};
static char *const partners[] = {(char *)(guintptr) "partner.example", NULL};
static const Source one = {.name = "one", .domains = everybody};
static const Source two = {.name = "two", .domains = everybody};
static const Source elsewhere = {.name = "else", .domains = partners};

typedef struct {
    char *dir;
    Settings *settings;
    Trust *trust;
    Cache *cache;
} Scene;

static const LookupSettings lookup = {
    .keep_found_ms = 60000, .keep_none_ms = 5000, .keep_error_ms = 1000};

static int
make_scene(void **state)
{
    Scene *scene = g_new0(Scene, 1);
    scene->dir = pki_scratch_new();
    static const char *const files[] = {"root.pem", "issuing.pem"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        gsize size = 0;
        g_autofree char *bytes = pki_read(files[i], &size);
        g_autofree char *where =
            g_build_filename(scene->dir, i == 0 ? "a" : "i", NULL);
        assert_int_equal(g_mkdir(where, 0755), 0);
        g_free(pki_scratch_write(where, files[i], bytes, size, 0644));
    }
    g_autofree char *text =
        g_strdup_printf("trust t { anchors = \"%s/a\" intermediates = "
                        "\"%s/i\" revocation = off }\n",
                        scene->dir, scene->dir);
    scene->settings = given_settings(text);
    g_autoptr(Problems) problems = problems_new();
    scene->trust = trust_new(scene->settings, problems);
    scene->cache = cache_new(&lookup, 2);
    *state = scene;
    return 0;
}

static int
free_scene(void **state)
{
    Scene *scene = *state;
    cache_free(scene->cache);
    trust_free(scene->trust);
    settings_free(scene->settings);
    pki_scratch_remove(scene->dir);
    g_free(scene);
    return 0;
}

static SourceAnswer *
make_answer(Says says)
{
    SourceAnswer made;
    source_answer_init(&made);
    made.proven = true;
    SourceState state = says == SILENT      ? SOURCE_SILENT
                        : says == AMBIGUOUS ? SOURCE_AMBIGUOUS
                                            : SOURCE_ANSWERED;
    source_answer_set(&made, state,
                      state == SOURCE_ANSWERED ? NULL : g_strdup("so it is"));
    if (says == USABLE || says == UNUSABLE) {
        g_autoptr(Certificate) certificate =
            pki_certificate(says == USABLE ? "bob" : "carol");
        g_ptr_array_add(
            made.values,
            source_value_new(g_bytes_ref(certificate_get_der(certificate)),
                             NULL));
    }
    return source_answer_share(&made, clock_monotonic_us());
}

static void
take(Inquiry *inquiry, const Source *source, Says says)
{
    g_autoptr(SourceAnswer) answer = make_answer(says);
    if (inquiry_concerns(inquiry, source))
        inquiry_take(inquiry, source, answer, false);
}

static void
two_sources_come_to_one_answer(void **state)
{
    const Scene *scene = *state;
    /* As with the first that has a usable one, and with all merged: the class
     * is another only where the second is ambiguous about what the first
     * knows. */
    static const CertClass rows[5][5] = {
        [USABLE] = {CERT_FOUND, CERT_FOUND, CERT_FOUND, CERT_FOUND, CERT_FOUND},
        [UNUSABLE] = {CERT_FOUND, CERT_UNUSABLE, CERT_UNUSABLE,
                      CERT_DIRECTORY_DOWN, CERT_AMBIGUOUS},
        [NONE] = {CERT_FOUND, CERT_UNUSABLE, CERT_NONE, CERT_DIRECTORY_DOWN,
                  CERT_AMBIGUOUS},
        [SILENT] = {CERT_FOUND, CERT_DIRECTORY_DOWN, CERT_DIRECTORY_DOWN,
                    CERT_DIRECTORY_DOWN, CERT_AMBIGUOUS},
        [AMBIGUOUS] = {CERT_AMBIGUOUS, CERT_AMBIGUOUS, CERT_AMBIGUOUS,
                       CERT_AMBIGUOUS, CERT_AMBIGUOUS},
    };
    for (int merge = 0; merge <= 1; merge++)
        for (int i = 0; i < 25; i++) {
            const InquiryRule rule = {.trust = scene->trust,
                                      .cache = scene->cache,
                                      .merge = merge == 1};
            g_autoptr(Inquiry) inquiry = inquiry_new(&rule, "bob@example.fr");
            take(inquiry, &one, (Says)(i / 5));
            /* Merged, only who is nobody's own leaves nothing to ask. */
            bool settled = i / 5 == AMBIGUOUS || (!merge && i / 5 == USABLE);
            assert_int_equal(inquiry_is_settled(inquiry), settled);
            take(inquiry, &two, (Says)(i % 5));
            CacheTerm term = {0};
            g_autoptr(CertAnswer) answer = inquiry_conclude(inquiry, &term);
            CertClass wanted = rows[i / 5][i % 5];
            if (merge && i % 5 == AMBIGUOUS)
                wanted = CERT_AMBIGUOUS;
            if (answer->class != wanted)
                fail_msg("merge %d, %d and %d: %s", merge, i / 5, i % 5,
                         cert_class_get_name(answer->class));
            assert_int_equal(answer->certificate != NULL, wanted == CERT_FOUND);
            assert_int_equal(answer->reason == NULL,
                             wanted == CERT_FOUND || wanted == CERT_NONE);
        }
}

static void
a_source_of_other_domains_is_not_asked(void **state)
{
    const Scene *scene = *state;
    const InquiryRule rule = {.trust = scene->trust, .cache = scene->cache};
    g_autoptr(Inquiry) inquiry = inquiry_new(&rule, "bob@example.fr");
    assert_true(inquiry_concerns(inquiry, &one));
    assert_false(inquiry_concerns(inquiry, &elsewhere));
    assert_string_equal(inquiry_get_address(inquiry), "bob@example.fr");
}

static void
a_verdict_holds_as_long_as_its_answers(void **state)
{
    const Scene *scene = *state;
    static const struct {
        Says says;
        gint64 most_s;
    } rows[] = {
        {USABLE, 10}, {UNUSABLE, 5}, {NONE, 5}, {SILENT, 1}, {AMBIGUOUS, 5}};
    const InquiryRule rule = {.trust = scene->trust, .cache = scene->cache};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Inquiry) inquiry = inquiry_new(&rule, "bob@example.fr");
        gint64 before_us = clock_monotonic_us();
        take(inquiry, &one, rows[i].says);
        CacheTerm term = {0};
        g_autoptr(CertAnswer) answer = inquiry_conclude(inquiry, &term);
        assert_string_equal(answer->address, "bob@example.fr");
        assert_in_range(term.until_us,
                        before_us + rows[i].most_s * G_USEC_PER_SEC,
                        clock_monotonic_us() + rows[i].most_s * G_USEC_PER_SEC);
        assert_false(inquiry_is_outdated(inquiry));
    }
    g_autoptr(Inquiry) hasty = inquiry_new(&rule, "bob@example.fr");
    inquiry_take_silence(hasty, &one);
    CacheTerm term = {0};
    g_autoptr(CertAnswer) down = inquiry_conclude(hasty, &term);
    assert_int_equal(down->class, CERT_DIRECTORY_DOWN);
    assert_int_equal(term.until_us, 0);
}

static void
an_old_none_is_outdated(void **state)
{
    const Scene *scene = *state;
    const InquiryRule rule = {.trust = scene->trust, .cache = scene->cache};
    for (int says = USABLE; says <= NONE; says++) {
        g_autoptr(Inquiry) inquiry = inquiry_new(&rule, "bob@example.fr");
        g_autoptr(SourceAnswer) answer = make_answer((Says)says);
        answer->time_us -= 6 * G_USEC_PER_SEC;
        inquiry_take(inquiry, &one, answer, true);
        CacheTerm term = {0};
        g_autoptr(CertAnswer) verdict = inquiry_conclude(inquiry, &term);
        assert_int_equal(verdict->class == CERT_FOUND, says == USABLE);
        assert_int_equal(inquiry_is_outdated(inquiry), says != USABLE);
    }
}

/* --- gateways ---------------------------------------------------------- */

static const Source gateway = {
    .name = "gw", .domains = everybody, .local = true, .gateway = true};

static void
a_gateway_stands_for_who_has_none(void **state)
{
    const Scene *scene = *state;
    /* Of a gateway whose certificate is carol's: it need not be bob's. */
    static const struct {
        Says first, second, gateway;
        CertClass class;
        bool asked;
    } rows[] = {
        {NONE, NONE, UNUSABLE, CERT_FOUND, true},
        {UNUSABLE, NONE, UNUSABLE, CERT_FOUND, true},
        {NONE, UNUSABLE, USABLE, CERT_FOUND, true},
        {USABLE, NONE, USABLE, CERT_FOUND, false},
        {NONE, USABLE, USABLE, CERT_FOUND, false},
        {SILENT, NONE, USABLE, CERT_DIRECTORY_DOWN, false},
        {NONE, SILENT, USABLE, CERT_DIRECTORY_DOWN, false},
        {UNUSABLE, SILENT, USABLE, CERT_DIRECTORY_DOWN, false},
        {NONE, AMBIGUOUS, USABLE, CERT_AMBIGUOUS, false},
        {NONE, NONE, NONE, CERT_NONE, true},
        {UNUSABLE, NONE, NONE, CERT_UNUSABLE, true},
    };
    for (gsize i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
        gsize row = i / 2;
        const InquiryRule rule = {
            .trust = scene->trust, .cache = scene->cache, .merge = i % 2 == 1};
        g_autoptr(Inquiry) inquiry = inquiry_new(&rule, "bob@example.fr");
        take(inquiry, &one, rows[row].first);
        take(inquiry, &two, rows[row].second);
        if (inquiry_concerns(inquiry, &gateway) != rows[row].asked)
            fail_msg("row %zu", row);
        take(inquiry, &gateway, rows[row].gateway);
        CacheTerm term = {0};
        g_autoptr(CertAnswer) answer = inquiry_conclude(inquiry, &term);
        bool serves = rows[row].asked && rows[row].gateway != NONE;
        assert_int_equal(answer->class, rows[row].class);
        assert_int_equal(answer->gateway != NULL, serves);
        if (!serves)
            continue;
        const CertCandidate *best = g_ptr_array_index(answer->candidates, 0);
        assert_true(best->gateway);
        assert_string_equal(answer->gateway, "gw");
        assert_null(answer->reason);
        assert_non_null(answer->certificate);
    }
}

/* A gateway stands in no longer than the answers say that there is none. */
static void
a_gateway_holds_as_long_as_none_does(void **state)
{
    const Scene *scene = *state;
    const InquiryRule rule = {.trust = scene->trust, .cache = scene->cache};
    for (int old = 0; old <= 1; old++) {
        g_autoptr(Inquiry) inquiry = inquiry_new(&rule, "bob@example.fr");
        g_autoptr(SourceAnswer) none = make_answer(NONE);
        gint64 before_us = clock_monotonic_us();
        none->time_us -= old * 6 * G_USEC_PER_SEC;
        inquiry_take(inquiry, &one, none, true);
        take(inquiry, &gateway, USABLE);
        CacheTerm term = {0};
        g_autoptr(CertAnswer) answer = inquiry_conclude(inquiry, &term);
        assert_int_equal(answer->class, CERT_FOUND);
        assert_string_equal(answer->gateway, "gw");
        assert_true(term.until_us <= before_us + 6 * G_USEC_PER_SEC);
        assert_int_equal(inquiry_is_outdated(inquiry), old == 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sources_come_to_one_answer),
        cmocka_unit_test(a_source_of_other_domains_is_not_asked),
        cmocka_unit_test(a_verdict_holds_as_long_as_its_answers),
        cmocka_unit_test(an_old_none_is_outdated),
        cmocka_unit_test(a_gateway_stands_for_who_has_none),
        cmocka_unit_test(a_gateway_holds_as_long_as_none_does),
    };
    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
