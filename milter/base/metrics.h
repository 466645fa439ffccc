/* SPDX-License-Identifier: BSD-2-Clause */
/* Metrics: a table of atomic counters. */
#ifndef SCEAU_BASE_METRICS_H
#define SCEAU_BASE_METRICS_H

#include <glib.h>

/* Each has one row in metrics.c: its OpenMetrics name and help. */
typedef enum {
    METRIC_MESSAGES,           /* messages that reached a verdict */
    METRIC_MESSAGES_UNTOUCHED, /* passed byte for byte */
    METRIC_MESSAGES_REFUSED,
    METRIC_MESSAGES_DEFERRED,
    METRIC_RECIPIENTS_ENCRYPTED,
    METRIC_RECIPIENTS_CLEAR,
    METRIC_SIGNED,      /* entities signed */
    METRIC_NOT_ALLOWED, /* wanted to sign, sender may not use that From */
    METRIC_COPIES,      /* copies handed to the relay */
    METRIC_CLOCK,       /* recipients put off: the time cannot be right */
    METRIC_LOST,        /* recipients put off: they had a certificate lately */
    METRIC_COUNT
} Metric;

void metrics_add(Metric metric, guint64 count); /* any thread */
guint64 metrics_get(Metric metric);
const char *metrics_get_name(Metric metric);
const char *metrics_get_help(Metric metric);

#endif
