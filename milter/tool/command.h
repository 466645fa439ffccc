/* SPDX-License-Identifier: BSD-2-Clause */
/* Command: what main.c knows of each command, and what they share. */
#ifndef SCEAU_TOOL_COMMAND_H
#define SCEAU_TOOL_COMMAND_H

#include "base/error.h"
#include "base/json.h"
#include "flow/outcome.h"
#include "flow/setup.h"
#include "tool/options.h"
#include "tool/user.h"

#include <glib.h>
#include <stdbool.h>

/* Design 1: the exit statuses of every command. */
typedef enum {
    STATUS_OK = 0,
    STATUS_NO = 1, /* asked, and found none or not usable */
    STATUS_USAGE = 64,
    STATUS_MALFORMED = 65,
    STATUS_REFUSED = 69,
    STATUS_INTERNAL = 70,
    STATUS_LATER = 75,
    STATUS_CONFIG = 78
} CommandStatus;

typedef struct {
    const char *name;
    const char *arguments; /* what the usage shows after the options */
    const char *help;      /* one line, no full stop */
    const OptionRow *options;
    unsigned min_arguments, max_arguments;
    /* config is the path of sceau.conf. */
    CommandStatus (*run)(const char *config, const Options *options);
} Command;

/* Each in its own cmd_NAME.c. */
extern const Command cmd_certificate;
extern const Command cmd_check;
extern const Command cmd_deny;
extern const Command cmd_explain;
extern const Command cmd_lookup;
extern const Command cmd_process;
extern const Command cmd_refresh;
extern const Command cmd_reload;
extern const Command cmd_settings;
extern const Command cmd_status;

/* What every command takes. */
#define COMMAND_JSON                                                           \
    {                                                                          \
        .name = "--json", .kind = OPTION_FLAG,                                 \
        .help = "print one JSON document instead of text"                      \
    }

/* Loads everything config names; NULL when something is wrong. Problems,
 * warnings too, are on standard error then; with quiet only errors are. */
Setup *command_load_setup(const char *config, bool quiet);

/* For a command that shows problems itself. */
Setup *command_load_problems(const char *config, Problems *problems);

/* See user_enter; command_load_setup does it by itself. */
User *command_enter_user(const char *config, Problems *problems);

/* Prints "sceau: …" for an error; gives the exit status of its class. */
CommandStatus command_report(const GError *error);

/* A mailbox given on the command line in canonical form ("" is the null
 * sender, allowed only with null_sender). Caller frees. Errors: CONFIG. */
char *command_read_address(const char *word, bool null_sender,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes what has been built to standard output. */
void command_print_json(const Json *json);

/* "key: value" with the value quoted for a terminal; nothing when it is
 * NULL. */
void command_print(const char *key, const char *value);

/* The SMTP reply to a refused or deferred message; NULL for another outcome.
 * Caller frees. */
char *command_format_reply(const Outcome *outcome, const Setup *setup);

/* A certificate's time as "2026-12-15T10:00:00Z". Caller frees. */
char *command_format_time(gint64 time_s);

#endif
