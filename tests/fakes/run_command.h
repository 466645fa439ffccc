/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a command of the tool in this process and keeps what it prints. */
#ifndef SCEAU_TESTS_FAKES_RUN_COMMAND_H
#define SCEAU_TESTS_FAKES_RUN_COMMAND_H

#include "tool/command.h"

/* What a run came to; strings borrowed until the next run. */
typedef struct {
    CommandStatus status;
    const char *out;
    const char *err;
} CommandRun;

/* words end with NULL; in is the standard input, NULL: empty. The command
 * line itself must be good. */
CommandRun run_command(const Command *command, const char *config,
                       const char *const *words, const char *in);

#endif
