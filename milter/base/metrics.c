/* SPDX-License-Identifier: BSD-2-Clause */
/* Metrics: a table of atomic counters. */
#include "base/metrics.h"

#include <stdatomic.h>

typedef struct {
    const char *name;
    const char *help;
} MetricRow;

static const MetricRow rows[METRIC_COUNT] = {
    [METRIC_MESSAGES] = {"sceau_messages_total",
                         "messages that reached a verdict"},
    [METRIC_MESSAGES_UNTOUCHED] = {"sceau_messages_untouched_total",
                                   "messages passed byte for byte"},
    [METRIC_MESSAGES_REFUSED] = {"sceau_messages_refused_total",
                                 "messages refused for good"},
    [METRIC_MESSAGES_DEFERRED] = {"sceau_messages_deferred_total",
                                  "messages put off"},
    [METRIC_RECIPIENTS_ENCRYPTED] = {"sceau_recipients_encrypted_total",
                                     "recipients served encrypted"},
    [METRIC_RECIPIENTS_CLEAR] = {"sceau_recipients_clear_total",
                                 "recipients served unencrypted by us"},
    [METRIC_SIGNED] = {"sceau_signed_total", "entities signed"},
    [METRIC_NOT_ALLOWED] = {"sceau_not_allowed_total",
                            "senders who may not sign as their From"},
    [METRIC_COPIES] = {"sceau_copies_total", "copies handed to the relay"},
    [METRIC_CLOCK] = {"sceau_recipients_clock_total",
                      "recipients put off because the time cannot be right"},
    [METRIC_LOST] = {"sceau_recipients_lost_total",
                     "recipients whose certificate has disappeared"},
};

static _Atomic guint64 counters[METRIC_COUNT];

void
metrics_add(Metric metric, guint64 count)
{
    atomic_fetch_add_explicit(&counters[metric], count, memory_order_relaxed);
}

guint64
metrics_get(Metric metric)
{
    return atomic_load_explicit(&counters[metric], memory_order_relaxed);
}

const char *
metrics_get_name(Metric metric)
{
    return rows[metric].name;
}

const char *
metrics_get_help(Metric metric)
{
    return rows[metric].help;
}
