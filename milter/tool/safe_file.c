/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe file: files that others read while we write, whole or not at all. */
#include "tool/safe_file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NAME 128

static bool
fail(const char *path, const char *what, GError **error)
{
    error_set(error, ERROR_CONFIG, "%s: cannot be %s: %s", path, what,
              g_strerror(errno));
    return false;
}

/* A name that is not on the disk can be lost with the power. */
static bool
sync_folder(const char *folder, GError **error)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (!good)
        (void)fail(folder, "synced", error);
    if (fd >= 0)
        (void)close(fd);
    return good;
}

static bool
write_all(int fd, const char *text)
{
    gsize left = strlen(text);
    while (left > 0) {
        ssize_t done = write(fd, text, left);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text += done;
        left -= (gsize)done;
    }
    return true;
}

bool
safe_file_write(const char *folder, const char *name, const char *text,
                mode_t mode, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    /* The dot keeps it out of every folder's list. */
    g_autofree char *made = g_build_filename(folder, ".new-XXXXXX", NULL);
    int fd = g_mkstemp_full(made, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path, "written", error);
    bool good = write_all(fd, text) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good && rename(made, path) == 0)
        return sync_folder(folder, error);
    (void)fail(path, "written", error);
    (void)g_unlink(made);
    return false;
}

bool
safe_file_remove(const char *path, GError **error)
{
    if (g_unlink(path) != 0)
        return fail(path, "removed", error);
    g_autofree char *folder = g_path_get_dirname(path);
    return sync_folder(folder, error);
}

char *
safe_file_make_name(const char *text)
{
    char *name = g_strndup(text, MAX_NAME);
    for (char *c = name; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && strchr("@._+-", *c) == NULL)
            *c = '_';
    if (*name == '.')
        *name = '_';
    return name;
}
