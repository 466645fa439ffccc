/* SPDX-License-Identifier: BSD-2-Clause */
/* Keep: the state file, for commands that change it. */
#include "tool/keep.h"

#include "certs/trust_settings.h"
#include "relay/relay.h"
#include "tool/command.h"

#include <stdio.h>
#include <string.h>

static GPtrArray *
list_tables(void)
{
    static const SettingsTable *const extra[] = {&relay_settings, NULL};
    return setup_list_tables(extra);
}

/* Every mistake is on standard error. tables must outlive it. */
static Settings *
load_settings(const char *config, const GPtrArray *tables, GError **error)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = settings_load(
        config, (const SettingsTable *const *)tables->pdata, problems);
    if (problems_count(problems) == 0)
        return g_steal_pointer(&settings);
    problems_print(problems, stderr);
    error_set(error, ERROR_CONFIG, "the configuration cannot be used");
    return NULL;
}

State *
keep_open(const char *config, GError **error)
{
    g_autoptr(GPtrArray) tables = list_tables();
    g_autoptr(Settings) settings = load_settings(config, tables, error);
    if (settings == NULL)
        return NULL;
    const GeneralSettings *general = settings_get(settings, NULL);
    /* An unknown user is for "check" to tell. */
    g_autoptr(Problems) unheard = problems_new();
    User *user = command_enter_user(config, unheard);
    State *state = state_open(general->state, error);
    user_leave(user);
    return state;
}

char *
keep_find_control(const char *config, GError **error)
{
    g_autoptr(GPtrArray) tables = list_tables();
    g_autoptr(Settings) settings = load_settings(config, tables, error);
    if (settings == NULL)
        return NULL;
    const GeneralSettings *general = settings_get(settings, NULL);
    if (strcmp(general->control, "none") != 0)
        return g_strdup(general->control);
    error_set(error, ERROR_CONFIG,
              "control is none: this sceaud has no control socket");
    return NULL;
}

char *
keep_find_crld(const char *config, GError **error)
{
    g_autoptr(GPtrArray) tables = list_tables();
    g_autoptr(Settings) settings = load_settings(config, tables, error);
    if (settings == NULL)
        return NULL;
    const CrldSettings *crld = settings_get(settings, crld_settings.block);
    if (crld->head.present && strcmp(crld->control, "none") != 0)
        return g_strdup(crld->control);
    error_set(error, ERROR_CONFIG,
              crld->head.present
                  ? "control of crld is none: this sceau-crld has no control "
                    "socket"
                  : "there is no block crld: lists are read where they lie");
    return NULL;
}
