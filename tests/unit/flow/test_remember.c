/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/remember.h"

#include "base/metrics.h"

#include <glib/gstdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char *dir;
static State *file;
static Marks *marks;
static Envelope *envelope;

static int
make_world(void **state)
{
    (void)state;
    dir = g_dir_make_tmp("sceau-remember-XXXXXX", NULL);
    file = state_open(dir, NULL);
    marks = marks_new(dir);
    envelope = envelope_new();
    return 0;
}

static void
remove_file(void)
{
    static const char *const names[] = {"state.db", "state.db-wal",
                                        "state.db-shm"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_unlink(path);
    }
}

static int
remove_world(void **state)
{
    (void)state;
    envelope_free(envelope);
    marks_unref(marks);
    state_free(file);
    remove_file();
    g_rmdir(dir);
    g_free(dir);
    return 0;
}

static void
add_report(Outcome *outcome, const char *address, const char *action,
           const char *class_name)
{
    OutcomeReport *report = g_new0(OutcomeReport, 1);
    report->address = g_strdup(address);
    report->action = action;
    report->class_name = class_name;
    g_ptr_array_add(outcome->reports, report);
}

/* How many lines that hold word are written while outcome is remembered. */
static guint
count_lines(const Outcome *outcome, const char *word)
{
    char name[] = "/tmp/sceau-remember-XXXXXX";
    int to = mkstemp(name);
    int before = dup(STDERR_FILENO);
    assert_true(to >= 0 && before >= 0);
    dup2(to, STDERR_FILENO);
    remember_outcome(marks, envelope, outcome);
    dup2(before, STDERR_FILENO);
    close(before);
    close(to);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(name, &text, NULL, NULL));
    unlink(name);
    guint count = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        count++;
    return count;
}

static bool
is_marked(const char *address)
{
    StateMark mark = {0};
    return state_find_mark(file, address, &mark) == STATE_YES;
}

static void
only_who_was_served_encrypted_is_marked(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    add_report(outcome, "in-place@x", "signed+encrypted", "found");
    add_report(outcome, "Relayed@x", "encrypted", "found");
    add_report(outcome, "signed@x", "signed", "none");
    add_report(outcome, "late@x", "deferred", "found");
    add_report(outcome, "twice@x", "already-sent", "found");
    add_report(outcome, NULL, "encrypted", "found");
    add_report(outcome, "gateway@x", "encrypted", "found");
    OutcomeReport *last =
        g_ptr_array_index(outcome->reports, outcome->reports->len - 1);
    last->gateway = g_strdup("post");
    remember_outcome(marks, envelope, outcome);
    assert_true(is_marked("in-place@x"));
    assert_true(is_marked("relayed@x"));
    assert_false(is_marked("signed@x"));
    assert_false(is_marked("late@x"));
    assert_false(is_marked("twice@x"));
    assert_false(is_marked("gateway@x"));
}

static void
a_loss_is_told_once(void **state)
{
    (void)state;
    g_autoptr(Outcome) served = outcome_new();
    add_report(served, "bob@x", "encrypted", "found");
    remember_outcome(marks, envelope, served);
    g_autoptr(Outcome) lost = outcome_new();
    add_report(lost, "bob@x", "deferred", "lost");
    guint64 before = metrics_get(METRIC_LOST);
    assert_int_equal(count_lines(lost, "certificate-lost"), 1);
    assert_int_equal(count_lines(lost, "certificate-lost"), 0);
    assert_int_equal(metrics_get(METRIC_LOST), before + 2);
    /* It came back in between. */
    remember_outcome(marks, envelope, served);
    assert_int_equal(count_lines(lost, "certificate-lost"), 1);
}

static void
what_cannot_be_written_is_told(void **state)
{
    (void)state;
    g_autoptr(Outcome) served = outcome_new();
    add_report(served, "bob@x", "encrypted", "found");
    remove_file();
    assert_int_equal(count_lines(served, "not-remembered"), 1);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, make_world, remove_world)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_who_was_served_encrypted_is_marked),
        TEST(a_loss_is_told_once),
        TEST(what_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
