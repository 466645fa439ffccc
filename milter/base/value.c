/* SPDX-License-Identifier: BSD-2-Clause */
/* Value: one setting's text <-> its place in a structure. */
#include "base/value.h"

#include "base/lexer.h"

#include <string.h>

static void *
slot(const SettingRow *row, void *filled)
{
    return (char *)filled + row->offset;
}

void
value_clear(const SettingRow *row, void *filled)
{
    void *at = slot(row, filled);
    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_PATH:
        g_clear_pointer((char **)at, g_free);
        break;
    case SETTING_LIST:
        g_clear_pointer((char ***)at, g_strfreev);
        break;
    case SETTING_FLAG:
    case SETTING_NUMBER:
    case SETTING_SIZE:
    case SETTING_DURATION:
    case SETTING_CHOICE:
        break;
    }
}

static bool
is_in_range(const SettingRow *row, gint64 value)
{
    if (row->minimum == 0 && row->maximum == 0)
        return true;
    return value >= row->minimum && value <= row->maximum;
}

static char *
format_number(const SettingRow *row, gint64 value)
{
    static const struct {
        gint64 factor;
        const char *size, *duration;
    } units[] = {
        {86400000, NULL, "d"},     {3600000, NULL, "h"},
        {60000, NULL, "min"},      {1000, NULL, "s"},
        {1073741824, "GiB", NULL}, {1048576, "MiB", NULL},
        {1024, "KiB", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        const char *unit = row->type == SETTING_SIZE       ? units[i].size
                           : row->type == SETTING_DURATION ? units[i].duration
                                                           : NULL;
        if (unit != NULL && value != 0 && value % units[i].factor == 0)
            return g_strdup_printf("%" G_GINT64_FORMAT "%s",
                                   value / units[i].factor, unit);
    }
    return g_strdup_printf("%" G_GINT64_FORMAT "%s", value,
                           row->type == SETTING_DURATION && value != 0 ? "ms"
                                                                       : "");
}

static void
complain_range(const SettingRow *row, const Position *at, Problems *problems)
{
    g_autofree char *low = format_number(row, row->minimum);
    g_autofree char *high = format_number(row, row->maximum);
    problems_add(problems, at, "%s must be between %s and %s", row->name, low,
                 high);
}

static bool
parse_integer(const char *text, gint64 *value)
{
    char *rest = NULL;
    if (!g_ascii_isdigit(*text) || strlen(text) > 18)
        return false;
    *value = (gint64)g_ascii_strtoull(text, &rest, 10);
    return *rest == '\0';
}

static void
set_number(const SettingRow *row, void *filled, const char *text,
           const Position *at, Problems *problems)
{
    gint64 value = 0;
    guint64 size = 0;
    bool good = false;
    const char *wanted = "a number";
    if (row->type == SETTING_SIZE) {
        wanted = "a size such as 64KiB or 1MiB";
        good = lexer_parse_size(text, &size);
        value = (gint64)size;
    } else if (row->type == SETTING_DURATION) {
        wanted = "a duration such as 30s, 5min or 24h";
        good = lexer_parse_duration(text, &value);
    } else {
        good = parse_integer(text, &value);
    }
    if (!good) {
        problems_add(problems, at, "%s wants %s, not \"%s\"", row->name, wanted,
                     text);
        return;
    }
    if (!is_in_range(row, value)) {
        complain_range(row, at, problems);
        return;
    }
    *(gint64 *)slot(row, filled) = value;
}

static void
set_choice(const SettingRow *row, void *filled, const char *text,
           const Position *at, Problems *problems)
{
    g_auto(GStrv) choices = g_strsplit(row->choices, "|", -1);
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            *(int *)slot(row, filled) = i;
            return;
        }
    }
    g_autofree char *all = g_strjoinv(", ", choices);
    problems_add(problems, at, "%s is one of %s, not \"%s\"", row->name, all,
                 text);
}

static void
set_flag(const SettingRow *row, void *filled, const char *text,
         const Position *at, Problems *problems)
{
    bool yes = strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "no") != 0)
        problems_add(problems, at, "%s is yes or no, not \"%s\"", row->name,
                     text);
    *(bool *)slot(row, filled) = yes;
}

static void
set_text(const SettingRow *row, void *filled, const char *text,
         const Position *at, Problems *problems)
{
    if (row->type == SETTING_PATH && !g_path_is_absolute(text))
        problems_add(problems, at, "%s wants an absolute path, not \"%s\"",
                     row->name, text);
    g_free(*(char **)slot(row, filled));
    *(char **)slot(row, filled) = g_strdup(text);
}

void
value_set(const SettingRow *row, void *filled, char *const *texts,
          const Position *at, Problems *problems)
{
    if (row->type != SETTING_LIST && texts[1] != NULL) {
        problems_add(problems, at, "%s takes one value, not a list", row->name);
        return;
    }
    switch (row->type) {
    case SETTING_FLAG:
        set_flag(row, filled, texts[0], at, problems);
        break;
    case SETTING_NUMBER:
    case SETTING_SIZE:
    case SETTING_DURATION:
        set_number(row, filled, texts[0], at, problems);
        break;
    case SETTING_TEXT:
    case SETTING_PATH:
        set_text(row, filled, texts[0], at, problems);
        break;
    case SETTING_LIST:
        g_strfreev(*(char ***)slot(row, filled));
        *(char ***)slot(row, filled) = g_strdupv((char **)(guintptr)texts);
        break;
    case SETTING_CHOICE:
        set_choice(row, filled, texts[0], at, problems);
        break;
    }
}

void
value_set_empty_list(const SettingRow *row, void *filled)
{
    *(char ***)slot(row, filled) = g_new0(char *, 1);
}

/* A word needs no quotes; anything else is put in them. */
static char *
format_text(const char *text)
{
    bool plain = *text != '\0' && *text != '#';
    for (const char *c = text; *c != '\0'; c++)
        plain = plain && (g_ascii_isalnum(*c) || strchr("-_.@:+*", *c) != NULL);
    if (plain)
        return g_strdup(text);
    g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
    g_autofree char *escaped = g_strjoinv("\\\"", parts);
    return g_strdup_printf("\"%s\"", escaped);
}

static char *
format_list(char *const *texts)
{
    GString *all = g_string_new(NULL);
    for (; texts != NULL && *texts != NULL; texts++) {
        g_autofree char *one = format_text(*texts);
        g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", one);
    }
    return g_string_free(all, FALSE);
}

char *
value_format(const SettingRow *row, const void *filled)
{
    const void *at = (const char *)filled + row->offset;
    switch (row->type) {
    case SETTING_FLAG:
        return g_strdup(*(const bool *)at ? "yes" : "no");
    case SETTING_NUMBER:
    case SETTING_SIZE:
    case SETTING_DURATION:
        return format_number(row, *(const gint64 *)at);
    case SETTING_TEXT:
    case SETTING_PATH: {
        const char *text = *(char *const *)at;
        return text != NULL ? format_text(text) : g_strdup("");
    }
    case SETTING_LIST:
        return format_list(*(char *const *const *)at);
    case SETTING_CHOICE:
        break;
    }
    g_auto(GStrv) choices = g_strsplit(row->choices, "|", -1);
    return g_strdup(choices[*(const int *)at]);
}
