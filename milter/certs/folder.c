/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of files: listed in a fixed order, each mistake told. */
#include "certs/folder.h"

#include "smime/certificate.h"

#include <string.h>
#include <sys/stat.h>

static int
compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *
folder_list(const char *path, const Position *at, Problems *problems)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
    if (dir == NULL) {
        problems_add(problems, at, "%s", error->message);
        return paths;
    }
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (name[0] == '.' || g_str_has_suffix(name, "~"))
            continue;
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (g_file_test(file, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(paths, g_steal_pointer(&file));
    }
    g_ptr_array_sort(paths, compare);
    return paths;
}

char *
folder_look(const GPtrArray *paths)
{
    GString *seen = g_string_new(NULL);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        struct stat status = {0};
        if (stat(path, &status) == 0)
            g_string_append_printf(
                seen, "%s %ld.%ld %ld %lu\n", path, (long)status.st_mtim.tv_sec,
                (long)status.st_mtim.tv_nsec, (long)status.st_size,
                (unsigned long)status.st_ino);
    }
    return g_string_free(seen, FALSE);
}

static void
drop(gpointer certificate)
{
    certificate_unref(certificate);
}

GPtrArray *
folder_load_certificates(const char *path, const Position *at,
                         Problems *problems)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(drop);
    g_autoptr(GPtrArray) paths = folder_list(path, at, problems);
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) some =
            certificate_load_file(g_ptr_array_index(paths, i), &error);
        if (some == NULL) {
            problems_add(problems, NULL, "%s", error->message);
            continue;
        }
        for (guint k = 0; k < some->len; k++)
            g_ptr_array_add(all, certificate_ref(g_ptr_array_index(some, k)));
    }
    return all;
}
