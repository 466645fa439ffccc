/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/asker.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A source that answers when its gate is open. */
typedef struct {
    Source source;
    GMutex lock;
    GCond changed;
    bool open;
    guint inside, most_inside, calls;
    const GThread *asked_by; /* the last */
} Gate;

static void
find(Source *source, const char *const *addresses, guint count,
     gint64 deadline_us, SourceAnswer *answers)
{
    Gate *gate = (Gate *)(gpointer)source;
    (void)deadline_us;
    g_mutex_lock(&gate->lock);
    gate->calls++;
    gate->asked_by = g_thread_self();
    gate->inside++;
    gate->most_inside = MAX(gate->most_inside, gate->inside);
    g_cond_broadcast(&gate->changed);
    while (!gate->open)
        g_cond_wait(&gate->changed, &gate->lock);
    gate->inside--;
    g_mutex_unlock(&gate->lock);
    for (guint i = 0; i < count; i++) {
        source_answer_set(&answers[i], SOURCE_ANSWERED, NULL);
        answers[i].entry = g_strdup(addresses[i]);
    }
}

static void
make_gate(Gate *gate, bool open)
{
    *gate = (Gate){.source = {.name = "gate", .find = find}, .open = open};
    g_mutex_init(&gate->lock);
    g_cond_init(&gate->changed);
}

static void
open_gate(Gate *gate)
{
    g_mutex_lock(&gate->lock);
    gate->open = true;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->lock);
}

static void
wait_for_inside(Gate *gate, guint count)
{
    g_mutex_lock(&gate->lock);
    while (gate->inside < count)
        g_cond_wait(&gate->changed, &gate->lock);
    g_mutex_unlock(&gate->lock);
}

static gint64
in_s(int seconds)
{
    return clock_monotonic_us() + seconds * G_USEC_PER_SEC;
}

static const char *const two[] = {"a@x", "b@x"};

static void
each_address_gets_its_answer(void **state)
{
    (void)state;
    Gate gate;
    make_gate(&gate, true);
    g_autoptr(Asker) asker = asker_new(&gate.source, NULL, NULL);
    AskerSearch *search = asker_begin(asker, two, 2, in_s(60), false);
    SourceAnswer *const *answers = asker_wait(search, in_s(60));
    assert_non_null(answers);
    assert_int_equal(answers[0]->state, SOURCE_ANSWERED);
    assert_string_equal(answers[0]->entry, "a@x");
    assert_string_equal(answers[1]->entry, "b@x");
    asker_drop(search);
}

static void
waiting_ends_at_the_deadline(void **state)
{
    (void)state;
    Gate gate;
    make_gate(&gate, false);
    g_autoptr(Asker) asker = asker_new(&gate.source, NULL, NULL);
    AskerSearch *search = asker_begin(asker, two, 2, in_s(60), false);
    wait_for_inside(&gate, 1);
    assert_null(asker_wait(search, clock_monotonic_us() - 1));
    /* Dropped while the source still works on it. */
    asker_drop(search);
    open_gate(&gate);
}

static void
a_late_search_is_not_made(void **state)
{
    (void)state;
    Gate gate;
    make_gate(&gate, true);
    g_autoptr(Asker) asker = asker_new(&gate.source, NULL, NULL);
    AskerSearch *search =
        asker_begin(asker, two, 2, clock_monotonic_us() - 1, false);
    SourceAnswer *const *answers = asker_wait(search, in_s(60));
    assert_non_null(answers);
    assert_int_equal(answers[1]->state, SOURCE_SILENT);
    assert_int_equal(gate.calls, 0);
    asker_drop(search);
}

/* Who waits asks himself; what nobody waits for, or somebody with less time
 * than the search may take, is left to the asker's threads. */
static void
a_lazy_search_is_made_by_whoever_waits(void **state)
{
    (void)state;
    enum { SELF, HURRIED, IMPATIENT, KINDS };
    for (int kind = SELF; kind < KINDS; kind++) {
        Gate gate;
        make_gate(&gate, kind != IMPATIENT);
        g_autoptr(Asker) asker = asker_new(&gate.source, NULL, NULL);
        AskerSearch *search = asker_begin(asker, two, 2, in_s(60), true);
        if (kind == HURRIED)
            asker_hurry(search);
        if (kind == IMPATIENT) {
            assert_null(asker_wait(search, clock_monotonic_us() - 1));
            open_gate(&gate);
        }
        assert_non_null(asker_wait(search, in_s(70)));
        assert_int_equal(gate.calls, 1);
        assert_int_equal(gate.asked_by == g_thread_self(), kind == SELF);
        asker_drop(search);
    }
}

static void
threads_and_queue_are_bounded(void **state)
{
    (void)state;
    Gate gate;
    make_gate(&gate, false);
    g_autoptr(Asker) asker = asker_new(&gate.source, NULL, NULL);
    AskerSearch *searches[600];
    guint refused = 0;
    for (guint i = 0; i < G_N_ELEMENTS(searches); i++)
        searches[i] = asker_begin(asker, two, 1, in_s(60), false);
    /* What found no place is silent at once, though the gate is shut. */
    for (guint i = 0; i < G_N_ELEMENTS(searches); i++) {
        SourceAnswer *const *answers = asker_wait(searches[i], 0);
        refused += answers != NULL && answers[0]->state == SOURCE_SILENT;
    }
    assert_in_range(refused, 600 - 260, 600 - 256);
    open_gate(&gate);
    for (guint i = 0; i < G_N_ELEMENTS(searches); i++) {
        assert_non_null(asker_wait(searches[i], in_s(60)));
        asker_drop(searches[i]);
    }
    assert_int_equal(gate.calls, 600 - refused);
    assert_in_range(gate.most_inside, 1, 4);
}

static void
what_waits_is_dropped_at_the_end(void **state)
{
    (void)state;
    Gate gate;
    make_gate(&gate, true);
    Asker *asker = asker_new(&gate.source, NULL, NULL);
    for (guint i = 0; i < 20; i++)
        asker_drop(asker_begin(asker, two, 2, in_s(60), false));
    asker_free(asker);
    asker_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_gets_its_answer),
        cmocka_unit_test(waiting_ends_at_the_deadline),
        cmocka_unit_test(a_late_search_is_not_made),
        cmocka_unit_test(a_lazy_search_is_made_by_whoever_waits),
        cmocka_unit_test(threads_and_queue_are_bounded),
        cmocka_unit_test(what_waits_is_dropped_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
