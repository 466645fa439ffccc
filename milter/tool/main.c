/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau: the administrator's tool. A table of commands. */
#include "config.h"

#include "base/problems.h"
#include "base/quote.h"
#include "mime/decode.h"
#include "tool/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_CONFIG SYSCONFDIR "/sceau/sceau.conf"

static const Command *const commands[] = {
    &cmd_certificate, &cmd_check,   &cmd_deny,    &cmd_explain,
    &cmd_lookup,      &cmd_process, &cmd_refresh, &cmd_reload,
    &cmd_settings,    &cmd_status,  NULL,
};

static void
print_usage(FILE *out)
{
    fprintf(out, "usage: sceau [-c FILE] COMMAND [OPTIONS]\n"
                 "       sceau --help | COMMAND --help | -V\n\n"
                 "  -c FILE     configuration, " DEFAULT_CONFIG " by default\n"
                 "\ncommands:\n");
    for (const Command *const *command = commands; *command != NULL; command++)
        fprintf(out, "  %-11s  %s\n", (*command)->name, (*command)->help);
}

static void
print_command_usage(const Command *command, FILE *out)
{
    g_autofree char *options = options_describe(command->options);
    fprintf(out, "usage: sceau [-c FILE] %s [OPTIONS]%s%s\n\n%s.\n\n%s",
            command->name, command->arguments != NULL ? " " : "",
            command->arguments != NULL ? command->arguments : "", command->help,
            options);
}

static const Command *
find_command(const char *name)
{
    for (const Command *const *command = commands; *command != NULL; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

static CommandStatus
refuse_command(const char *name)
{
    const char *known[G_N_ELEMENTS(commands)] = {NULL};
    for (guint i = 0; commands[i] != NULL; i++)
        known[i] = commands[i]->name;
    const char *near = problems_nearest(name, known);
    g_autofree char *shown = quote_terminal(name);
    fprintf(stderr, "sceau: unknown command %s", shown);
    if (near != NULL)
        fprintf(stderr, ", did you mean %s?", near);
    fprintf(stderr, "\n");
    return STATUS_USAGE;
}

static CommandStatus
run_command(const Command *command, const char *config, char *const *words)
{
    if (words[0] != NULL && strcmp(words[0], "--help") == 0) {
        print_command_usage(command, stdout);
        return STATUS_OK;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options =
        options_parse(command->options, words, command->min_arguments,
                      command->max_arguments, &error);
    if (options == NULL) {
        fprintf(stderr, "sceau %s: %s\n", command->name, error->message);
        print_command_usage(command, stderr);
        return STATUS_USAGE;
    }
    return command->run(config, options);
}

/* The words before the command. True when there is one at *words. */
static bool
read_own_options(char *const **words, const char **config,
                 CommandStatus *status)
{
    for (; **words != NULL && ***words == '-'; (*words)++) {
        const char *word = **words;
        *status = STATUS_OK;
        if (strcmp(word, "-c") == 0 && (*words)[1] != NULL) {
            *config = *++(*words);
        } else if (strcmp(word, "-V") == 0) {
            printf("sceau %s\n", PACKAGE_VERSION);
            return false;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            print_usage(stdout);
            return false;
        } else {
            g_autofree char *shown = quote_terminal(word);
            if (strcmp(word, "-c") == 0)
                fprintf(stderr, "sceau: -c needs a file\n");
            else
                fprintf(stderr, "sceau: unknown option %s\n", shown);
            *status = STATUS_USAGE;
            return false;
        }
    }
    if (**words != NULL)
        return true;
    print_usage(stderr);
    *status = STATUS_USAGE;
    return false;
}

int
main(int argc, char **argv)
{
    char *const *words = argv + (argc > 0 ? 1 : 0);
    const char *config = DEFAULT_CONFIG;
    CommandStatus status = STATUS_USAGE;
    /* A relay that hangs up is an error to report, not the end. */
    (void)signal(SIGPIPE, SIG_IGN);
    decode_init();
    if (!read_own_options(&words, &config, &status))
        return (int)status;
    const Command *command = find_command(words[0]);
    status = command != NULL ? run_command(command, config, words + 1)
                             : refuse_command(words[0]);
    /* A listing cut short by a full disk is no success. */
    if (fflush(stdout) != 0 && status == STATUS_OK)
        status = STATUS_LATER;
    return (int)status;
}
