/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: tables of typed rows <-> sceau.conf. */
#include "base/settings.h"

#include "base/lexer.h"
#include "base/value.h"

#include <string.h>

/* One filled structure. */
typedef struct {
    const SettingsTable *table;
    void *filled;
    GHashTable *positions; /* row name -> Position * */
} Block;

struct Settings {
    const SettingsTable *const *tables;
    GPtrArray *blocks;   /* Block * */
    GHashTable *by_name; /* table -> GPtrArray * of filled structures */
};

/* While reading. */
typedef struct {
    Settings *settings;
    Lexer *lexer;
    Problems *problems;
    bool part; /* what no table knows is for others */
} Reader;

/* Of what nobody knows. */
static const SettingRow no_rows[] = {{0}};
static const SettingsTable no_table = {
    .block = "", .size_bytes = sizeof(SettingsHead), .rows = no_rows};

/* --- blocks ------------------------------------------------------------ */

static void
set_defaults(const SettingsTable *table, void *filled, Problems *problems)
{
    for (const SettingRow *row = table->rows; row->name != NULL; row++) {
        if (row->type == SETTING_LIST)
            value_set_empty_list(row, filled);
        if (row->default_text == NULL)
            continue;
        g_auto(GStrv) texts = g_strsplit(row->default_text, ", ", -1);
        value_set(row, filled, texts, NULL, problems);
    }
}

static Block *
add_block(Reader *reader, const SettingsTable *table, const char *name,
          Position at)
{
    Settings *settings = reader->settings;
    Block *block = g_new0(Block, 1);
    block->table = table;
    block->filled = g_malloc0(table->size_bytes);
    block->positions =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    SettingsHead *head = block->filled;
    head->name = name != NULL ? g_intern_string(name) : NULL;
    head->at = at;
    set_defaults(table, block->filled, reader->problems);
    g_ptr_array_add(settings->blocks, block);
    GPtrArray *list = g_hash_table_lookup(settings->by_name, table);
    /* A program that needs some blocks alone has no table for the rest. */
    if (list != NULL)
        g_ptr_array_add(list, block->filled);
    return block;
}

static void
free_block(gpointer pointer)
{
    Block *block = pointer;
    for (const SettingRow *row = block->table->rows; row->name != NULL; row++)
        value_clear(row, block->filled);
    g_hash_table_unref(block->positions);
    g_free(block->filled);
    g_free(block);
}

static const SettingRow *
find_row(const SettingsTable *table, const char *name)
{
    for (const SettingRow *row = table->rows; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static const SettingsTable *
find_table(const Settings *settings, const char *block)
{
    for (const SettingsTable *const *table = settings->tables; *table != NULL;
         table++)
        if (g_strcmp0((*table)->block, block) == 0)
            return *table;
    return NULL;
}

/* --- reading ----------------------------------------------------------- */

static void
complain_unknown(const Reader *reader, const SettingsTable *table,
                 const Token *token, bool block)
{
    /* Within a block that we know, all is ours to know; outside any, not. */
    if (reader->part && (block || table->block == NULL))
        return;
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (const SettingRow *row = table->rows; !block && row->name != NULL;
         row++)
        g_ptr_array_add(known, (gpointer)(guintptr)row->name);
    for (const SettingsTable *const *each = reader->settings->tables;
         block && *each != NULL; each++)
        if ((*each)->block != NULL)
            g_ptr_array_add(known, (gpointer)(guintptr)(*each)->block);
    g_ptr_array_add(known, NULL);
    const char *near = problems_nearest(
        token->text, (const char *const *)(gpointer)known->pdata);
    problems_add(reader->problems, &token->at,
                 near != NULL ? "unknown %s \"%s\"; did you mean \"%s\"?"
                              : "unknown %s \"%s\"",
                 block ? "block" : "setting", token->text, near);
}

static bool
is_value(const Token *token)
{
    return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING;
}

/* The values after "=": at least one, or NULL with the mistake noted. */
static char **
read_values(Reader *reader, const char *name)
{
    GPtrArray *texts = g_ptr_array_new();
    for (;;) {
        const Token *token = lexer_peek(reader->lexer);
        bool next_setting =
            token->kind == TOKEN_WORD &&
            lexer_is_mark(lexer_peek_second(reader->lexer), '=');
        if (!is_value(token) || next_setting) {
            problems_add(reader->problems, &token->at,
                         texts->len == 0 ? "%s has no value"
                                         : "%s: a value is missing after the "
                                           "comma",
                         name);
            break;
        }
        g_ptr_array_add(texts, g_strdup(lexer_next(reader->lexer)->text));
        if (!lexer_is_mark(lexer_peek(reader->lexer), ','))
            break;
        lexer_next(reader->lexer);
    }
    bool empty = texts->len == 0;
    g_ptr_array_add(texts, NULL);
    char **list = (char **)g_ptr_array_free(texts, FALSE);
    if (empty)
        g_clear_pointer(&list, g_strfreev);
    return list;
}

static void
read_setting(Reader *reader, Block *block)
{
    const Token *name = lexer_next(reader->lexer);
    lexer_next(reader->lexer); /* the "=" */
    const SettingRow *row = find_row(block->table, name->text);
    if (row == NULL)
        complain_unknown(reader, block->table, name, false);
    g_auto(GStrv) texts = read_values(reader, name->text);
    if (row == NULL || texts == NULL)
        return;
    const Position *first = g_hash_table_lookup(block->positions, row->name);
    if (first != NULL) {
        problems_add(reader->problems, &name->at,
                     "%s is set already at line %u", row->name, first->line);
        return;
    }
    g_hash_table_insert(block->positions, (gpointer)(guintptr)row->name,
                        g_memdup2(&name->at, sizeof name->at));
    value_set(row, block->filled, texts, &name->at, reader->problems);
}

static void
check_required(const Reader *reader, const Block *block)
{
    const SettingsHead *head = block->filled;
    for (const SettingRow *row = block->table->rows; row->name != NULL; row++)
        if (row->required &&
            !g_hash_table_contains(block->positions, row->name))
            problems_add(reader->problems, &head->at,
                         block->table->block != NULL ? "%s is missing in %s %s"
                                                     : "%s is missing",
                         row->name, block->table->block,
                         head->name != NULL ? head->name : "");
}

/* Skips what cannot be understood, up to the next "name =" or "}". */
static void
recover(Reader *reader)
{
    lexer_next(reader->lexer);
    for (;;) {
        const Token *token = lexer_peek(reader->lexer);
        const Token *second = lexer_peek_second(reader->lexer);
        bool setting = token->kind == TOKEN_WORD && lexer_is_mark(second, '=');
        bool block = token->kind == TOKEN_WORD && lexer_is_mark(second, '{');
        if (token->kind == TOKEN_END || lexer_is_mark(token, '}') || setting ||
            block)
            return;
        lexer_next(reader->lexer);
    }
}

static void
read_block_content(Reader *reader, Block *block)
{
    for (;;) {
        const Token *token = lexer_peek(reader->lexer);
        if (lexer_is_mark(token, '}')) {
            lexer_next(reader->lexer);
            return;
        }
        if (token->kind == TOKEN_END) {
            problems_add(reader->problems, &token->at,
                         "the block %s that begins at line %u has no \"}\"",
                         block->table->block,
                         ((SettingsHead *)block->filled)->at.line);
            return;
        }
        if (token->kind == TOKEN_WORD &&
            lexer_is_mark(lexer_peek_second(reader->lexer), '=')) {
            read_setting(reader, block);
        } else {
            problems_add(reader->problems, &token->at,
                         "expected a setting (name = value) or \"}\", not "
                         "\"%s\"",
                         token->text);
            recover(reader);
        }
    }
}

static void
check_twice(Reader *reader, const SettingsTable *table, const char *name,
            const Position *at)
{
    const GPtrArray *list =
        g_hash_table_lookup(reader->settings->by_name, table);
    for (guint i = 0; i < list->len; i++) {
        const SettingsHead *other = g_ptr_array_index(list, i);
        if (other->present && g_strcmp0(other->name, name) == 0)
            problems_add(reader->problems, at,
                         "the block %s %s stands already at line %u",
                         table->block, name != NULL ? name : "",
                         other->at.line);
    }
}

static Block *
open_block(Reader *reader, const SettingsTable *table, const char *name,
           const Position *at)
{
    check_twice(reader, table, name, at);
    Block *block = add_block(reader, table, name, *at);
    ((SettingsHead *)block->filled)->present = true;
    return block;
}

/* Skips a block that nobody knows, to its "}". */
static void
skip_block(Reader *reader)
{
    unsigned depth = 1;
    while (depth > 0 && lexer_peek(reader->lexer)->kind != TOKEN_END) {
        const Token *token = lexer_next(reader->lexer);
        depth += lexer_is_mark(token, '{');
        depth -= lexer_is_mark(token, '}');
    }
}

/* "word {" or "word name {". */
static void
read_block(Reader *reader)
{
    const Token *word = lexer_next(reader->lexer);
    const Token *name = NULL;
    if (is_value(lexer_peek(reader->lexer)))
        name = lexer_next(reader->lexer);
    if (!lexer_is_mark(lexer_peek(reader->lexer), '{')) {
        problems_add(reader->problems, &word->at,
                     "expected \"=\" or \"{\" after \"%s\"", word->text);
        return;
    }
    lexer_next(reader->lexer);
    const SettingsTable *table = find_table(reader->settings, word->text);
    if (table == NULL) {
        complain_unknown(reader, &no_table, word, true);
        skip_block(reader);
        return;
    }
    if (table->named && name == NULL)
        problems_add(reader->problems, &word->at,
                     "the block %s needs a name: %s NAME { ... }", word->text,
                     word->text);
    else if (!table->named && name != NULL)
        problems_add(reader->problems, &name->at, "the block %s takes no name",
                     word->text);
    Block *block =
        open_block(reader, table, name != NULL ? name->text : NULL, &word->at);
    read_block_content(reader, block);
    check_required(reader, block);
}

static void
read_top(Reader *reader, Block *top)
{
    for (;;) {
        const Token *token = lexer_peek(reader->lexer);
        const Token *second = lexer_peek_second(reader->lexer);
        if (token->kind == TOKEN_END)
            return;
        if (token->kind == TOKEN_WORD && lexer_is_mark(second, '=')) {
            read_setting(reader, top);
        } else if (token->kind == TOKEN_WORD &&
                   (lexer_is_mark(second, '{') || is_value(second))) {
            read_block(reader);
        } else {
            problems_add(reader->problems, &token->at,
                         "expected a setting (name = value) or a block, not "
                         "\"%s\"",
                         token->text);
            recover(reader);
        }
    }
}

/* --- the whole --------------------------------------------------------- */

static Settings *
settings_new(const SettingsTable *const *tables)
{
    Settings *settings = g_new0(Settings, 1);
    settings->tables = tables;
    settings->blocks = g_ptr_array_new_with_free_func(free_block);
    settings->by_name = g_hash_table_new_full(
        g_direct_hash, g_direct_equal, NULL,
        (GDestroyNotify)(void (*)(void))g_ptr_array_unref);
    for (; *tables != NULL; tables++)
        g_hash_table_insert(settings->by_name, (gpointer)(guintptr)*tables,
                            g_ptr_array_new());
    return settings;
}

/* What may stand once and does not is all defaults. */
static void
add_missing_blocks(Reader *reader, Position at)
{
    const SettingsTable *const *table = reader->settings->tables;
    for (; *table != NULL; table++) {
        const GPtrArray *list =
            g_hash_table_lookup(reader->settings->by_name, *table);
        if (!(*table)->named && list->len == 0)
            add_block(reader, *table, NULL, at);
    }
}

static Settings *
read_settings(const char *file, Lexer *lexer,
              const SettingsTable *const *tables, bool part, Problems *problems)
{
    Reader reader = {.settings = settings_new(tables),
                     .lexer = lexer,
                     .problems = problems,
                     .part = part};
    const Position start = {.file = g_intern_string(file)};
    const SettingsTable *top = find_table(reader.settings, NULL);
    Block *block =
        add_block(&reader, top != NULL ? top : &no_table, NULL, start);
    if (lexer != NULL) {
        read_top(&reader, block);
        check_required(&reader, block);
    }
    add_missing_blocks(&reader, start);
    return reader.settings;
}

Settings *
settings_load(const char *path, const SettingsTable *const *tables,
              Problems *problems)
{
    g_autoptr(Lexer) lexer = lexer_load(path, problems);
    return read_settings(path, lexer, tables, false, problems);
}

Settings *
settings_load_part(const char *path, const SettingsTable *const *tables,
                   Problems *problems)
{
    g_autoptr(Lexer) lexer = lexer_load(path, problems);
    return read_settings(path, lexer, tables, true, problems);
}

Settings *
settings_parse(const char *file, const char *bytes, size_t size_bytes,
               const SettingsTable *const *tables, Problems *problems)
{
    g_autoptr(Lexer) lexer = lexer_new(file, bytes, size_bytes, problems);
    return read_settings(file, lexer, tables, false, problems);
}

void
settings_free(Settings *settings)
{
    if (settings == NULL)
        return;
    g_hash_table_unref(settings->by_name);
    g_ptr_array_unref(settings->blocks);
    g_free(settings);
}

const void *
settings_get(const Settings *settings, const char *block)
{
    const GPtrArray *list = settings_get_all(settings, block);
    return list != NULL && list->len > 0 ? g_ptr_array_index(list, 0) : NULL;
}

const GPtrArray *
settings_get_all(const Settings *settings, const char *block)
{
    const SettingsTable *table = find_table(settings, block);
    return table != NULL ? g_hash_table_lookup(settings->by_name, table) : NULL;
}

Position
settings_get_position(const Settings *settings, const void *filled,
                      const char *name)
{
    for (guint i = 0; i < settings->blocks->len; i++) {
        const Block *block = g_ptr_array_index(settings->blocks, i);
        if (block->filled != filled)
            continue;
        const Position *at = g_hash_table_lookup(block->positions, name);
        return at != NULL ? *at : ((const SettingsHead *)filled)->at;
    }
    return (Position){0};
}

char *
settings_format(const SettingRow *row, const void *filled)
{
    return value_format(row, filled);
}

const SettingsTable *const *
settings_get_tables(const Settings *settings)
{
    return settings->tables;
}
