/* SPDX-License-Identifier: BSD-2-Clause */
/* Localsocket: a name in the file system that a program listens on. */
#include "base/localsocket.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool
localsocket_fill(struct sockaddr_un *address, const char *path)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    return g_strlcpy(address->sun_path, path, sizeof address->sun_path) <
           sizeof address->sun_path;
}

/* Whether somebody answers there. */
static bool
is_alive(const char *path)
{
    struct sockaddr_un address;
    if (!localsocket_fill(&address, path))
        return true; /* could not ask */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true;
    int result = connect(fd, (const struct sockaddr *)&address, sizeof address);
    int reason = errno;
    (void)close(fd);
    return result == 0 || (reason != ECONNREFUSED && reason != ENOENT);
}

bool
localsocket_check_free(const char *path, const char *setting, GError **error)
{
    struct stat about;
    if (lstat(path, &about) != 0)
        return true; /* nothing there, or bind will say why not */
    if (!S_ISSOCK(about.st_mode)) {
        error_set(error, ERROR_CONFIG, "%s: %s is there and is no socket",
                  setting, path);
        return false;
    }
    if (!is_alive(path))
        return true;
    error_set(error, ERROR_TEMPORARY,
              "%s: %s is already in use, is sceaud running?", setting, path);
    return false;
}
