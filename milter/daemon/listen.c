/* SPDX-License-Identifier: BSD-2-Clause */
/* Listen: the socket by which the MTA reaches us, and who else could. */
#include "daemon/listen.h"

#include "base/error.h"
#include "base/localsocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

/* Where a listening descriptor is looked for: few are open at start. */
#define MAX_DESCRIPTOR 256

bool
listen_is_inet(const char *socket)
{
    return g_str_has_prefix(socket, "inet:") ||
           g_str_has_prefix(socket, "inet6:");
}

/* The path of "unix:/path" or "local:/path", else NULL. Borrowed. */
static const char *
get_path(const char *text)
{
    const char *path = NULL;
    if (g_str_has_prefix(text, "unix:"))
        path = text + strlen("unix:");
    else if (g_str_has_prefix(text, "local:"))
        path = text + strlen("local:");
    return path != NULL && *path == '/' ? path : NULL;
}

/* --- what is written --------------------------------------------------- */

static bool
is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (g_ascii_strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool
check_inet(const GeneralSettings *general, GError **error)
{
    const char *text = strchr(general->socket, ':') + 1;
    const char *at = strchr(text, '@');
    guint64 port = 0;
    g_autofree char *digits =
        at != NULL ? g_strndup(text, (gsize)(at - text)) : g_strdup(text);
    if (!g_ascii_string_to_unsigned(digits, 10, 1, 65535, &port, NULL)) {
        error_set(error, ERROR_CONFIG,
                  "socket: \"%s\" should be inet:PORT@HOST", general->socket);
        return false;
    }
    if ((at != NULL && is_loopback(at + 1)) || general->sign_on_inet)
        return true;
    error_set(error, ERROR_CONFIG,
              "socket: %s can be reached from other hosts, and whoever reaches "
              "it can claim any login; use a unix socket, or a loopback "
              "address, or set sign-on-inet = yes",
              general->socket);
    return false;
}

static bool
read_mode(const GeneralSettings *general, mode_t *mode, GError **error)
{
    guint64 value = 0;
    if (g_ascii_string_to_unsigned(general->socket_mode, 8, 0, 0777, &value,
                                   NULL) &&
        (value & 0600) == 0600 && (value & 0007) == 0) {
        *mode = (mode_t)value;
        return true;
    }
    error_set(error, ERROR_CONFIG,
              "socket-mode: \"%s\" should be an octal mode that gives nothing "
              "to others, such as 0660",
              general->socket_mode);
    return false;
}

/* Whoever may enter the directory may speak to us: the MTA's group alone. */
static bool
check_directory(const char *path, const Privileges *privileges, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    struct stat about;
    if (stat(dir, &about) != 0) {
        error_set(error, ERROR_CONFIG,
                  "the socket's directory %s cannot be used: %s", dir,
                  g_strerror(errno));
        return false;
    }
    if (!S_ISDIR(about.st_mode)) {
        error_set(error, ERROR_CONFIG, "%s is no directory", dir);
        return false;
    }
    if ((about.st_mode & 0007) != 0) {
        error_set(error, ERROR_CONFIG,
                  "the socket's directory %s is open to all users (mode %04o): "
                  "whoever reaches the socket can claim any login; use 0750 "
                  "and the MTA's group",
                  dir, (unsigned)(about.st_mode & 07777));
        return false;
    }
    if (about.st_uid == 0 || about.st_uid == privileges->uid)
        return true;
    error_set(error, ERROR_CONFIG,
              "the socket's directory %s belongs to user %u, neither to root "
              "nor to sceaud's user",
              dir, (unsigned)about.st_uid);
    return false;
}

static bool
check_unix(const GeneralSettings *general, const Privileges *privileges,
           GError **error)
{
    const char *path = get_path(general->socket);
    mode_t mode = 0;
    if (path == NULL) {
        error_set(error, ERROR_CONFIG,
                  "socket: \"%s\" should be unix:/path or inet:PORT@HOST",
                  general->socket);
        return false;
    }
    if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        error_set(error, ERROR_CONFIG, "socket: %s is too long a path", path);
        return false;
    }
    return read_mode(general, &mode, error) &&
           check_directory(path, privileges, error);
}

bool
listen_check(const GeneralSettings *general, const Privileges *privileges,
             GError **error)
{
    return listen_is_inet(general->socket)
               ? check_inet(general, error)
               : check_unix(general, privileges, error);
}

/* --- opening ----------------------------------------------------------- */

/* libmilter sends a macro packet and a command as two small writes: without
 * this each message waits for a delayed acknowledgement. The
 * option is inherited by what the listener accepts. */
static void
set_no_delay(void)
{
    for (int fd = 3; fd < MAX_DESCRIPTOR; fd++) {
        int listens = 0;
        socklen_t size = sizeof listens;
        int yes = 1;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
            listens != 0)
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
}

static bool
open_in_libmilter(const GeneralSettings *general, GError **error)
{
    g_autofree char *connection = g_strdup(general->socket);
    errno = 0;
    if (smfi_setconn(connection) == MI_SUCCESS &&
        smfi_opensocket(true) == MI_SUCCESS)
        return true;
    error_set(error, ERROR_CONFIG, "cannot listen on %s: %s", general->socket,
              errno != 0 ? g_strerror(errno) : "libmilter refuses it");
    return false;
}

bool
listen_open(const GeneralSettings *general, const Privileges *privileges,
            GError **error)
{
    if (!listen_check(general, privileges, error))
        return false;
    if (listen_is_inet(general->socket)) {
        if (!open_in_libmilter(general, error))
            return false;
        set_no_delay();
        return true;
    }
    const char *path = get_path(general->socket);
    mode_t mode = 0;
    if (!read_mode(general, &mode, error) ||
        !localsocket_check_free(path, "socket", error))
        return false;
    /* The umask gives the mode at once; a chmod afterwards could be led
     * astray by a link. */
    mode_t before = umask(0777 & ~mode);
    bool opened = open_in_libmilter(general, error);
    (void)umask(before);
    if (!opened)
        return false;
    if (lchown(path, (uid_t)-1, privileges->socket_group) == 0)
        return true;
    error_set(error, ERROR_CONFIG,
              "the socket %s cannot be given to group %u (is sceaud's user in "
              "socket-group?): %s",
              path, (unsigned)privileges->socket_group, g_strerror(errno));
    (void)unlink(path);
    return false;
}

void
listen_close(const GeneralSettings *general)
{
    const char *path = get_path(general->socket);
    if (path != NULL)
        (void)unlink(path); /* root's directory: the next start replaces it */
}
