/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL shelf: the revocation lists of one trust set, renewed in the
 * background. */
#include "certs/crlshelf.h"

#include "base/log.h"
#include "certs/crlindex.h"
#include "certs/folder.h"

/* Two changes within one tick of the file system's clock look like one: a
 * folder that has just changed is looked at once more. */
#define SETTLED_US (2 * G_USEC_PER_SEC)

/* A file that was read. */
typedef struct {
    char *path;
    CrlFile file;
    Crl *crl; /* NULL: refused, or somebody else's */
} Book;

struct CrlShelf {
    CrlShelfWish wish;
    /* Of the one who reads, which is crlshelf_new and then one thread at a
     * time. */
    GPtrArray *books; /* Book *: all files of the folder */
    GHashTable *told; /* problems of the last reading: told once */
    GMutex lock;
    /* Under lock. */
    GPtrArray *crls; /* Crl *; replaced whole */
    CrlFile folder;  /* when it was last read */
    bool settled;
    bool reading;
    guint64 generation;
    GThread *thread;
};

static void
drop_crl(gpointer crl)
{
    crl_unref(crl);
}

static void
free_book(gpointer pointer)
{
    Book *book = pointer;
    g_free(book->path);
    crl_unref(book->crl);
    g_free(book);
}

/* --- reading ----------------------------------------------------------- */

/* Read before, and the same file still; with a reference of its own. */
static Book *
find_book(const CrlShelf *shelf, const char *path, const CrlFile *file)
{
    for (guint i = 0; i < shelf->books->len; i++) {
        const Book *old = g_ptr_array_index(shelf->books, i);
        if (g_strcmp0(old->path, path) != 0 || !crl_is_file(&old->file, file))
            continue;
        Book *book = g_new0(Book, 1);
        book->path = g_strdup(path);
        book->file = *file;
        book->crl = old->crl != NULL ? crl_ref(old->crl) : NULL;
        return book;
    }
    return NULL;
}

static void
add_book(GPtrArray *books, const char *path, const CrlFile *file, Crl *crl)
{
    Book *book = g_new0(Book, 1);
    book->path = g_strdup(path);
    book->file = *file;
    book->crl = crl;
    g_ptr_array_add(books, book);
}

static void
read_lists(const CrlShelf *shelf, GPtrArray *books, Problems *problems)
{
    g_autoptr(GPtrArray) paths =
        folder_list(shelf->wish.crls, &shelf->wish.at, problems);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_autoptr(GError) error = NULL;
        CrlFile file;
        Book *known =
            crl_stat(path, &file) ? find_book(shelf, path, &file) : NULL;
        /* What was refused is read again: it may have become good with time. */
        if (known != NULL && known->crl != NULL) {
            g_ptr_array_add(books, known);
            continue;
        }
        if (known != NULL)
            free_book(known);
        Crl *crl = crl_load(path, shelf->wish.issuers, &error);
        if (error != NULL)
            problems_warn(problems, NULL, "%s", error->message);
        add_book(books, path, crl != NULL ? &crl_get_parts(crl)->file : &file,
                 crl);
    }
}

static void
map_indexes(const CrlShelf *shelf, GPtrArray *books, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CrlIndexFolder) folder =
        crlindex_open(shelf->wish.index, shelf->wish.name, &error);
    if (error != NULL)
        problems_warn(problems, &shelf->wish.at, "%s", error->message);
    if (folder == NULL)
        return;
    g_autoptr(GPtrArray) names = crlindex_list(folder);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autoptr(GError) fault = NULL;
        CrlFile file;
        Book *known = crlindex_stat(folder, name, &file)
                          ? find_book(shelf, name, &file)
                          : NULL;
        if (known != NULL && known->crl != NULL) {
            g_ptr_array_add(books, known);
            continue;
        }
        if (known != NULL)
            free_book(known);
        Crl *crl =
            crlindex_map(folder, name, shelf->wish.issuers, &file, &fault);
        if (fault != NULL)
            problems_warn(problems, NULL, "%s", fault->message);
        add_book(books, name, &file, crl);
    }
}

/* Whether crls hold a list as new as old; *behind: one that is older. */
static bool
reaches(const GPtrArray *crls, const Crl *old, Crl **behind)
{
    bool reached = false;
    *behind = NULL;
    for (guint i = 0; i < crls->len; i++) {
        Crl *crl = g_ptr_array_index(crls, i);
        if (crl_is_behind(crl, old))
            *behind = crl;
        else
            reached = reached || crl_is_same(crl, old);
    }
    return reached;
}

/* A list whose number went back may be an old one played again: the one we
 * had speaks on in its place. */
static void
keep_newer(const CrlShelf *shelf, GPtrArray *crls, Problems *problems)
{
    for (guint i = 0; i < shelf->crls->len; i++) {
        Crl *old = g_ptr_array_index(shelf->crls, i);
        Crl *behind = NULL;
        bool replaced = false;
        while (!reaches(crls, old, &behind) && behind != NULL) {
            g_autofree char *text = crl_describe(behind);
            g_autofree char *kept = crl_describe(old);
            problems_warn(problems, NULL, "%s: its number went back; kept: %s",
                          text, kept);
            g_ptr_array_remove(crls, behind);
            replaced = true;
        }
        if (replaced)
            g_ptr_array_add(crls, crl_ref(old));
    }
}

/* Nothing a CA without a list has issued can be used under "require". */
static void
warn_uncovered(const CrlShelf *shelf, const GPtrArray *crls, Problems *problems)
{
    for (guint i = 0; i < shelf->wish.issuers->len; i++) {
        const Certificate *issuer = g_ptr_array_index(shelf->wish.issuers, i);
        if (!crl_covers(crls, issuer))
            problems_warn(problems, &shelf->wish.at,
                          "trust %s: no revocation list of %s",
                          shelf->wish.name, certificate_get_subject(issuer));
    }
}

/* The lists of the folder as it is now; changes books alone. */
static GPtrArray *
read_folder(CrlShelf *shelf, Problems *problems)
{
    GPtrArray *crls = g_ptr_array_new_with_free_func(drop_crl);
    GPtrArray *books = g_ptr_array_new_with_free_func(free_book);
    if (shelf->wish.index != NULL)
        map_indexes(shelf, books, problems);
    else if (shelf->wish.crls != NULL)
        read_lists(shelf, books, problems);
    for (guint i = 0; i < books->len; i++) {
        const Book *book = g_ptr_array_index(books, i);
        if (book->crl != NULL)
            g_ptr_array_add(crls, crl_ref(book->crl));
    }
    g_ptr_array_unref(shelf->books);
    shelf->books = books;
    keep_newer(shelf, crls, problems);
    if (shelf->wish.index != NULL || shelf->wish.crls != NULL)
        warn_uncovered(shelf, crls, problems);
    return crls;
}

/* --- in the background ------------------------------------------------- */

static CrlFile
view_folder(const CrlShelf *shelf)
{
    CrlFile folder;
    g_autofree char *indexes =
        shelf->wish.index != NULL
            ? g_build_filename(shelf->wish.index, shelf->wish.name, NULL)
            : NULL;
    const char *path = indexes != NULL ? indexes : shelf->wish.crls;
    if (path == NULL || !crl_stat(path, &folder))
        return (CrlFile){0};
    return folder;
}

static bool
is_settled(const CrlFile *folder)
{
    return g_get_real_time() - folder->modified / 1000 >= SETTLED_US;
}

static bool
differ(GPtrArray *a, GPtrArray *b)
{
    if (a->len != b->len)
        return true;
    for (guint i = 0; i < a->len; i++)
        if (!g_ptr_array_find(b, g_ptr_array_index(a, i), NULL))
            return true;
    return false;
}

/* What was told at the reading before is not told again. */
static void
tell(CrlShelf *shelf, const Problems *problems)
{
    GHashTable *told =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *line;
    for (unsigned i = 0; (line = problems_get(problems, i)) != NULL; i++) {
        if (!g_hash_table_contains(shelf->told, line) &&
            !g_hash_table_contains(told, line))
            log_event(LOG_LEVEL_WARNING, "crl", "trust", shelf->wish.name,
                      "problem", line, NULL);
        g_hash_table_add(told, g_strdup(line));
    }
    g_hash_table_unref(shelf->told);
    shelf->told = told;
}

static gpointer
renew(gpointer pointer)
{
    CrlShelf *shelf = pointer;
    g_autoptr(Problems) problems = problems_new();
    CrlFile folder = view_folder(shelf);
    bool settled = is_settled(&folder);
    /* Nobody else changes shelf->crls while we read. */
    GPtrArray *crls = read_folder(shelf, problems);
    tell(shelf, problems);
    g_mutex_lock(&shelf->lock);
    GPtrArray *old = shelf->crls;
    bool changed = differ(old, crls);
    shelf->crls = crls;
    shelf->folder = folder;
    shelf->settled = settled;
    shelf->generation += changed;
    shelf->reading = false;
    g_mutex_unlock(&shelf->lock);
    g_ptr_array_unref(old);
    return NULL;
}

/* Under lock. */
static bool
is_due(const CrlShelf *shelf, const CrlFile *folder)
{
    if (shelf->reading)
        return false;
    return !crl_is_file(folder, &shelf->folder) ||
           (!shelf->settled && is_settled(folder));
}

/* A file replaced by rename changes its folder, which is what sceau-crld and a
 * PKI's copy job do; one rewritten in place is seen by a reload. */
static void
notice(CrlShelf *shelf)
{
    if (shelf->wish.crls == NULL && shelf->wish.index == NULL)
        return;
    CrlFile folder = view_folder(shelf);
    GThread *done = NULL;
    g_mutex_lock(&shelf->lock);
    if (is_due(shelf, &folder)) {
        shelf->reading = true;
        done = shelf->thread;
        shelf->thread = g_thread_new("lists", renew, shelf);
    }
    g_mutex_unlock(&shelf->lock);
    /* It has let go of the lock for the last time already. */
    if (done != NULL)
        g_thread_join(done);
}

/* --- the shelf --------------------------------------------------------- */

CrlShelf *
crlshelf_new(const CrlShelfWish *wish, Problems *problems)
{
    CrlShelf *shelf = g_new0(CrlShelf, 1);
    shelf->wish = *wish;
    g_mutex_init(&shelf->lock);
    shelf->books = g_ptr_array_new_with_free_func(free_book);
    shelf->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    shelf->crls = g_ptr_array_new_with_free_func(drop_crl);
    shelf->folder = view_folder(shelf);
    shelf->settled = is_settled(&shelf->folder);
    GPtrArray *crls = read_folder(shelf, problems);
    g_ptr_array_unref(shelf->crls);
    shelf->crls = crls;
    return shelf;
}

void
crlshelf_free(CrlShelf *shelf)
{
    if (shelf == NULL)
        return;
    if (shelf->thread != NULL)
        g_thread_join(shelf->thread);
    g_ptr_array_unref(shelf->crls);
    g_ptr_array_unref(shelf->books);
    g_hash_table_unref(shelf->told);
    g_mutex_clear(&shelf->lock);
    g_free(shelf);
}

CrlVerdict
crlshelf_check(CrlShelf *shelf, const Certificate *certificate,
               const Certificate *issuer, gint64 now_s, Crl **judge)
{
    notice(shelf);
    const Crl *borrowed = NULL;
    g_mutex_lock(&shelf->lock);
    CrlVerdict verdict =
        crl_check(shelf->crls, certificate, issuer, now_s, &borrowed);
    *judge = borrowed != NULL ? crl_ref((Crl *)(guintptr)borrowed) : NULL;
    g_mutex_unlock(&shelf->lock);
    return verdict;
}

guint64
crlshelf_get_generation(CrlShelf *shelf)
{
    notice(shelf);
    g_mutex_lock(&shelf->lock);
    guint64 generation = shelf->generation;
    g_mutex_unlock(&shelf->lock);
    return generation;
}

GPtrArray *
crlshelf_list(CrlShelf *shelf)
{
    GPtrArray *crls = g_ptr_array_new_with_free_func(drop_crl);
    g_mutex_lock(&shelf->lock);
    for (guint i = 0; i < shelf->crls->len; i++)
        g_ptr_array_add(crls, crl_ref(g_ptr_array_index(shelf->crls, i)));
    g_mutex_unlock(&shelf->lock);
    return crls;
}
