/* SPDX-License-Identifier: BSD-2-Clause */
/* Options: the command line after the command, against a table. */
#ifndef SCEAU_TOOL_OPTIONS_H
#define SCEAU_TOOL_OPTIONS_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    OPTION_FLAG, /* stands alone */
    OPTION_ONE,  /* takes one value; may stand once */
    OPTION_EACH, /* takes one value; may be repeated */
    OPTION_MANY  /* takes all words up to the next option; may be repeated */
} OptionKind;

/* A table ends with a row whose name is NULL. */
typedef struct {
    const char *name; /* "--from" */
    OptionKind kind;
    const char *value; /* what the usage calls it, NULL for flags */
    bool required;
    const char *help;
} OptionRow;

/* What was given. */
typedef struct Options Options;

/* Reads words (NULL-terminated, borrowed until options_free) against rows;
 * "--name value" and "--name=value" are the same, "--" ends the options. NULL
 * with CONFIG and a sentence that says what is wrong and the nearest known
 * name. Words that are no option are arguments: more than max_arguments, or
 * fewer than min_arguments, is such an error too. */
Options *options_parse(const OptionRow *rows, char *const *words,
                       unsigned min_arguments, unsigned max_arguments,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
void options_free(Options *options); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

bool options_has(const Options *options, const char *name);

/* The value of an option, or NULL. */
const char *options_get(const Options *options, const char *name);

/* All values of an option, const char *; never NULL. */
const GPtrArray *options_get_all(const Options *options, const char *name);

/* The arguments, const char *. */
const GPtrArray *options_get_arguments(const Options *options);

/* One line per option, for a usage. Caller frees. */
char *options_describe(const OptionRow *rows);

#endif
