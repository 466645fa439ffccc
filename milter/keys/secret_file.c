/* SPDX-License-Identifier: BSD-2-Clause */
/* Secret files: read only when nobody else can. */
#include "keys/secret_file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES (1024 * 1024)

void
secret_file_free(Secret *secret)
{
    if (secret == NULL)
        return;
    OPENSSL_clear_free(secret->bytes, secret->size + 1);
    g_free(secret);
}

static bool
check_owner(const char *path, const struct stat *status, GError **error)
{
    if (geteuid() == 0 || status->st_uid == 0 || status->st_uid == geteuid())
        return true;
    error_set(error, ERROR_CONFIG, "%s: owned by user %u, neither root nor us",
              path, (unsigned)status->st_uid);
    return false;
}

static bool
check_status(const char *path, const struct stat *status, GError **error)
{
    mode_t open_to = status->st_mode & (status->st_uid == 0 ? 0037 : 0077);
    if (!S_ISREG(status->st_mode)) {
        error_set(error, ERROR_CONFIG, "%s: not a regular file", path);
        return false;
    }
    if (open_to != 0) {
        error_set(error, ERROR_CONFIG,
                  "%s: others may read or write it (mode %04o): chmod 0600, "
                  "or 0640 owned by root",
                  path, (unsigned)(status->st_mode & 07777));
        return false;
    }
    if (!check_owner(path, status, error))
        return false;
    if (status->st_size > MAX_BYTES) {
        error_set(error, ERROR_CONFIG, "%s: larger than 1 MiB", path);
        return false;
    }
    return true;
}

static bool
read_all(int fd, Secret *secret)
{
    gsize have = 0;
    while (have < secret->size) {
        ssize_t got = read(fd, secret->bytes + have, secret->size - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        have += (gsize)got;
    }
    return true;
}

static Secret *
load(int fd, const char *path, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        error_set(error, ERROR_CONFIG, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    if (!check_status(path, &status, error))
        return NULL;
    g_autoptr(Secret) secret = g_new0(Secret, 1);
    secret->size = (gsize)status.st_size;
    secret->bytes = OPENSSL_zalloc(secret->size + 1);
    if (secret->bytes == NULL || !read_all(fd, secret)) {
        error_set(error, ERROR_CONFIG, "%s: cannot be read", path);
        return NULL;
    }
    return g_steal_pointer(&secret);
}

Secret *
secret_file_load(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        error_set(error, ERROR_CONFIG, "%s: %s", path,
                  errno == ELOOP ? "is a symbolic link" : g_strerror(errno));
        return NULL;
    }
    Secret *secret = load(fd, path, error);
    close(fd);
    return secret;
}

Secret *
secret_file_load_line(const char *path, GError **error)
{
    Secret *secret = secret_file_load(path, error);
    if (secret != NULL)
        secret->bytes[strcspn(secret->bytes, "\r\n")] = '\0';
    return secret;
}

bool
secret_file_check_folder(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        error_set(error, ERROR_CONFIG, "%s: %s", path, g_strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        error_set(error, ERROR_CONFIG, "%s: not a folder", path);
        return false;
    }
    if ((status.st_mode & 0022) != 0) {
        error_set(error, ERROR_CONFIG,
                  "%s: others can put keys into it (mode %04o): chmod go-w",
                  path, (unsigned)(status.st_mode & 07777));
        return false;
    }
    return check_owner(path, &status, error);
}
