/* SPDX-License-Identifier: BSD-2-Clause */
/* Daemon: asks the sceaud that runs, over its control socket. */
#include "tool/daemon.h"

#include "base/clock.h"
#include "base/control.h"
#include "base/quote.h"
#include "tool/keep.h"

#include <stdio.h>

char *
daemon_ask(const char *config, const char *const *words, gint64 wait_us,
           CommandStatus *status)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = keep_find_control(config, &error);
    int number = 0;
    char *text = path != NULL
                     ? control_ask(path, words, clock_monotonic_us() + wait_us,
                                   &number, &error)
                     : NULL;
    *status = text != NULL ? (CommandStatus)number : command_report(error);
    return text;
}

CommandStatus
daemon_tell(const char *config, const char *const *words, gint64 wait_us)
{
    CommandStatus status = STATUS_INTERNAL;
    g_autofree char *text = daemon_ask(config, words, wait_us, &status);
    if (text == NULL)
        return status;
    FILE *out = status == STATUS_OK ? stdout : stderr;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *shown = quote_terminal(*line);
        if (**line != '\0')
            fprintf(out, "%s\n", shown);
    }
    return status;
}
