/* SPDX-License-Identifier: BSD-2-Clause */
/* Log: one event, one line, key=value; to syslog or standard error. */
#ifndef SCEAU_BASE_LOG_H
#define SCEAU_BASE_LOG_H

#include <glib.h>

typedef enum { LOG_SINK_STDERR, LOG_SINK_SYSLOG } LogSink;

/* Severities with a fixed meaning. */
typedef enum {
    LOG_LEVEL_ERROR,   /* the administrator must act */
    LOG_LEVEL_WARNING, /* something was not done as wished */
    LOG_LEVEL_NOTICE,  /* one line per message and recipient */
    LOG_LEVEL_DEBUG
} LogLevel;

/* Called once at start; program is what syslog shows. GLib's and GMime's own
 * warnings are routed here. Before it, lines go to standard error. */
void log_open(LogSink sink, const char *program);

/* Writes "event key=value …". Pairs of const char * end with NULL; a NULL
 * value leaves its pair out. Values are quoted with quote_log: never pass
 * secrets, subjects or message content. Any thread. */
void log_event(LogLevel level, const char *event, ...) G_GNUC_NULL_TERMINATED;

#endif
