/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau reload: let sceaud read everything again, and wait until it has. */
#include "tool/daemon.h"

static const OptionRow option_rows[] = {{0}};

static CommandStatus
run(const char *config, const Options *options)
{
    (void)options;
    static const char *const words[] = {"reload", NULL};
    return daemon_tell(config, words, DAEMON_SLOW_US);
}

const Command cmd_reload = {
    .name = "reload",
    .help = "let sceaud read configuration, policy, keys and lists again",
    .options = option_rows,
    .run = run,
};
