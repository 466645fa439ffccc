/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/report.h"

#include "base/error.h"
#include "base/metrics.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static Envelope *
make_envelope(void)
{
    Envelope *envelope = envelope_new();
    envelope_set_sender(envelope, "<alice@example.fr>", "");
    envelope->queue_id = g_strdup("4F2A");
    return envelope;
}

typedef void (*Tell)(void *user);

/* What is written to standard error while a report is made. */
static char *
listen_while(Tell tell, void *user)
{
    char name[] = "/tmp/sceau-report-XXXXXX";
    int file = mkstemp(name);
    int before = dup(STDERR_FILENO);
    assert_true(file >= 0 && before >= 0);
    dup2(file, STDERR_FILENO);
    tell(user);
    dup2(before, STDERR_FILENO);
    close(before);
    close(file);
    char *text = NULL;
    assert_true(g_file_get_contents(name, &text, NULL, NULL));
    unlink(name);
    return text;
}

typedef struct {
    Outcome *outcome;
    RightClass right;
    bool wanted;
} Told;

static void
tell_outcome(void *user)
{
    const Told *told = user;
    g_autoptr(Envelope) envelope = make_envelope();
    RightAnswer answer = {.class = told->right,
                          .login = g_strdup("alice@example.fr"),
                          .reason = g_strdup("may not")};
    report_outcome(envelope, told->outcome, &answer, told->wanted,
                   "abcdef0123456789");
    right_answer_clear(&answer);
}

static char *
listen_to(Outcome *outcome, RightClass right, bool wanted)
{
    Told told = {.outcome = outcome, .right = right, .wanted = wanted};
    return listen_while(tell_outcome, &told);
}

static void
tell_dkim(void *user)
{
    g_autoptr(Envelope) envelope = make_envelope();
    report_dkim(envelope, *(bool *)user);
}

static void
what_becomes_of_our_dkim_is_told(void **state)
{
    (void)state;
    bool removed = true, kept = false;
    g_autofree char *gone = listen_while(tell_dkim, &removed);
    g_autofree char *left = listen_while(tell_dkim, &kept);
    assert_non_null(strstr(gone, "own-dkim-signature queue-id=4F2A"));
    assert_non_null(strstr(gone, "action=removed"));
    assert_non_null(strstr(left, "action=kept"));
}

static void
add_report(Outcome *outcome, const char *address, const char *action)
{
    OutcomeReport *report = g_new0(OutcomeReport, 1);
    report->address = g_strdup(address);
    report->action = action;
    report->class_name = "revoked";
    g_ptr_array_add(outcome->reports, report);
}

static void
each_recipient_has_a_line_and_the_message_one(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    outcome->kind = OUTCOME_REPLACE;
    add_report(outcome, "bob@p.example", "signed+encrypted");
    add_report(outcome, "erin@p.example", "signed");
    guint64 signed_before = metrics_get(METRIC_SIGNED);
    guint64 sealed_before = metrics_get(METRIC_RECIPIENTS_ENCRYPTED);
    guint64 clear_before = metrics_get(METRIC_RECIPIENTS_CLEAR);
    g_autofree char *text = listen_to(outcome, RIGHT_ALLOWED, true);
    assert_non_null(strstr(text, "recipient queue-id=4F2A to=bob@p.example "
                                 "action=signed+encrypted class=revoked"));
    assert_non_null(strstr(text, "to=erin@p.example"));
    assert_non_null(strstr(text, "message queue-id=4F2A"));
    assert_non_null(strstr(text, "outcome=replaced"));
    assert_non_null(strstr(text, "policy=abcdef012345\n"));
    assert_int_equal(metrics_get(METRIC_SIGNED), signed_before + 1);
    assert_int_equal(metrics_get(METRIC_RECIPIENTS_ENCRYPTED),
                     sealed_before + 1);
    assert_int_equal(metrics_get(METRIC_RECIPIENTS_CLEAR), clear_before + 1);
}

static void
many_recipients_are_only_counted(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    outcome->kind = OUTCOME_REPLACE;
    for (int i = 0; i < 150; i++)
        add_report(outcome, "x@p.example", "encrypted");
    g_autofree char *text = listen_to(outcome, RIGHT_ALLOWED, false);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    assert_int_equal(g_strv_length(lines) - 1, 102);
    assert_non_null(
        strstr(text, "recipients-not-shown queue-id=4F2A count=50"));
}

static void
who_may_not_sign_is_told_and_counted(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    guint64 before = metrics_get(METRIC_NOT_ALLOWED);
    g_autofree char *text = listen_to(outcome, RIGHT_NOT_ALLOWED, true);
    assert_non_null(strstr(text, "not-allowed-to-sign"));
    assert_int_equal(metrics_get(METRIC_NOT_ALLOWED), before + 1);
    g_autofree char *unasked = listen_to(outcome, RIGHT_NOT_ALLOWED, false);
    assert_null(strstr(unasked, "not-allowed-to-sign"));
}

static void
trouble_is_one_line(void **state)
{
    (void)state;
    g_autoptr(Envelope) envelope = envelope_new();
    g_autoptr(GError) error = NULL;
    error_set(&error, ERROR_TEMPORARY, "disk full");
    report_trouble(envelope, error); /* must not crash without a queue id */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_recipient_has_a_line_and_the_message_one),
        cmocka_unit_test(what_becomes_of_our_dkim_is_told),
        cmocka_unit_test(many_recipients_are_only_counted),
        cmocka_unit_test(who_may_not_sign_is_told_and_counted),
        cmocka_unit_test(trouble_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
