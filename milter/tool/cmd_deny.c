/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau deny: certificates and addresses that must not be used, at once. */
#include "base/quote.h"
#include "base/state.h"
#include "tool/command.h"
#include "tool/keep.h"

#include <stdio.h>
#include <string.h>

#define SHA256_DIGITS 64

static const OptionRow option_rows[] = {
    {.name = "--reason",
     .kind = OPTION_ONE,
     .value = "TEXT",
     .help = "why: senders and the log are told"},
    {.name = "--remove", .kind = OPTION_FLAG, .help = "let it be used again"},
    {.name = "--list", .kind = OPTION_FLAG, .help = "list what is denied"},
    COMMAND_JSON,
    {0}};

/* A SHA-256 as people copy it (any case, colons, blanks), or NULL. */
static char *
read_fingerprint(const char *word)
{
    GString *digits = g_string_new(NULL);
    bool good = true;
    for (const char *next = word; *next != '\0' && good; next++) {
        if (g_ascii_isxdigit(*next))
            g_string_append_c(digits, g_ascii_tolower(*next));
        else
            good = *next == ':' || *next == ' ';
    }
    good = good && digits->len == SHA256_DIGITS;
    return g_string_free(digits, !good);
}

/* What the state file calls it. NULL: CONFIG. */
static char *
read_name(const char *word, GError **error)
{
    char *fingerprint = read_fingerprint(word);
    if (fingerprint != NULL)
        return fingerprint;
    if (strchr(word, '@') == NULL) {
        g_autofree char *shown = quote_terminal(word);
        error_set(error, ERROR_CONFIG,
                  "\"%s\" is neither a mail address nor a SHA-256 fingerprint "
                  "of 64 hexadecimal digits",
                  shown);
        return NULL;
    }
    g_autofree char *address = command_read_address(word, false, error);
    return address != NULL ? g_ascii_strdown(address, -1) : NULL;
}

/* --- what it does ------------------------------------------------------ */

static void
write_list(const GPtrArray *list)
{
    g_autoptr(Json) json = json_new();
    json_begin_array(json, NULL);
    for (guint i = 0; i < list->len; i++) {
        const StateDenial *denial = g_ptr_array_index(list, i);
        g_autofree char *since = command_format_time(denial->since_s);
        json_begin_object(json, NULL);
        json_add_text(json, "denied", denial->name);
        json_add_text(json, "reason", denial->reason);
        json_add_text(json, "since", since);
        json_end_object(json);
    }
    json_end_array(json);
    command_print_json(json);
}

static void
print_list(const GPtrArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        const StateDenial *denial = g_ptr_array_index(list, i);
        g_autofree char *since = command_format_time(denial->since_s);
        g_autofree char *name = quote_terminal(denial->name);
        printf("%s\n", name);
        command_print("reason", denial->reason);
        command_print("since", since);
    }
    if (list->len == 0)
        printf("nothing is denied\n");
}

static CommandStatus
show_list(State *state, const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = state_list_denials(state, &error);
    if (list == NULL)
        return command_report(error);
    if (options_has(options, "--json"))
        write_list(list);
    else
        print_list(list);
    return STATUS_OK;
}

static CommandStatus
remove_name(State *state, const char *name)
{
    g_autoptr(GError) error = NULL;
    switch (state_remove_denial(state, name, &error)) {
    case STATE_YES:
        printf("%s may be used again\n", name);
        return STATUS_OK;
    case STATE_NO:
        fprintf(stderr, "sceau deny: %s was not denied\n", name);
        return STATUS_NO;
    case STATE_UNKNOWN:
        break;
    }
    return command_report(error);
}

static CommandStatus
add_name(State *state, const char *name, const char *reason)
{
    g_autoptr(GError) error = NULL;
    if (!state_add_denial(state, name, reason, &error))
        return command_report(error);
    printf("%s is denied\n", name);
    return STATUS_OK;
}

/* --- the story --------------------------------------------------------- */

static CommandStatus
change(const char *config, const Options *options)
{
    const char *word = g_ptr_array_index(options_get_arguments(options), 0);
    g_autoptr(GError) error = NULL;
    g_autofree char *name = read_name(word, &error);
    if (name == NULL) {
        (void)command_report(error);
        return STATUS_USAGE;
    }
    g_autoptr(State) state = keep_open(config, &error);
    if (state == NULL)
        return command_report(error);
    return options_has(options, "--remove")
               ? remove_name(state, name)
               : add_name(state, name, options_get(options, "--reason"));
}

static CommandStatus
run(const char *config, const Options *options)
{
    bool list = options_has(options, "--list");
    bool removes = options_has(options, "--remove");
    const char *reason = options_get(options, "--reason");
    bool named = options_get_arguments(options)->len > 0;
    /* Exactly one of the three ways to call it. */
    bool good = list ? !named && !removes && reason == NULL
                     : named && removes != (reason != NULL && *reason != '\0');
    if (!good) {
        fprintf(stderr, "sceau deny: name a fingerprint or an address with "
                        "--reason TEXT or --remove, or give --list alone\n");
        return STATUS_USAGE;
    }
    if (!list)
        return change(config, options);
    g_autoptr(GError) error = NULL;
    g_autoptr(State) state = keep_open(config, &error);
    return state != NULL ? show_list(state, options) : command_report(error);
}

const Command cmd_deny = {
    .name = "deny",
    .arguments = "[FINGERPRINT|ADDRESS]",
    .help = "let a certificate or an address not be used, from now on",
    .options = option_rows,
    .max_arguments = 1,
    .run = run,
};
