/* SPDX-License-Identifier: BSD-2-Clause */
/* Problems: everything wrong in a file, told at once, with its place. */
#include "base/problems.h"

#include <string.h>

typedef struct {
    char *text;
    bool warning;
} Problem;

struct Problems {
    GArray *list; /* Problem */
    unsigned errors;
};

static void
clear_problem(gpointer pointer)
{
    Problem *problem = pointer;
    g_free(problem->text);
}

Problems *
problems_new(void)
{
    Problems *problems = g_new0(Problems, 1);
    problems->list = g_array_new(FALSE, FALSE, sizeof(Problem));
    g_array_set_clear_func(problems->list, clear_problem);
    return problems;
}

void
problems_free(Problems *problems)
{
    if (problems == NULL)
        return;
    g_array_unref(problems->list);
    g_free(problems);
}

static void
append(Problems *problems, const Position *at, bool warning, char *sentence)
{
    g_autofree char *text = sentence;
    const char *mark = warning ? "warning: " : "";
    Problem problem = {.warning = warning};
    if (at == NULL || at->file == NULL)
        problem.text = g_strdup_printf("%s%s", mark, text);
    else if (at->line == 0)
        problem.text = g_strdup_printf("%s: %s%s", at->file, mark, text);
    else
        problem.text = g_strdup_printf("%s:%u:%u: %s%s", at->file, at->line,
                                       at->column, mark, text);
    g_array_append_val(problems->list, problem);
    if (!warning)
        problems->errors++;
}

void
problems_add(Problems *problems, const Position *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(problems, at, false, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void
problems_warn(Problems *problems, const Position *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(problems, at, true, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

unsigned
problems_count(const Problems *problems)
{
    return problems->errors;
}

const char *
problems_get(const Problems *problems, unsigned index)
{
    return index < problems->list->len
               ? g_array_index(problems->list, Problem, index).text
               : NULL;
}

bool
problems_is_warning(const Problems *problems, unsigned index)
{
    return index < problems->list->len &&
           g_array_index(problems->list, Problem, index).warning;
}

void
problems_print(const Problems *problems, FILE *out)
{
    for (unsigned i = 0; i < problems->list->len; i++)
        fprintf(out, "%s\n", problems_get(problems, i));
}

/* Levenshtein's distance, given up past limit. */
static unsigned
distance(const char *a, const char *b, unsigned limit)
{
    size_t width = strlen(b);
    if (strlen(a) > 64 || width > 64)
        return limit + 1;
    unsigned row[65];
    for (size_t j = 0; j <= width; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < width; j++) {
            unsigned cost = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(MIN(row[j], diagonal) + 1, cost);
        }
    }
    return row[width];
}

const char *
problems_nearest(const char *word, const char *const *known)
{
    unsigned limit = (unsigned)strlen(word) / 3 + 1;
    const char *best = NULL;
    for (; *known != NULL; known++) {
        unsigned far = distance(word, *known, limit);
        if (far <= limit && (best == NULL || far < distance(word, best, limit)))
            best = *known;
    }
    return best;
}
