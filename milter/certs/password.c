/* SPDX-License-Identifier: BSD-2-Clause */
/* Password: the file that holds our account's in a directory. */
#include "certs/password.h"

#include "base/error.h"

#include <string.h>
#include <sys/stat.h>

#define MAX_PASSWORD_BYTES 1024

char *
password_load(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & 0007) != 0) {
        error_set(error, ERROR_CONFIG, "password file %s is open to others",
                  path);
        return NULL;
    }
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        error_set(error, ERROR_CONFIG, "%s", cause->message);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    /* RFC 4513 5.1.2: a name without password is an anonymous bind that
     * succeeds. */
    if (*text == '\0' || strlen(text) > MAX_PASSWORD_BYTES) {
        error_set(error, ERROR_CONFIG, "password file %s is empty", path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

void
password_check(const DirectorySettings *settings, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *password =
        password_load(settings->bind_password_file, &error);
    if (password == NULL) {
        problems_add(problems, &settings->head.at, "directory %s: %s",
                     settings->head.name, error->message);
        return;
    }
    explicit_bzero(password, strlen(password));
}
