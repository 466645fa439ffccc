/* SPDX-License-Identifier: BSD-2-Clause */
/* Keep: the state file, for commands that change it. */
#include "tool/keep.h"

#include "relay/relay.h"
#include "tool/command.h"

#include <stdio.h>

State *
keep_open(const char *config, GError **error)
{
    static const SettingsTable *const extra[] = {&relay_settings, NULL};
    g_autoptr(GPtrArray) tables = setup_list_tables(extra);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = settings_load(
        config, (const SettingsTable *const *)tables->pdata, problems);
    if (problems_count(problems) > 0) {
        problems_print(problems, stderr);
        error_set(error, ERROR_CONFIG, "the configuration cannot be used");
        return NULL;
    }
    const GeneralSettings *general = settings_get(settings, NULL);
    /* An unknown user is for "check" to tell. */
    g_autoptr(Problems) unheard = problems_new();
    User *user = command_enter_user(config, unheard);
    State *state = state_open(general->state, error);
    user_leave(user);
    return state;
}
