/* SPDX-License-Identifier: BSD-2-Clause */
/* Daemon: asks the sceaud that runs, over its control socket. */
#include "tool/daemon.h"

#include "base/clock.h"
#include "base/control.h"
#include "base/quote.h"
#include "tool/keep.h"

#include <stdio.h>

/* path is taken; NULL: error says why. */
static char *
ask_at(char *path, const char *const *words, gint64 wait_us,
       CommandStatus *status, GError **error)
{
    int number = 0;
    char *text = path != NULL
                     ? control_ask(path, words, clock_monotonic_us() + wait_us,
                                   &number, error)
                     : NULL;
    *status = text != NULL ? (CommandStatus)number : command_report(*error);
    g_free(path);
    return text;
}

char *
daemon_ask(const char *config, const char *const *words, gint64 wait_us,
           CommandStatus *status)
{
    g_autoptr(GError) error = NULL;
    char *path = keep_find_control(config, &error);
    return ask_at(path, words, wait_us, status, &error);
}

static CommandStatus
print_answer(const char *text, CommandStatus status)
{
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

CommandStatus
daemon_tell(const char *config, const char *const *words, gint64 wait_us)
{
    CommandStatus status = STATUS_INTERNAL;
    g_autofree char *text = daemon_ask(config, words, wait_us, &status);
    return print_answer(text, status);
}

CommandStatus
daemon_tell_crld(const char *config, const char *const *words, gint64 wait_us)
{
    CommandStatus status = STATUS_INTERNAL;
    g_autoptr(GError) error = NULL;
    char *path = keep_find_crld(config, &error);
    g_autofree char *text = ask_at(path, words, wait_us, &status, &error);
    return print_answer(text, status);
}
