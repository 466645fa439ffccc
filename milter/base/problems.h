/* SPDX-License-Identifier: BSD-2-Clause */
/* Problems: everything wrong in a file, told at once, with its place. */
#ifndef SCEAU_BASE_PROBLEMS_H
#define SCEAU_BASE_PROBLEMS_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* A place in a text file. file is interned (g_intern_string) or static; line
 * and column count from 1, column in characters; line 0 means "the file". */
typedef struct {
    const char *file;
    unsigned line;
    unsigned column;
} Position;

/* A growing list of errors and warnings. Not shared between threads. */
typedef struct Problems Problems;

Problems *problems_new(void);
void problems_free(Problems *problems); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problems, problems_free)

/* Adds one error (add) or warning (warn): a sentence without capital or full
 * stop. at may be NULL when no file is to blame. */
void problems_add(Problems *problems, const Position *at, const char *format,
                  ...) G_GNUC_PRINTF(3, 4);
void problems_warn(Problems *problems, const Position *at, const char *format,
                   ...) G_GNUC_PRINTF(3, 4);

/* Errors only; warnings are not counted. */
unsigned problems_count(const Problems *problems);

/* The index-th line, errors and warnings in the order they were added, as
 * "file:line:column: text" or "file:line:column: warning: text"; NULL past
 * the last. Borrowed until the next call that adds. */
const char *problems_get(const Problems *problems, unsigned index);

/* Whether the index-th line is a warning. */
bool problems_is_warning(const Problems *problems, unsigned index);

/* Writes every line, each ended by LF. */
void problems_print(const Problems *problems, FILE *out);

/* The word of known (NULL-terminated) that is most like word, or NULL when
 * none is near: for "did you mean". Borrowed from known. */
const char *problems_nearest(const char *word, const char *const *known);

#endif
