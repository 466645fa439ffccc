/* SPDX-License-Identifier: BSD-2-Clause */
/* Daemon: asks the sceaud that runs, over its control socket, or sceau-crld. */
#ifndef SCEAU_TOOL_DAEMON_H
#define SCEAU_TOOL_DAEMON_H

#include "tool/command.h"

#include <glib.h>

/* How long a command may take at most, in microseconds. */
#define DAEMON_SOON_US (10 * G_USEC_PER_SEC)
#define DAEMON_SLOW_US (300 * G_USEC_PER_SEC)

/* Asks for words (NULL at the end); the answer's text, which the caller frees,
 * and its status. Of config only the settings are read. NULL: status says
 * which, and standard error why. */
char *daemon_ask(const char *config, const char *const *words, gint64 wait_us,
                 CommandStatus *status);

/* The same, and prints what it answers: to standard error when it failed. */
CommandStatus daemon_tell(const char *config, const char *const *words,
                          gint64 wait_us);

/* The same of sceau-crld. */
CommandStatus daemon_tell_crld(const char *config, const char *const *words,
                               gint64 wait_us);

#endif
