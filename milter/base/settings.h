/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: tables of typed rows <-> sceau.conf. A room exports its table
 * beside its code and receives a filled structure; no room reads a file. */
#ifndef SCEAU_BASE_SETTINGS_H
#define SCEAU_BASE_SETTINGS_H

#include "base/problems.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    SETTING_FLAG,     /* bool: yes or no */
    SETTING_NUMBER,   /* gint64 */
    SETTING_SIZE,     /* guint64, bytes */
    SETTING_DURATION, /* gint64, milliseconds */
    SETTING_TEXT,     /* char *, NULL when neither set nor defaulted */
    SETTING_PATH,     /* char *, must be absolute */
    SETTING_LIST,     /* char **, NULL-terminated; empty vector by default */
    SETTING_CHOICE    /* int: index into choices ("a|b|c") */
} SettingType;

typedef struct {
    const char *name; /* as written in sceau.conf */
    SettingType type;
    size_t offset;            /* in the table's structure */
    const char *default_text; /* as one would write it; NULL: none */
    gint64 minimum, maximum;  /* NUMBER, SIZE, DURATION; both 0: any */
    const char *choices;      /* CHOICE only */
    bool required;
    const char *help; /* one line, no full stop */
} SettingRow;

/* block NULL: the settings outside any block. A named block may be repeated
 * ("directory corp { … }", "service erp { … }"), one without a name may stand
 * once ("signing { … }"). The structure's own first member must be a
 * SettingsHead. rows end with a row whose name is NULL. */
typedef struct {
    const char *block;
    bool named;
    size_t size_bytes; /* of the structure */
    const SettingRow *rows;
    const char *help;
} SettingsTable;

typedef struct {
    const char *name; /* of a named block, else NULL */
    Position at;      /* where it begins; line 0 when it is all defaults */
    bool present;     /* written in the file */
} SettingsHead;

typedef struct Settings Settings;

/* Reads path against tables (NULL-terminated) and notes every mistake in
 * problems, with the nearest known name for an unknown one. Never NULL: when
 * problems_count grew, the result may only be freed. tables and their
 * strings must outlive the result. */
Settings *settings_load(const char *path, const SettingsTable *const *tables,
                        Problems *problems);

/* The same from text in memory, for tests and fuzzing. */
Settings *settings_parse(const char *file, const char *bytes, size_t size_bytes,
                         const SettingsTable *const *tables,
                         Problems *problems);

/* For a program that needs some blocks alone: what no table knows is passed
 * over, it is for others to judge. */
Settings *settings_load_part(const char *path,
                             const SettingsTable *const *tables,
                             Problems *problems);
void settings_free(Settings *settings); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

/* The filled structure of a block that may stand once (or of the top level:
 * block NULL); all defaults when the file does not have it. Borrowed until
 * settings_free. */
const void *settings_get(const Settings *settings, const char *block);

/* The filled structures of a named block, in the order of the file; elements
 * borrowed until settings_free, as is the array. */
const GPtrArray *settings_get_all(const Settings *settings, const char *block);

/* Where a setting of a filled structure was written, for a message about it;
 * the head's position when it was defaulted. */
Position settings_get_position(const Settings *settings, const void *filled,
                               const char *name);

/* One row as text: its value in the file's syntax. Caller frees. */
char *settings_format(const SettingRow *row, const void *filled);

/* The tables given to settings_load, for "sceau settings". */
const SettingsTable *const *settings_get_tables(const Settings *settings);

#endif
