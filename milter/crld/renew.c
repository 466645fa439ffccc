/* SPDX-License-Identifier: BSD-2-Clause */
/* Renew: one revocation list, fetched, checked, and put where sceaud reads. */
#include "crld/renew.h"

#include "base/clock.h"
#include "base/error.h"
#include "certs/crl.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RENEW_PREFIX    ".fetch-"
#define NAME_DIGITS     24
#define MIN_WAIT_S      300
#define MAX_WAIT_S      86400
#define FIRST_FAILURE_S 60
#define MAX_FAILURE_S   3600

char *
renew_get_path(const char *folder, const char *url, guint at)
{
    g_autofree char *suffix =
        at > 0 ? g_strdup_printf("-%u", at) : g_strdup("");
    g_autofree char *digest =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, url, -1);
    return g_strdup_printf("%s/fetched-%.*s%s.crl", folder, NAME_DIGITS, digest,
                           suffix);
}

gint64
renew_choose_wait(gint64 left_s, unsigned failures)
{
    gint64 wait_s = CLAMP(left_s / 2, MIN_WAIT_S, MAX_WAIT_S);
    if (failures > 0)
        wait_s =
            MIN((gint64)FIRST_FAILURE_S << MIN(failures - 1, 6), MAX_FAILURE_S);
    gint32 tenth = (gint32)(wait_s / 10);
    return wait_s + g_random_int_range(-tenth, tenth + 1);
}

/* --- checking ---------------------------------------------------------- */

static bool
is_same_file(const char *a, const char *b)
{
    g_autoptr(GMappedFile) left = g_mapped_file_new(a, FALSE, NULL);
    g_autoptr(GMappedFile) right = g_mapped_file_new(b, FALSE, NULL);
    if (left == NULL || right == NULL)
        return false;
    g_autoptr(GBytes) ours = g_mapped_file_get_bytes(left);
    g_autoptr(GBytes) theirs = g_mapped_file_get_bytes(right);
    return g_bytes_equal(ours, theirs);
}

/* The list in file, which may take the place of the one at path. */
static Crl *
accept_list(const RenewWish *wish, const char *file, const char *path,
            GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(Crl) crl = crl_load(file, wish->issuers, &cause);
    if (crl == NULL) {
        const char *why = cause != NULL ? cause->message : "";
        /* The file's name tells nobody anything. */
        if (g_str_has_prefix(why, file))
            why += strlen(file) + strlen(": ");
        error_set(error, ERROR_CONFIG, "%s: %s", wish->url,
                  cause != NULL ? why : "is of no CA of its trust set");
        return NULL;
    }
    if (clock_now() >= crl_get_next_update(crl)) {
        error_set(error, ERROR_TEMPORARY, "%s: is past its date", wish->url);
        return NULL;
    }
    /* The one before may be of a CA that has gone: it binds nobody then. */
    g_autoptr(Crl) before = crl_load(path, wish->issuers, NULL);
    if (before != NULL && crl_is_behind(crl, before)) {
        error_set(error, ERROR_TEMPORARY,
                  "%s: its number is smaller than that of the list before",
                  wish->url);
        return NULL;
    }
    return g_steal_pointer(&crl);
}

/* --- placing ----------------------------------------------------------- */

static bool
place(int fd, const char *file, const char *path, GError **error)
{
    if (is_same_file(file, path))
        return true;
    if (fchmod(fd, 0644) == 0 && fsync(fd) == 0 && g_rename(file, path) == 0)
        return true;
    error_set(error, ERROR_CONFIG, "%s cannot be written: %s", path,
              g_strerror(errno));
    return false;
}

/* Room for a list that is coming. -1 with *error. */
static int
open_file(const RenewWish *wish, char **file, GError **error)
{
    /* Names with a dot are no lists to whoever reads the folder. */
    *file = g_strdup_printf("%s/" RENEW_PREFIX "XXXXXX", wish->folder);
    int fd = mkostemp(*file, O_CLOEXEC);
    if (fd < 0)
        error_set(error, ERROR_CONFIG, "%s cannot be written to: %s",
                  wish->folder, g_strerror(errno));
    return fd;
}

static bool
write_bytes(const RenewWish *wish, int fd, GBytes *bytes, GError **error)
{
    gsize left = 0;
    const guchar *cursor = g_bytes_get_data(bytes, &left);
    while (left > 0) {
        ssize_t done = write(fd, cursor, left);
        if (done <= 0) {
            error_set(error, ERROR_CONFIG, "%s cannot be written to: %s",
                      wish->folder, g_strerror(errno));
            return false;
        }
        cursor += done;
        left -= (gsize)done;
    }
    return true;
}

/* One list, from the web (bytes NULL) or out of a directory's entry. */
static bool
renew_one(const RenewWish *wish, guint at, GBytes *bytes, Crl **crl,
          GError **error)
{
    g_autofree char *file = NULL;
    g_autofree char *path = renew_get_path(wish->folder, wish->url, at);
    int fd = open_file(wish, &file, error);
    if (fd < 0)
        return false;
    bool good = bytes != NULL
                    ? write_bytes(wish, fd, bytes, error)
                    : fetch_write(wish->url, &wish->limits, fd, error);
    *crl = good ? accept_list(wish, file, path, error) : NULL;
    good = *crl != NULL && place(fd, file, path, error);
    (void)g_unlink(file);
    close(fd);
    return good;
}

static void
add_result(const Crl *crl, gint64 *next_update_s, GString *text)
{
    gint64 next_s = crl_get_next_update(crl);
    g_autofree char *line = crl_describe(crl);
    /* The name that it had while it came tells nobody anything. */
    char *name = g_strrstr(line, ", from ");
    if (name != NULL)
        *name = '\0';
    *next_update_s = *next_update_s == 0 ? next_s : MIN(*next_update_s, next_s);
    g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "", line);
}

/* Those that can be used are, whatever the others are; the first fault is
 * told. */
static bool
renew_all(const RenewWish *wish, gint64 *next_update_s, GString *text,
          GError **error)
{
    g_autoptr(GPtrArray) lists =
        crldirectory_fetch(&wish->directory, wish->url, error);
    bool good = lists != NULL;
    for (guint i = 0; lists != NULL && i < lists->len; i++) {
        g_autoptr(Crl) crl = NULL;
        if (renew_one(wish, i, g_ptr_array_index(lists, i), &crl,
                      good ? error : NULL))
            add_result(crl, next_update_s, text);
        else
            good = false;
    }
    return good;
}

bool
renew_list(const RenewWish *wish, gint64 *next_update_s, char **text,
           GError **error)
{
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(Crl) crl = NULL;
    *next_update_s = 0;
    bool good = crldirectory_is_url(wish->url)
                    ? renew_all(wish, next_update_s, told, error)
                    : renew_one(wish, 0, NULL, &crl, error);
    if (crl != NULL && good)
        add_result(crl, next_update_s, told);
    *text = good ? g_strdup(told->str) : NULL;
    return good;
}

void
renew_clean(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *left = g_build_filename(folder, name, NULL);
        if (g_str_has_prefix(name, RENEW_PREFIX))
            (void)g_unlink(left);
    }
}
