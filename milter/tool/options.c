/* SPDX-License-Identifier: BSD-2-Clause */
/* Options: the command line after the command, against a table. */
#include "tool/options.h"

#include "base/error.h"
#include "base/problems.h"
#include "base/quote.h"

#include <string.h>

struct Options {
    GHashTable *values; /* name -> GPtrArray of const char * */
    GPtrArray *arguments;
    GPtrArray *owned; /* char *: values cut out of "--name=value" */
};

static void
free_array(gpointer array)
{
    g_ptr_array_unref(array);
}

static Options *
options_new(const OptionRow *rows)
{
    Options *options = g_new0(Options, 1);
    options->values =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_array);
    options->arguments = g_ptr_array_new();
    options->owned = g_ptr_array_new_with_free_func(g_free);
    for (const OptionRow *row = rows; row->name != NULL; row++)
        g_hash_table_insert(options->values, (gpointer)(guintptr)row->name,
                            g_ptr_array_new());
    return options;
}

void
options_free(Options *options)
{
    if (options == NULL)
        return;
    g_hash_table_unref(options->values);
    g_ptr_array_unref(options->arguments);
    g_ptr_array_unref(options->owned);
    g_free(options);
}

static bool
is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

static const OptionRow *
find_row(const OptionRow *rows, const char *name)
{
    for (const OptionRow *row = rows; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static void
set_unknown(const OptionRow *rows, const char *name, GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (const OptionRow *row = rows; row->name != NULL; row++)
        g_ptr_array_add(known, (gpointer)(guintptr)row->name);
    g_ptr_array_add(known, NULL);
    const char *near =
        problems_nearest(name, (const char *const *)known->pdata);
    g_autofree char *shown = quote_terminal(name);
    if (near != NULL)
        error_set(error, ERROR_CONFIG, "unknown option %s, did you mean %s?",
                  shown, near);
    else
        error_set(error, ERROR_CONFIG, "unknown option %s", shown);
}

/* Takes the values that follow; gives the next word to look at, or NULL. */
static char *const *
take_values(const OptionRow *row, GPtrArray *values, char *const *words,
            GError **error)
{
    guint before = values->len;
    if (row->kind == OPTION_ONE && before > 0) {
        error_set(error, ERROR_CONFIG, "%s is given twice", row->name);
        return NULL;
    }
    /* A lone "-" or a negative number would be a value; no option of ours
     * takes either, so a value never begins with a dash. */
    while (*words != NULL && !is_option(*words)) {
        g_ptr_array_add(values, *words++);
        if (row->kind != OPTION_MANY)
            break;
    }
    if (values->len > before)
        return words;
    error_set(error, ERROR_CONFIG, "%s needs a value (%s)", row->name,
              row->value);
    return NULL;
}

static char *const *
take_option(Options *options, const OptionRow *rows, char *const *words,
            GError **error)
{
    const char *equals = strchr(*words, '=');
    g_autofree char *name = equals != NULL && g_str_has_prefix(*words, "--")
                                ? g_strndup(*words, (gsize)(equals - *words))
                                : g_strdup(*words);
    bool inline_value = strlen(name) < strlen(*words);
    const OptionRow *row = find_row(rows, name);
    if (row == NULL) {
        set_unknown(rows, name, error);
        return NULL;
    }
    GPtrArray *values = g_hash_table_lookup(options->values, row->name);
    if (row->kind == OPTION_FLAG && inline_value) {
        error_set(error, ERROR_CONFIG, "%s takes no value", row->name);
        return NULL;
    }
    if (row->kind == OPTION_FLAG) {
        g_ptr_array_add(values, *words);
        return words + 1;
    }
    if (!inline_value)
        return take_values(row, values, words + 1, error);
    if (row->kind == OPTION_ONE && values->len > 0) {
        error_set(error, ERROR_CONFIG, "%s is given twice", row->name);
        return NULL;
    }
    char *value = g_strdup(equals + 1);
    g_ptr_array_add(options->owned, value);
    g_ptr_array_add(values, value);
    return words + 1;
}

static bool
check_complete(const Options *options, const OptionRow *rows,
               unsigned min_arguments, unsigned max_arguments, GError **error)
{
    for (const OptionRow *row = rows; row->name != NULL; row++)
        if (row->required && !options_has(options, row->name)) {
            error_set(error, ERROR_CONFIG, "%s is missing", row->name);
            return false;
        }
    if (options->arguments->len < min_arguments) {
        error_set(error, ERROR_CONFIG, "an argument is missing");
        return false;
    }
    if (options->arguments->len > max_arguments) {
        g_autofree char *shown = quote_terminal(
            g_ptr_array_index(options->arguments, max_arguments));
        error_set(error, ERROR_CONFIG, "unexpected argument %s", shown);
        return false;
    }
    return true;
}

Options *
options_parse(const OptionRow *rows, char *const *words, unsigned min_arguments,
              unsigned max_arguments, GError **error)
{
    g_autoptr(Options) options = options_new(rows);
    bool only_arguments = false;
    while (*words != NULL) {
        if (!only_arguments && strcmp(*words, "--") == 0) {
            only_arguments = true;
            words++;
        } else if (only_arguments || !is_option(*words)) {
            g_ptr_array_add(options->arguments, *words++);
        } else {
            words = take_option(options, rows, words, error);
            if (words == NULL)
                return NULL;
        }
    }
    if (!check_complete(options, rows, min_arguments, max_arguments, error))
        return NULL;
    return g_steal_pointer(&options);
}

const GPtrArray *
options_get_all(const Options *options, const char *name)
{
    const GPtrArray *values = g_hash_table_lookup(options->values, name);
    g_assert(values != NULL); /* a name that is not in the table */
    return values;
}

bool
options_has(const Options *options, const char *name)
{
    return options_get_all(options, name)->len > 0;
}

const char *
options_get(const Options *options, const char *name)
{
    const GPtrArray *values = options_get_all(options, name);
    return values->len > 0 ? g_ptr_array_index(values, 0) : NULL;
}

const GPtrArray *
options_get_arguments(const Options *options)
{
    return options->arguments;
}

char *
options_describe(const OptionRow *rows)
{
    GString *text = g_string_new(NULL);
    for (const OptionRow *row = rows; row->name != NULL; row++) {
        g_autofree char *left =
            row->value != NULL
                ? g_strdup_printf("%s %s%s", row->name, row->value,
                                  row->kind == OPTION_MANY ? "..." : "")
                : g_strdup(row->name);
        g_string_append_printf(text, "  %-22s %s\n", left, row->help);
    }
    return g_string_free(text, FALSE);
}
