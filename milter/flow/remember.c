/* SPDX-License-Identifier: BSD-2-Clause */
/* Remember: what later messages must know of this one. */
#include "flow/remember.h"

#include "base/log.h"
#include "base/metrics.h"

#include <string.h>

/* With a certificate of the recipient's own: a gateway comes and goes with the
 * configuration, by hand. */
static bool
is_encrypted(const OutcomeReport *report)
{
    if (report->gateway != NULL)
        return false;
    return strcmp(report->action, "encrypted") == 0 ||
           strcmp(report->action, "signed+encrypted") == 0;
}

static void
write_failure(const Envelope *envelope, const char *address,
              const GError *error)
{
    log_event(LOG_LEVEL_WARNING, "not-remembered", "queue-id",
              envelope->queue_id, "to", address, "error", error->message, NULL);
}

static void
note_lost(Marks *marks, const Envelope *envelope, const OutcomeReport *report)
{
    g_autoptr(GError) error = NULL;
    metrics_add(METRIC_LOST, 1);
    switch (marks_note_lost(marks, report->address, &error)) {
    case STATE_YES:
        log_event(LOG_LEVEL_ERROR, "certificate-lost", "queue-id",
                  envelope->queue_id, "to", report->address, "text",
                  "mail was encrypted for this address and now it has no "
                  "certificate: find out why, or confirm it with \"sceau "
                  "certificate forget ADDRESS\"; after three days it counts as "
                  "one without",
                  NULL);
        break;
    case STATE_NO:
        break;
    case STATE_UNKNOWN:
        write_failure(envelope, report->address, error);
        break;
    }
}

void
remember_outcome(Marks *marks, const Envelope *envelope, const Outcome *outcome)
{
    g_autoptr(GPtrArray) served = g_ptr_array_new();
    for (guint i = 0; i < outcome->reports->len; i++) {
        const OutcomeReport *report = g_ptr_array_index(outcome->reports, i);
        if (report->address == NULL)
            continue;
        if (is_encrypted(report))
            g_ptr_array_add(served, report->address);
        else if (g_strcmp0(report->class_name, "lost") == 0)
            note_lost(marks, envelope, report);
        else if (g_strcmp0(report->class_name, "clock") == 0)
            metrics_add(METRIC_CLOCK, 1);
    }
    g_autoptr(GError) error = NULL;
    const char *first = served->len > 0 ? g_ptr_array_index(served, 0) : NULL;
    g_ptr_array_add(served, NULL);
    if (first != NULL &&
        !marks_add(marks, (const char *const *)served->pdata, &error))
        write_failure(envelope, first, error);
}
