/* SPDX-License-Identifier: BSD-2-Clause */
/* The cache as the finder uses it, before sources with gates. */
#include "certs/cache.h"

#include "base/clock.h"
#include "certs/finder.h"
#include "tests/fakes/gate_source.h"
#include "tests/unit/certs/given.h"

#define BOB "bob@example.fr"

static char *dir;

static void
put(const char *folder, const char *file)
{
    pki_scratch_put(dir, folder, file);
}

typedef struct {
    Gate one, two;
    Settings *settings;
    Finder *finder;
} Scene;

static Scene *
make_scene(const char *lookup)
{
    Scene *scene = g_new0(Scene, 1);
    gate_init(&scene->one, "one");
    gate_init(&scene->two, "two");
    dir = pki_scratch_new();
    put("anchors", "root.pem");
    put("intermediates", "issuing.pem");
    g_autofree char *text =
        g_strdup_printf("lookup { %s }\n"
                        "trust corp { anchors = \"%s/anchors\" intermediates = "
                        "\"%s/intermediates\" revocation = off }\n",
                        lookup, dir, dir);
    scene->settings = given_settings(text);
    GPtrArray *sources = g_ptr_array_new();
    g_ptr_array_add(sources, &scene->one);
    g_ptr_array_add(sources, &scene->two);
    g_autoptr(Problems) problems = problems_new();
    scene->finder = finder_new_with(sources, scene->settings, problems);
    assert_int_equal(problems_count(problems), 0);
    return scene;
}

static void
free_scene(Scene *scene)
{
    gate_set_open(&scene->one, true);
    gate_set_open(&scene->two, true);
    finder_free(scene->finder);
    settings_free(scene->settings);
    pki_scratch_remove(dir);
    g_free(scene);
    clock_set(-1);
}

static gint64
in_s(int seconds)
{
    return clock_monotonic_us() + seconds * G_USEC_PER_SEC;
}

static char *const bob[] = {(char *)(guintptr)BOB, NULL};

static CertAnswer *
first_of(GPtrArray *answers)
{
    CertAnswer *answer = cert_answer_ref(g_ptr_array_index(answers, 0));
    g_ptr_array_unref(answers);
    return answer;
}

static CertAnswer *
find_bob(const Scene *scene)
{
    return first_of(finder_find(scene->finder, bob, in_s(60)));
}

static CertClass
ask_bob(const Scene *scene)
{
    g_autoptr(CertAnswer) answer = find_bob(scene);
    assert_int_equal(answer->certificate != NULL, answer->class == CERT_FOUND);
    return answer->class;
}

static CertClass
refresh_bob(const Scene *scene)
{
    g_autoptr(CertAnswer) answer =
        first_of(finder_refresh(scene->finder, bob, in_s(60)));
    return answer->class;
}

/* --- what is kept ------------------------------------------------------ */

static void
a_certificate_is_asked_for_once(void **state)
{
    (void)state;
    Scene *scene = make_scene("");
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    g_autoptr(CertAnswer) before = find_bob(scene);
    g_autoptr(CertAnswer) after = find_bob(scene);
    assert_ptr_equal(before, after);
    assert_int_equal(before->class, CERT_FOUND);
    assert_int_equal(gate_count(&scene->one), 1);
    /* Only an order of its own asks again. */
    gate_say(&scene->one, SOURCE_ANSWERED, NULL);
    g_autoptr(CertAnswer) fresh =
        first_of(finder_find_fresh(scene->finder, bob, in_s(60)));
    assert_int_equal(fresh->class, CERT_NONE);
    assert_int_equal(gate_count(&scene->one), 2);
    /* What it said counts for all. */
    assert_int_equal(ask_bob(scene), CERT_NONE);
    free_scene(scene);
}

static void
what_is_not_to_be_kept_is_asked_again(void **state)
{
    (void)state;
    static const struct {
        const char *lookup;
        SourceState says;
        const char *certificate;
        bool proven;
        guint calls; /* for three questions */
    } rows[] = {
        {"keep-found = 0", SOURCE_ANSWERED, "bob", true, 3},
        {"keep-none = 0 keep-error = 0", SOURCE_ANSWERED, "bob", true, 1},
        {"keep-found = 0 keep-error = 0", SOURCE_ANSWERED, NULL, true, 1},
        {"keep-none = 0", SOURCE_ANSWERED, NULL, true, 3},
        /* A wrong certificate is none. */
        {"keep-none = 0", SOURCE_ANSWERED, "carol", true, 3},
        {"keep-none = 0", SOURCE_AMBIGUOUS, NULL, true, 3},
        /* Nothing has shown that it can find anybody. */
        {"keep-error = 0", SOURCE_ANSWERED, NULL, false, 3},
        {"keep-error = 10s", SOURCE_ANSWERED, NULL, false, 1},
        {"keep-error = 10s keep-none = 0", SOURCE_ANSWERED, NULL, false, 3},
        {"keep-error = 0", SOURCE_SILENT, NULL, false, 3},
        {"keep-found = 0 keep-none = 0", SOURCE_SILENT, NULL, false, 1},
        {"cache-size = 0", SOURCE_ANSWERED, "bob", true, 3},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene *scene = make_scene(rows[i].lookup);
        gate_say(&scene->one, rows[i].says, rows[i].certificate);
        scene->one.proven = rows[i].proven;
        for (int k = 0; k < 3; k++)
            (void)ask_bob(scene);
        if (gate_count(&scene->one) != rows[i].calls)
            fail_msg("row %zu: %u", i, gate_count(&scene->one));
        free_scene(scene);
    }
}

static void
a_silent_source_is_stood_in_for(void **state)
{
    (void)state;
    static const struct {
        const char *lookup;
        const char *was;
        CertClass class;
    } rows[] = {
        {"keep-found = 0", "bob", CERT_FOUND},
        {"keep-found = 0 stale = 0", "bob", CERT_DIRECTORY_DOWN},
        /* That there was none is not believed. */
        {"keep-none = 0", NULL, CERT_DIRECTORY_DOWN},
        {"keep-none = 0", "carol", CERT_DIRECTORY_DOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene *scene = make_scene(rows[i].lookup);
        gate_say(&scene->one, SOURCE_ANSWERED, rows[i].was);
        (void)ask_bob(scene);
        gate_say(&scene->one, SOURCE_SILENT, NULL);
        for (int k = 0; k < 2; k++)
            if (ask_bob(scene) != rows[i].class)
                fail_msg("row %zu", i);
        assert_int_equal(gate_count(&scene->one), 2);
        /* The silent one is told of. */
        g_autoptr(CertAnswer) answer = find_bob(scene);
        const CertAsked *asked = g_ptr_array_index(answer->asked, 0);
        assert_string_equal(asked->reason, "fake");
        free_scene(scene);
    }
}

/* The first source's "none" stood beside the second's certificate; when that
 * is gone it must be asked for again before mail leaves in clear. */
/* Who orders it wants no old answer, whatever happens then. */
static void
what_is_forgotten_stands_in_for_nobody(void **state)
{
    (void)state;
    Scene *scene = make_scene("keep-error = 0");
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    gate_say(&scene->one, SOURCE_SILENT, NULL);
    assert_int_equal(refresh_bob(scene), CERT_DIRECTORY_DOWN);
    assert_int_equal(ask_bob(scene), CERT_DIRECTORY_DOWN);
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    assert_int_equal(refresh_bob(scene), CERT_FOUND);
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    assert_int_equal(finder_forget(scene->finder), 1);
    assert_int_equal(finder_forget(scene->finder), 0);
    gate_say(&scene->one, SOURCE_SILENT, NULL);
    assert_int_equal(ask_bob(scene), CERT_DIRECTORY_DOWN);
    free_scene(scene);
}

/* The search that was under way when somebody asked anew ends last. */
static void
what_was_asked_before_does_not_count(void **state)
{
    (void)state;
    static const char *const one[] = {BOB};
    static char *const names[] = {(char *)(guintptr)BOB};
    Scene *scene = make_scene("");
    Cache *cache =
        cache_new(settings_get(scene->settings, lookup_settings.block), 1);
    CacheEar ear = {.cache = cache};
    Asker *asker = asker_new(&scene->one.source, cache_hear, &ear);
    gate_set_open(&scene->one, false);
    CacheHold first = {0};
    CacheHold second = {0};
    cache_ask(cache, 0, asker, one, 1, in_s(60), false, false, &first);
    cache_ask(cache, 0, asker, one, 1, in_s(60), true, false, &second);
    assert_ptr_not_equal(first.search, second.search);
    SourceAnswer made;
    source_answer_init(&made);
    source_answer_set(&made, SOURCE_ANSWERED, NULL);
    g_autoptr(SourceAnswer) old =
        source_answer_share(&made, clock_monotonic_us());
    cache_hear(&ear, first.search, names, &old, 1);
    g_autoptr(SourceAnswer) kept = cache_find_stale(cache, 0, BOB);
    assert_null(kept);
    gate_set_open(&scene->one, true);
    assert_non_null(asker_wait(second.search, in_s(60)));
    kept = cache_find_stale(cache, 0, BOB);
    assert_non_null(kept);
    assert_ptr_not_equal(kept, old);
    cache_hold_clear(&first);
    cache_hold_clear(&second);
    cache_close(cache);
    asker_free(asker);
    cache_free(cache);
    free_scene(scene);
}

static void
an_old_none_does_not_stand_alone(void **state)
{
    (void)state;
    Scene *scene = make_scene("keep-none = 0");
    gate_say(&scene->two, SOURCE_ANSWERED, "bob");
    g_autoptr(Certificate) certificate = pki_certificate("bob");
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    assert_int_equal(gate_count(&scene->one), 1);
    gate_say(&scene->one, SOURCE_SILENT, NULL);
    clock_set(certificate_get_not_after(certificate) + 1);
    assert_int_equal(ask_bob(scene), CERT_DIRECTORY_DOWN);
    assert_int_equal(gate_count(&scene->one), 2);
    free_scene(scene);
}

static void
dates_are_judged_when_they_pass(void **state)
{
    (void)state;
    Scene *scene = make_scene("");
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    g_autoptr(Certificate) certificate = pki_certificate("bob");
    /* OpenSSL counts the last second as over. */
    gint64 last_s = certificate_get_not_after(certificate) - 1;
    clock_set(last_s);
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    clock_set(last_s + 2);
    assert_int_equal(ask_bob(scene), CERT_UNUSABLE);
    clock_set(last_s);
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    clock_set(certificate_get_not_before(certificate) - 1);
    assert_int_equal(ask_bob(scene), CERT_UNUSABLE);
    free_scene(scene);
}

/* --- together ---------------------------------------------------------- */

static gpointer
find_bob_there(gpointer scene)
{
    return find_bob(scene);
}

/* Who has much more time does not share the fate of who has little. */
static void
a_search_that_ends_soon_is_not_shared(void **state)
{
    (void)state;
    Scene *scene = make_scene("");
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    gate_set_open(&scene->one, false);
    finder_prefetch(scene->finder, bob, in_s(5));
    gate_wait_inside(&scene->one, 1);
    finder_prefetch(scene->finder, bob, in_s(60));
    gate_wait_inside(&scene->one, 2);
    finder_prefetch(scene->finder, bob, in_s(70));
    gate_set_open(&scene->one, true);
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    assert_int_equal(gate_count(&scene->one), 2);
    free_scene(scene);
}

static void
many_share_one_search(void **state)
{
    (void)state;
    Scene *scene = make_scene("keep-found = 0 keep-none = 0");
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    gate_set_open(&scene->one, false);
    GThread *threads[8];
    finder_prefetch(scene->finder, bob, in_s(60));
    finder_prefetch(scene->finder, bob, in_s(60));
    gate_wait_inside(&scene->one, 1);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("find", find_bob_there, scene);
    /* Who cannot wait knows nothing. */
    g_autoptr(CertAnswer) hasty =
        first_of(finder_find(scene->finder, bob, clock_monotonic_us()));
    assert_int_equal(hasty->class, CERT_DIRECTORY_DOWN);
    assert_int_equal(gate_count(&scene->one), 1);
    gate_set_open(&scene->one, true);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autoptr(CertAnswer) answer = g_thread_join(threads[i]);
        assert_int_equal(answer->class, CERT_FOUND);
    }
    free_scene(scene);
}

static void
a_slow_source_does_not_delay_what_is_settled(void **state)
{
    (void)state;
    Scene *scene = make_scene("");
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    gate_set_open(&scene->two, false);
    /* The second never answers while this waits. */
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    gate_wait_inside(&scene->two, 1);
    free_scene(scene);
}

static void
a_source_in_memory_spares_the_others(void **state)
{
    (void)state;
    Scene *scene = make_scene("");
    finder_free(scene->finder);
    scene->one.source.local = true;
    gate_say(&scene->one, SOURCE_ANSWERED, "bob");
    GPtrArray *sources = g_ptr_array_new();
    g_ptr_array_add(sources, &scene->one);
    g_ptr_array_add(sources, &scene->two);
    g_autoptr(Problems) problems = problems_new();
    scene->finder = finder_new_with(sources, scene->settings, problems);
    finder_prefetch(scene->finder, bob, in_s(60));
    assert_int_equal(ask_bob(scene), CERT_FOUND);
    assert_int_equal(gate_count(&scene->two), 0);
    free_scene(scene);
}

/* --- the cache itself -------------------------------------------------- */

static void
the_least_used_goes_first(void **state)
{
    (void)state;
    const LookupSettings settings = {.keep_none_ms = 60000,
                                     .size_bytes = 200000};
    g_autoptr(Cache) cache = cache_new(&settings, 1);
    const CacheTerm term = {.until_us = in_s(60), .until_s = G_MAXINT64};
    for (int i = 0; i < 5000; i++) {
        CertAnswer *answer = g_new0(CertAnswer, 1);
        answer->references = 1;
        answer->address = g_strdup_printf("a%d@x", i);
        answer->class = CERT_NONE;
        answer->candidates = g_ptr_array_new();
        answer->asked = g_ptr_array_new();
        cache_keep_verdict(cache, answer, &term);
        cert_answer_unref(answer);
        g_autoptr(CertAnswer) first = cache_find_verdict(cache, "a0@x", 0);
        assert_non_null(first);
        assert_in_range(cache_get_bytes(cache), 1, 200000);
    }
    assert_in_range(cache_count(cache), 100, 2000);
    assert_null(cache_find_verdict(cache, "a1@x", 0));
    g_autoptr(CertAnswer) last = cache_find_verdict(cache, "a4999@x", 0);
    assert_non_null(last);
    /* Made under another stamp. */
    assert_null(cache_find_verdict(cache, "a4999@x", 1));
    cache_close(cache);
    assert_int_equal(cache_get_bytes(cache), 0);
    assert_int_equal(cache_count(cache), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_asked_for_once),
        cmocka_unit_test(what_is_not_to_be_kept_is_asked_again),
        cmocka_unit_test(a_silent_source_is_stood_in_for),
        cmocka_unit_test(what_is_forgotten_stands_in_for_nobody),
        cmocka_unit_test(what_was_asked_before_does_not_count),
        cmocka_unit_test(an_old_none_does_not_stand_alone),
        cmocka_unit_test(dates_are_judged_when_they_pass),
        cmocka_unit_test(a_search_that_ends_soon_is_not_shared),
        cmocka_unit_test(many_share_one_search),
        cmocka_unit_test(a_slow_source_does_not_delay_what_is_settled),
        cmocka_unit_test(a_source_in_memory_spares_the_others),
        cmocka_unit_test(the_least_used_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
