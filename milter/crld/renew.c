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

#define NAME_DIGITS     24
#define MIN_WAIT_S      300
#define MAX_WAIT_S      86400
#define FIRST_FAILURE_S 60
#define MAX_FAILURE_S   3600

char *
renew_get_path(const char *folder, const char *url)
{
    g_autofree char *digest =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, url, -1);
    return g_strdup_printf("%s/fetched-%.*s.crl", folder, NAME_DIGITS, digest);
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

static bool
fetch_and_place(const RenewWish *wish, int fd, const char *file,
                gint64 *next_update_s, char **text, GError **error)
{
    g_autofree char *path = renew_get_path(wish->folder, wish->url);
    if (!fetch_write(wish->url, &wish->limits, fd, error))
        return false;
    g_autoptr(Crl) crl = accept_list(wish, file, path, error);
    if (crl == NULL || !place(fd, file, path, error))
        return false;
    *next_update_s = crl_get_next_update(crl);
    *text = crl_describe(crl);
    return true;
}

bool
renew_list(const RenewWish *wish, gint64 *next_update_s, char **text,
           GError **error)
{
    /* Names with a dot are no lists to whoever reads the folder. */
    g_autofree char *file = g_strdup_printf("%s/.fetch-XXXXXX", wish->folder);
    int fd = mkostemp(file, O_CLOEXEC);
    if (fd < 0) {
        error_set(error, ERROR_CONFIG, "%s cannot be written to: %s",
                  wish->folder, g_strerror(errno));
        return false;
    }
    bool good = fetch_and_place(wish, fd, file, next_update_s, text, error);
    (void)g_unlink(file);
    close(fd);
    return good;
}
