/* SPDX-License-Identifier: BSD-2-Clause */
/* Server: where the relay listens, and the way there. */
#include "relay/server.h"

#include "base/clock.h"
#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
/* How often a unix socket whose queue is full is tried again. */
#define FULL_QUEUE_PAUSE_MS 20

static int
fail(const char *server, ErrorClass class, const char *what, GError **error)
{
    error_set(error, class, "relay %s: %s", server, what);
    return -1;
}

/* --- reading ----------------------------------------------------------- */

bool
server_is_unix(const char *server)
{
    return g_str_has_prefix(server, UNIX_PREFIX);
}

char *
server_get_host(const char *server)
{
    const char *colon = strrchr(server, ':');
    if (server_is_unix(server) || colon == NULL)
        return NULL;
    gsize length = (gsize)(colon - server);
    if (length > 2 && server[0] == '[' && server[length - 1] == ']')
        return g_strndup(server + 1, length - 2);
    return g_strndup(server, length);
}

/* NULL when it is no numeric address and port. */
static struct addrinfo *
read_address(const char *server)
{
    g_autofree char *host = server_get_host(server);
    if (host == NULL || *host == '\0')
        return NULL;
    const char *port = strrchr(server, ':') + 1;
    /* Without its brackets an IPv6 address could end in the port. */
    if (strchr(host, ':') != NULL && server[0] != '[')
        return NULL;
    if (strlen(port) > 5 || strspn(port, "0123456789") != strlen(port) ||
        g_ascii_strtoull(port, NULL, 10) - 1 >= 65535)
        return NULL;
    const char *number = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    return getaddrinfo(number, port, &hints, &list) == 0 ? list : NULL;
}

static bool
read_path(const char *server, struct sockaddr_un *address)
{
    const char *path = server + strlen(UNIX_PREFIX);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (*path != '/' || strlen(path) >= sizeof address->sun_path)
        return false;
    memcpy(address->sun_path, path, strlen(path));
    return true;
}

bool
server_is_valid(const char *server)
{
    struct sockaddr_un path;
    if (server_is_unix(server))
        return read_path(server, &path);
    struct addrinfo *list = read_address(server);
    if (list == NULL)
        return false;
    freeaddrinfo(list);
    return true;
}

static bool
is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    return memcmp(&v6.sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) ==
           0;
}

bool
server_is_local(const char *server)
{
    if (server_is_unix(server))
        return true;
    struct addrinfo *list = read_address(server);
    if (list == NULL)
        return false;
    bool local = is_loopback(list->ai_addr);
    freeaddrinfo(list);
    return local;
}

/* --- waiting ----------------------------------------------------------- */

bool
server_wait(const char *server, int fd, short events, gint64 deadline_us,
            GError **error)
{
    for (;;) {
        gint64 left_us = deadline_us - clock_monotonic_us();
        if (left_us <= 0)
            return fail(server, ERROR_TEMPORARY, "no answer in time", error) >=
                   0;
        struct pollfd wanted = {.fd = fd, .events = events};
        int got = poll(&wanted, 1, (int)MIN(left_us / 1000 + 1, G_MAXINT));
        if (got > 0)
            return true;
        if (got < 0 && errno != EINTR)
            return fail(server, ERROR_TEMPORARY, g_strerror(errno), error) >= 0;
    }
}

/* --- connecting -------------------------------------------------------- */

/* Rights do not mend themselves: the administrator has to act. */
static int
fail_to_connect(const char *server, int fault, GError **error)
{
    if (fault == EACCES || fault == EPERM)
        return fail(server, ERROR_CONFIG,
                    "permission denied; the user of sceaud must be in the "
                    "MTA's group (on Postfix: groups = postdrop)",
                    error);
    return fail(server, ERROR_TEMPORARY, g_strerror(fault), error);
}

/* 0 when connected, an errno, or -1 with error set. */
static int
try_connect(const char *server, int fd, const struct sockaddr *address,
            socklen_t size, gint64 deadline_us, GError **error)
{
    if (connect(fd, address, size) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    if (!server_wait(server, fd, POLLOUT, deadline_us, error))
        return -1;
    int fault = 0;
    socklen_t fault_size = sizeof fault;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &fault_size) != 0)
        return errno;
    return fault;
}

/* unix(7): EAGAIN means that the listener's queue is full, and that nothing
 * was begun. */
static int
connect_in_time(const char *server, int fd, const struct sockaddr *address,
                socklen_t size, gint64 deadline_us, GError **error)
{
    for (;;) {
        int fault = try_connect(server, fd, address, size, deadline_us, error);
        if (fault != EAGAIN)
            return fault;
        if (clock_monotonic_us() >= deadline_us)
            return fail(server, ERROR_TEMPORARY, "no answer in time", error);
        (void)poll(NULL, 0, FULL_QUEUE_PAUSE_MS);
    }
}

static int
connect_to(const char *server, const struct sockaddr *address, socklen_t size,
           gint64 deadline_us, GError **error)
{
    int fd = socket(address->sa_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(server, ERROR_TEMPORARY, g_strerror(errno), error);
    int one = 1;
    if (address->sa_family != AF_UNIX)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int fault = connect_in_time(server, fd, address, size, deadline_us, error);
    if (fault == 0)
        return fd;
    close(fd);
    return fault < 0 ? -1 : fail_to_connect(server, fault, error);
}

int
server_connect(const char *server, gint64 deadline_us, GError **error)
{
    struct sockaddr_un path;
    if (server_is_unix(server) && read_path(server, &path))
        return connect_to(server, (const struct sockaddr *)&path, sizeof path,
                          deadline_us, error);
    struct addrinfo *list = read_address(server);
    if (list == NULL)
        return fail(server, ERROR_CONFIG,
                    "neither unix:/path nor address:port (names are not "
                    "looked up)",
                    error);
    int fd =
        connect_to(server, list->ai_addr, list->ai_addrlen, deadline_us, error);
    freeaddrinfo(list);
    return fd;
}
