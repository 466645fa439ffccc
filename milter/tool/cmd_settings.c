/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau settings: every setting with its value, default, unit and meaning. */
#include "base/quote.h"
#include "relay/relay.h"
#include "tool/command.h"

#include <stdio.h>

static const OptionRow option_rows[] = {
    {.name = "--defaults",
     .kind = OPTION_FLAG,
     .help = "do not read the configuration: show the defaults alone"},
    COMMAND_JSON,
    {0}};

/* How a table is shown; json NULL: as text. */
typedef struct {
    Json *json;
    const SettingsTable *table;
    const char *name;   /* of a named block; NULL */
    const void *filled; /* NULL: the defaults alone */
} Sheet;

static const char *
get_type(SettingType type)
{
    switch (type) {
    case SETTING_FLAG:
        return "yes or no";
    case SETTING_NUMBER:
        return "number";
    case SETTING_SIZE:
        return "size, bytes or KiB, MiB, GiB";
    case SETTING_DURATION:
        return "duration, ms, s, min, h, d";
    case SETTING_TEXT:
        return "text";
    case SETTING_PATH:
        return "absolute path";
    case SETTING_LIST:
        return "list";
    case SETTING_CHOICE:
        return "one of";
    }
    return "text";
}

static void
write_json(const Sheet *sheet, const SettingRow *row, const char *value)
{
    json_begin_object(sheet->json, NULL);
    json_add_text(sheet->json, "block", sheet->table->block);
    json_add_text(sheet->json, "instance", sheet->name);
    json_add_text(sheet->json, "name", row->name);
    json_add_text(sheet->json, "value", value);
    json_add_text(sheet->json, "default", row->default_text);
    json_add_text(sheet->json, "type", get_type(row->type));
    json_add_text(sheet->json, "choices", row->choices);
    json_add_flag(sheet->json, "required", row->required);
    json_add_text(sheet->json, "help", row->help);
    json_end_object(sheet->json);
}

static void
write_text(const Sheet *sheet, const SettingRow *row, const char *value)
{
    const char *margin = sheet->table->block != NULL ? "  " : "";
    g_autofree char *shown =
        value != NULL ? quote_terminal(value) : g_strdup("");
    printf("%s%s = %s\n", margin, row->name, shown);
    printf("%s    # %s%s%s; ", margin, get_type(row->type),
           row->choices != NULL ? " " : "",
           row->choices != NULL ? row->choices : "");
    if (row->required)
        printf("required");
    else if (row->default_text != NULL)
        printf("default %s", row->default_text);
    else
        printf("no default");
    printf("; %s\n", row->help);
}

static void
write_sheet(const Sheet *sheet)
{
    bool text = sheet->json == NULL;
    if (text && sheet->table->block != NULL)
        printf("%s%s%s {  # %s\n", sheet->table->block,
               sheet->table->named ? " " : "",
               sheet->name != NULL   ? sheet->name
               : sheet->table->named ? "NAME"
                                     : "",
               sheet->table->help);
    for (const SettingRow *row = sheet->table->rows; row->name != NULL; row++) {
        g_autofree char *value = sheet->filled != NULL
                                     ? settings_format(row, sheet->filled)
                                     : g_strdup(row->default_text);
        if (text)
            write_text(sheet, row, value);
        else
            write_json(sheet, row, value);
    }
    if (text && sheet->table->block != NULL)
        printf("}\n");
}

/* A named block that the file does not have is shown once, with defaults. */
static void
write_table(const SettingsTable *table, const Settings *settings, Json *json)
{
    Sheet sheet = {.json = json, .table = table};
    if (settings != NULL && !table->named) {
        sheet.filled = settings_get(settings, table->block);
        write_sheet(&sheet);
        return;
    }
    const GPtrArray *blocks =
        settings != NULL ? settings_get_all(settings, table->block) : NULL;
    for (guint i = 0; blocks != NULL && i < blocks->len; i++) {
        sheet.filled = g_ptr_array_index(blocks, i);
        sheet.name = ((const SettingsHead *)sheet.filled)->name;
        write_sheet(&sheet);
    }
    if (blocks == NULL || blocks->len == 0)
        write_sheet(&sheet);
}

/* Only the settings are read, so that they can be looked at while what they
 * name is still missing. */
static CommandStatus
run(const char *config, const Options *options)
{
    static const SettingsTable *const extra[] = {&relay_settings, NULL};
    g_autoptr(GPtrArray) tables = setup_list_tables(extra);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = NULL;
    if (!options_has(options, "--defaults")) {
        settings = settings_load(
            config, (const SettingsTable *const *)tables->pdata, problems);
        problems_print(problems, stderr);
        if (problems_count(problems) > 0)
            return STATUS_CONFIG;
    }
    g_autoptr(Json) json = options_has(options, "--json") ? json_new() : NULL;
    if (json != NULL)
        json_begin_array(json, NULL);
    for (guint i = 0; g_ptr_array_index(tables, i) != NULL; i++)
        write_table(g_ptr_array_index(tables, i), settings, json);
    if (json != NULL) {
        json_end_array(json);
        command_print_json(json);
    }
    return STATUS_OK;
}

const Command cmd_settings = {
    .name = "settings",
    .help = "show every setting with its value, default and meaning",
    .options = option_rows,
    .run = run,
};
