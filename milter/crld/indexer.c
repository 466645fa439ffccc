/* SPDX-License-Identifier: BSD-2-Clause */
/* Indexer: the lists of one trust set's folder, put into the form that sceaud
 * maps. */
#include "crld/indexer.h"

#include "base/clock.h"
#include "certs/crlindex.h"
#include "certs/folder.h"

#include <string.h>

#define WRITE_AGAIN_S  60
#define REFUSE_AGAIN_S 600

/* A file that was looked at. */
typedef struct {
    CrlFile file;
    char *fault;    /* told already; NULL: none */
    gint64 again_s; /* when to look again at what has a fault */
} Seen;

struct Indexer {
    IndexerWish wish;
    GHashTable *seen; /* path: Seen * */
    bool prepared;
    char *fault;      /* of the folder of indexes, told already */
    char *list_fault; /* of the folder of lists, likewise */
};

static void
free_seen(gpointer pointer)
{
    Seen *seen = pointer;
    g_free(seen->fault);
    g_free(seen);
}

Indexer *
indexer_new(const IndexerWish *wish)
{
    Indexer *indexer = g_new0(Indexer, 1);
    indexer->wish = *wish;
    indexer->seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_seen);
    return indexer;
}

void
indexer_free(Indexer *indexer)
{
    if (indexer == NULL)
        return;
    g_hash_table_unref(indexer->seen);
    g_free(indexer->fault);
    g_free(indexer->list_fault);
    g_free(indexer);
}

/* --- what is known already --------------------------------------------- */

static void
note(Indexer *indexer, const char *path, const CrlFile *file, char *fault,
     gint64 again_s)
{
    Seen *seen = g_new0(Seen, 1);
    *seen = (Seen){.file = *file, .fault = fault, .again_s = again_s};
    g_hash_table_replace(indexer->seen, g_strdup(path), seen);
}

static bool
is_due(const Indexer *indexer, const char *path, const CrlFile *file)
{
    const Seen *seen = g_hash_table_lookup(indexer->seen, path);
    if (seen == NULL || !crl_is_file(&seen->file, file))
        return true;
    return seen->fault != NULL && clock_now() >= seen->again_s;
}

/* Once, and again only when it is another sentence. */
static void
tell_fault(Indexer *indexer, const char *path, const char *fault,
           IndexerTell tell, gpointer data)
{
    const Seen *seen = g_hash_table_lookup(indexer->seen, path);
    if (seen == NULL || g_strcmp0(seen->fault, fault) != 0)
        tell(data, false, indexer->wish.trust, fault);
}

/* Lists that have an index since an earlier run are not verified again. */
static void
learn_indexed(Indexer *indexer, const CrlIndexFolder *folder)
{
    g_autoptr(GPtrArray) names = crlindex_list(folder);
    for (guint i = 0; i < names->len; i++) {
        CrlFile file;
        g_autoptr(GError) error = NULL;
        g_autoptr(Crl) crl = crlindex_map(folder, g_ptr_array_index(names, i),
                                          indexer->wish.issuers, &file, &error);
        if (crl != NULL)
            note(indexer, crl_get_parts(crl)->path, &crl_get_parts(crl)->file,
                 NULL, 0);
    }
}

/* *told is what was told last. */
static void
tell_folder(const Indexer *indexer, char **told, const char *fault,
            IndexerTell tell, gpointer data)
{
    if (fault != NULL && g_strcmp0(fault, *told) != 0)
        tell(data, false, indexer->wish.trust, fault);
    g_free(*told);
    *told = g_strdup(fault);
}

/* NULL after telling. */
static CrlIndexFolder *
open_folder(Indexer *indexer, IndexerTell tell, gpointer data)
{
    const IndexerWish *wish = &indexer->wish;
    g_autoptr(GError) error = NULL;
    CrlIndexFolder *folder = NULL;
    if (indexer->prepared || crlindex_prepare(wish->index, wish->trust, &error))
        folder = crlindex_open(wish->index, wish->trust, &error);
    const char *fault = error != NULL ? error->message : NULL;
    if (fault == NULL && folder == NULL)
        fault = "the folder of indexes has gone";
    tell_folder(indexer, &indexer->fault, fault, tell, data);
    if (folder != NULL && !indexer->prepared)
        learn_indexed(indexer, folder);
    indexer->prepared = folder != NULL;
    return folder;
}

/* --- one list ---------------------------------------------------------- */

/* The index that crl would replace; NULL: none that can be believed. */
static Crl *
find_before(const Indexer *indexer, const CrlIndexFolder *folder,
            const Crl *crl)
{
    CrlFile file;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = crlindex_get_name(crl);
    return crlindex_map(folder, name, indexer->wish.issuers, &file, &error);
}

static void
take(Indexer *indexer, const CrlIndexFolder *folder, const char *path,
     const Crl *crl, IndexerTell tell, gpointer data)
{
    const IndexerWish *wish = &indexer->wish;
    const CrlFile *file = &crl_get_parts(crl)->file;
    g_autofree char *text = crl_describe(crl);
    g_autoptr(Crl) before = find_before(indexer, folder, crl);
    if (before != NULL && crl_is_older(crl, before)) {
        g_autofree char *kept = crl_describe(before);
        g_autofree char *line = g_strdup_printf(
            "%s: %s; kept: %s", text,
            crl_is_behind(crl, before) ? "its number went back"
                                       : "it was made before the one in use",
            kept);
        tell_fault(indexer, path, line, tell, data);
        note(indexer, path, file, g_steal_pointer(&line), G_MAXINT64);
        return;
    }
    g_autoptr(GError) error = NULL;
    if (crlindex_write(wish->index, wish->trust, crl, &error)) {
        g_autofree char *line = g_strdup_printf(
            "%s, %" G_GSIZE_FORMAT " entries", text, crl_get_parts(crl)->count);
        tell(data, true, wish->trust, line);
        note(indexer, path, file, NULL, 0);
        return;
    }
    tell_fault(indexer, path, error->message, tell, data);
    note(indexer, path, file, g_strdup(error->message),
         clock_now() + WRITE_AGAIN_S);
}

static void
look_at(Indexer *indexer, const CrlIndexFolder *folder, const char *path,
        IndexerTell tell, gpointer data)
{
    CrlFile file;
    g_autoptr(GError) error = NULL;
    if (!crl_stat(path, &file) || !is_due(indexer, path, &file))
        return;
    g_autoptr(Crl) crl = crl_load(path, indexer->wish.issuers, &error);
    if (crl != NULL) {
        take(indexer, folder, path, crl, tell, data);
        return;
    }
    if (error != NULL)
        tell_fault(indexer, path, error->message, tell, data);
    note(indexer, path, &file, error != NULL ? g_strdup(error->message) : NULL,
         clock_now() + REFUSE_AGAIN_S);
}

/* --- the folder -------------------------------------------------------- */

static gboolean
is_gone(gpointer path, gpointer value, gpointer paths)
{
    (void)value;
    return !g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL);
}

void
indexer_run(Indexer *indexer, IndexerTell tell, gpointer data)
{
    g_autoptr(CrlIndexFolder) folder = open_folder(indexer, tell, data);
    if (folder == NULL)
        return;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GPtrArray) paths =
        folder_list(indexer->wish.crls, NULL, problems);
    tell_folder(indexer, &indexer->list_fault, problems_get(problems, 0), tell,
                data);
    if (problems_count(problems) > 0)
        return;
    for (guint i = 0; i < paths->len; i++)
        look_at(indexer, folder, g_ptr_array_index(paths, i), tell, data);
    (void)g_hash_table_foreach_remove(indexer->seen, is_gone, paths);
}

unsigned
indexer_count_faults(const Indexer *indexer)
{
    unsigned count = indexer->fault != NULL || indexer->list_fault != NULL;
    GHashTableIter iter;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, indexer->seen);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Seen *seen = value;
        count += seen->fault != NULL && seen->again_s != G_MAXINT64;
    }
    return count;
}
