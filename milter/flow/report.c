/* SPDX-License-Identifier: BSD-2-Clause */
/* Report: what became of a message, in the log and the counters. */
#include "flow/report.h"

#include "base/error.h"
#include "base/log.h"
#include "base/metrics.h"

#include <string.h>

#define MAX_LINES 100

static void
count_recipient(const OutcomeReport *report)
{
    if (strstr(report->action, "encrypted") != NULL)
        metrics_add(METRIC_RECIPIENTS_ENCRYPTED, 1);
    else if (strcmp(report->action, "signed") == 0 ||
             strcmp(report->action, "clear") == 0 ||
             strcmp(report->action, "untouched") == 0)
        metrics_add(METRIC_RECIPIENTS_CLEAR, 1);
}

/* However many recipients see it, a message is signed once. */
static bool
is_signed(const Outcome *outcome)
{
    for (guint i = 0; i < outcome->reports->len; i++) {
        const OutcomeReport *report = g_ptr_array_index(outcome->reports, i);
        if (g_str_has_prefix(report->action, "signed"))
            return true;
    }
    return false;
}

static void
count_message(const Outcome *outcome)
{
    metrics_add(METRIC_MESSAGES, 1);
    if (is_signed(outcome))
        metrics_add(METRIC_SIGNED, 1);
    switch (outcome->kind) {
    case OUTCOME_LATER:
        metrics_add(METRIC_MESSAGES_DEFERRED, 1);
        break;
    case OUTCOME_UNTOUCHED:
        metrics_add(METRIC_MESSAGES_UNTOUCHED, 1);
        break;
    case OUTCOME_REPLACE:
        break;
    case OUTCOME_REFUSE:
        metrics_add(METRIC_MESSAGES_REFUSED, 1);
        break;
    }
}

static void
write_recipients(const Envelope *envelope, const Outcome *outcome)
{
    for (guint i = 0; i < outcome->reports->len; i++) {
        const OutcomeReport *report = g_ptr_array_index(outcome->reports, i);
        count_recipient(report);
        if (i >= MAX_LINES)
            continue;
        log_event(LOG_LEVEL_NOTICE, "recipient", "queue-id", envelope->queue_id,
                  "to", report->address, "action", report->action, "class",
                  report->class_name, "reason", report->reason, "rule",
                  report->rule, "certificate", report->certificate, "gateway",
                  report->gateway, NULL);
    }
    if (outcome->reports->len > MAX_LINES) {
        g_autofree char *more =
            g_strdup_printf("%u", outcome->reports->len - MAX_LINES);
        log_event(LOG_LEVEL_NOTICE, "recipients-not-shown", "queue-id",
                  envelope->queue_id, "count", more, NULL);
    }
}

static void
write_not_allowed(const Envelope *envelope, const RightAnswer *right)
{
    metrics_add(METRIC_NOT_ALLOWED, 1);
    log_event(LOG_LEVEL_WARNING, "not-allowed-to-sign", "queue-id",
              envelope->queue_id, "login", right->login, "service",
              right->service, "reason", right->reason, NULL);
}

void
report_outcome(const Envelope *envelope, const Outcome *outcome,
               const RightAnswer *right, bool wanted_signature,
               const char *policy_hash)
{
    g_autofree char *recipients =
        g_strdup_printf("%u", envelope->recipients->len);
    g_autofree char *copies = g_strdup_printf("%u", outcome->copies->len);
    g_autofree char *hash = g_strndup(policy_hash, 12);
    const OutcomeReason *first = outcome->reasons->len > 0
                                     ? g_ptr_array_index(outcome->reasons, 0)
                                     : NULL;
    count_message(outcome);
    if (wanted_signature && right->class == RIGHT_NOT_ALLOWED)
        write_not_allowed(envelope, right);
    write_recipients(envelope, outcome);
    log_event(LOG_LEVEL_NOTICE, "message", "queue-id", envelope->queue_id,
              "from", envelope->sender, "login", right->login, "service",
              right->service, "recipients", recipients, "outcome",
              outcome_kind_get_name(outcome->kind), "copies", copies, "reason",
              first != NULL ? first->text_en : NULL, "policy", hash, NULL);
}

void
report_trouble(const Envelope *envelope, const GError *error)
{
    bool ours = error_get_class(error) != ERROR_MALFORMED;
    log_event(ours ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "trouble", "queue-id",
              envelope->queue_id, "from", envelope->sender, "error",
              error->message, NULL);
}

void
report_dkim(const Envelope *envelope, bool removed)
{
    log_event(LOG_LEVEL_NOTICE, "own-dkim-signature", "queue-id",
              envelope->queue_id, "from", envelope->sender, "action",
              removed ? "removed" : "kept", NULL);
}
