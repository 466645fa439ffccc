/* SPDX-License-Identifier: BSD-2-Clause */
/* Log: one event, one line, key=value; to syslog or standard error. */
#include "base/log.h"

#include "base/quote.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static _Atomic LogSink current_sink = LOG_SINK_STDERR;
static char program_name[32] = "sceau";

static int
get_priority(LogLevel level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return LOG_ERR;
    case LOG_LEVEL_WARNING:
        return LOG_WARNING;
    case LOG_LEVEL_NOTICE:
        return LOG_INFO;
    case LOG_LEVEL_DEBUG:
        break;
    }
    return LOG_DEBUG;
}

static const char *
get_level_name(LogLevel level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "error";
    case LOG_LEVEL_WARNING:
        return "warning";
    case LOG_LEVEL_NOTICE:
        return "info";
    case LOG_LEVEL_DEBUG:
        break;
    }
    return "debug";
}

/* One write, so that lines of several threads do not mix. */
static void
write_line(LogLevel level, const char *line)
{
    if (atomic_load(&current_sink) == LOG_SINK_SYSLOG) {
        syslog(get_priority(level), "%s", line);
        return;
    }
    g_autofree char *whole =
        g_strdup_printf("%s[%d]: %s: %s\n", program_name, (int)getpid(),
                        get_level_name(level), line);
    if (write(STDERR_FILENO, whole, strlen(whole)) < 0)
        return; /* nobody left to tell */
}

void
log_event(LogLevel level, const char *event, ...)
{
    g_autoptr(GString) line = g_string_new(event);
    va_list pairs;
    va_start(pairs, event);
    const char *key;
    while ((key = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);
        if (value == NULL)
            continue;
        g_autofree char *quoted = quote_log(value);
        g_string_append_printf(line, " %s=%s", key, quoted);
    }
    va_end(pairs);
    write_line(level, line->str);
}

static GLogWriterOutput
take_library_line(GLogLevelFlags flags, const GLogField *fields, gsize count,
                  gpointer unused)
{
    (void)unused;
    const char *domain = NULL;
    const char *text = NULL;
    for (gsize i = 0; i < count; i++) {
        if (strcmp(fields[i].key, "MESSAGE") == 0)
            text = fields[i].value;
        else if (strcmp(fields[i].key, "GLIB_DOMAIN") == 0)
            domain = fields[i].value;
    }
    /* Libraries quote mail in their debugging: only what is wrong is kept. */
    if ((flags &
         (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
        log_event(LOG_LEVEL_WARNING, "library", "domain", domain, "text", text,
                  NULL);
    return G_LOG_WRITER_HANDLED;
}

void
log_open(LogSink sink, const char *program)
{
    static atomic_flag routed = ATOMIC_FLAG_INIT;
    g_strlcpy(program_name, program, sizeof program_name);
    if (sink == LOG_SINK_SYSLOG)
        openlog(program_name, LOG_PID | LOG_NDELAY, LOG_MAIL);
    atomic_store(&current_sink, sink);
    if (!atomic_flag_test_and_set(&routed)) /* GLib allows it once */
        g_log_set_writer_func(take_library_line, NULL, NULL);
}
