/* SPDX-License-Identifier: BSD-2-Clause */
/* Manual: sceau-policy(5), to be compared with the tables. */
#ifndef SCEAU_TESTS_POLICY_MANUAL_H
#define SCEAU_TESTS_POLICY_MANUAL_H

#include "given.h"

static inline char *
manual_load(void)
{
    const char *folder = g_getenv("srcdir");
    g_autofree char *path = g_build_filename(folder != NULL ? folder : ".",
                                             "policy", "sceau-policy.5", NULL);
    GMappedFile *file = g_mapped_file_new(path, FALSE, NULL);
    if (file == NULL)
        fail_msg("cannot read %s", path);
    char *text = g_strndup(g_mapped_file_get_contents(file),
                           g_mapped_file_get_length(file));
    g_mapped_file_unref(file);
    return text;
}

/* The lines of a section, from its ".Sh TITLE" to the next. */
static inline char **
manual_find_section(const char *manual, const char *title)
{
    g_autofree char *head = g_strdup_printf("\n.Sh %s\n", title);
    const char *start = strstr(manual, head);
    if (start == NULL)
        fail_msg("no section %s", title);
    start += strlen(head);
    const char *end = strstr(start, "\n.Sh ");
    g_autofree char *text =
        end != NULL ? g_strndup(start, (gsize)(end - start)) : g_strdup(start);
    return g_strsplit(text, "\n", -1);
}

/* What ".It Ic NAME …" calls itself: its words up to the next macro, quote or
 * bracket. NULL: the line is none. Caller frees. */
static inline char *
manual_read_name(const char *line)
{
    if (!g_str_has_prefix(line, ".It Ic "))
        return NULL;
    g_auto(GStrv) words = g_strsplit(line + 7, " ", -1);
    GString *name = g_string_new(NULL);
    for (char **word = words; *word != NULL && g_ascii_islower(**word); word++)
        g_string_append_printf(name, "%s%s", name->len > 0 ? " " : "", *word);
    return g_string_free(name, FALSE);
}

/* The line after the one of that name; NULL: it is not there. Borrowed. */
static inline const char *
manual_find_entry(char **section, const char *name)
{
    for (char **line = section; *line != NULL; line++) {
        g_autofree char *found = manual_read_name(*line);
        if (found != NULL && strcmp(found, name) == 0)
            return line[1];
    }
    return NULL;
}

#endif
