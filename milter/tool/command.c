/* SPDX-License-Identifier: BSD-2-Clause */
/* Command: what the commands share. */
#include "tool/command.h"

#include "base/mailbox.h"
#include "base/quote.h"
#include "flow/reply.h"
#include "relay/relay.h"

#include <stdio.h>

#define KEY_WIDTH 12

static const SettingsTable *const extra_tables[] = {&relay_settings, NULL};

static void
print_problems(const Problems *problems, bool quiet)
{
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++) {
        if (quiet && problems_is_warning(problems, i))
            continue;
        g_autofree char *line = quote_terminal(problems_get(problems, i));
        fprintf(stderr, "%s\n", line);
    }
}

User *
command_enter_user(const char *config, Problems *problems)
{
    g_autoptr(GPtrArray) tables = setup_list_tables(extra_tables);
    return user_enter(config, (const SettingsTable *const *)tables->pdata,
                      problems);
}

Setup *
command_load_problems(const char *config, Problems *problems)
{
    unsigned before = problems_count(problems);
    g_autoptr(Setup) setup = setup_load(config, extra_tables, problems);
    if (setup != NULL)
        relay_check_settings(setup->settings, problems);
    return problems_count(problems) == before ? g_steal_pointer(&setup) : NULL;
}

Setup *
command_load_setup(const char *config, bool quiet)
{
    g_autoptr(Problems) problems = problems_new();
    /* An unknown user is for "check" to tell. */
    g_autoptr(Problems) unheard = problems_new();
    User *user = command_enter_user(config, unheard);
    Setup *setup = command_load_problems(config, problems);
    user_leave(user);
    print_problems(problems, quiet && setup != NULL);
    return setup;
}

CommandStatus
command_report(const GError *error)
{
    g_autofree char *text = quote_terminal(error->message);
    fprintf(stderr, "sceau: %s\n", text);
    switch (error_get_class(error)) {
    case ERROR_TEMPORARY:
        return STATUS_LATER;
    case ERROR_MALFORMED:
        return STATUS_MALFORMED;
    case ERROR_CONFIG:
        return STATUS_CONFIG;
    case ERROR_INTERNAL:
        break;
    }
    return STATUS_INTERNAL;
}

char *
command_read_address(const char *word, bool null_sender, GError **error)
{
    char *address = mailbox_parse(word);
    if (address != NULL && (*address != '\0' || null_sender))
        return address;
    g_free(address);
    g_autofree char *shown = quote_terminal(word);
    error_set(error, ERROR_CONFIG, "\"%s\" is no mail address", shown);
    return NULL;
}

void
command_print_json(const Json *json)
{
    fputs(json_get_text(json), stdout);
}

void
command_print(const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *shown = quote_terminal(value);
    printf("  %-*s %s\n", KEY_WIDTH, key, shown);
}

char *
command_format_time(gint64 time_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_s);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ")
                        : g_strdup("?");
}

char *
command_format_reply(const Outcome *outcome, const Setup *setup)
{
    if (outcome->kind == OUTCOME_UNTOUCHED || outcome->kind == OUTCOME_REPLACE)
        return NULL;
    Reply reply = reply_make(outcome, setup->general->contact);
    char *text = reply_format(&reply);
    reply_clear(&reply);
    return text;
}
