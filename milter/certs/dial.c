/* SPDX-License-Identifier: BSD-2-Clause */
/* Dial: a connected socket for an LDAP URI, within a deadline. */
#include "certs/dial.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <ldap.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
wait_connected(int fd, gint64 deadline_us)
{
    for (;;) {
        gint64 left_us = deadline_us - clock_monotonic_us();
        struct pollfd wanted = {.fd = fd, .events = POLLOUT};
        int got = left_us > 0 ? poll(&wanted, 1, (int)(left_us / 1000) + 1) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? ETIMEDOUT : errno;
        int fault = 0;
        socklen_t size = sizeof fault;
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size);
        return fault;
    }
}

/* A dead peer is noticed while a connection lies idle. */
static void
keep_alive(int fd)
{
    const int yes = 1, idle_s = 60, interval_s = 10, count = 3;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

/* 0, or the errno of the failure. */
static int
connect_fd(int fd, const struct sockaddr *address, socklen_t size,
           gint64 deadline_us)
{
    int fault = connect(fd, address, size) == 0 ? 0 : errno;
    if (fault == EINPROGRESS)
        fault = wait_connected(fd, deadline_us);
    if (fault == 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fault;
}

static int
open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int
fail(const char *uri, const char *reason, GError **error)
{
    error_set(error, ERROR_TEMPORARY, "no connection to %s: %s", uri, reason);
    return -1;
}

static int
dial_unix(const char *uri, const char *path, gint64 deadline_us, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || *path == '\0')
        path = "/var/run/slapd/ldapi";
    if (strlen(path) >= sizeof address.sun_path)
        return fail(uri, "the path is too long", error);
    memcpy(address.sun_path, path, strlen(path));
    int fd = open_socket(AF_UNIX);
    if (fd < 0)
        return fail(uri, g_strerror(errno), error);
    int fault = connect_fd(fd, (const struct sockaddr *)&address,
                           sizeof address, deadline_us);
    if (fault == 0)
        return fd;
    close(fd);
    return fail(uri, g_strerror(fault), error);
}

static int
dial_addresses(const char *uri, const struct addrinfo *list, gint64 deadline_us,
               GError **error)
{
    int fault = EADDRNOTAVAIL;
    for (; list != NULL; list = list->ai_next) {
        int fd = open_socket(list->ai_family);
        if (fd < 0)
            continue;
        fault = connect_fd(fd, list->ai_addr, list->ai_addrlen, deadline_us);
        if (fault == 0) {
            keep_alive(fd);
            return fd;
        }
        close(fd);
    }
    return fail(uri, g_strerror(fault), error);
}

/* A question for the name service, shared with the thread that asks it: that
 * one may stay behind. */
typedef struct {
    gint references;
    GMutex lock;
    GCond done;
    bool finished;
    char *host;
    char *service;
    int got; /* as getaddrinfo */
    struct addrinfo *list;
} Resolution;

static void
unref_resolution(Resolution *resolution)
{
    if (!g_atomic_int_dec_and_test(&resolution->references))
        return;
    if (resolution->list != NULL)
        freeaddrinfo(resolution->list);
    g_mutex_clear(&resolution->lock);
    g_cond_clear(&resolution->done);
    g_free(resolution->host);
    g_free(resolution->service);
    g_free(resolution);
}

static gpointer
resolve(gpointer pointer)
{
    Resolution *resolution = pointer;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    int got = getaddrinfo(resolution->host, resolution->service, &hints, &list);
    g_mutex_lock(&resolution->lock);
    resolution->got = got;
    resolution->list = got == 0 ? list : NULL;
    resolution->finished = true;
    g_cond_signal(&resolution->done);
    g_mutex_unlock(&resolution->lock);
    unref_resolution(resolution);
    return NULL;
}

/* NULL: the name service has not answered in time. */
static Resolution *
start_resolution(const char *host, const char *service, gint64 deadline_us)
{
    Resolution *resolution = g_new0(Resolution, 1);
    resolution->references = 2;
    g_mutex_init(&resolution->lock);
    g_cond_init(&resolution->done);
    resolution->host = g_strdup(host);
    resolution->service = g_strdup(service);
    g_thread_unref(g_thread_new("resolve", resolve, resolution));
    g_mutex_lock(&resolution->lock);
    while (!resolution->finished &&
           g_cond_wait_until(&resolution->done, &resolution->lock, deadline_us))
        ;
    bool finished = resolution->finished;
    g_mutex_unlock(&resolution->lock);
    if (finished)
        return resolution;
    unref_resolution(resolution);
    return NULL;
}

static int
dial_host(const char *uri, const LDAPURLDesc *url, gint64 deadline_us,
          GError **error)
{
    int port = url->lud_port;
    if (port == 0)
        port = strcmp(url->lud_scheme, "ldaps") == 0 ? 636 : 389;
    g_autofree char *service = g_strdup_printf("%d", port);
    Resolution *found = start_resolution(url->lud_host, service, deadline_us);
    if (found == NULL)
        return fail(uri, "the name service does not answer", error);
    int fd = found->got == 0
                 ? dial_addresses(uri, found->list, deadline_us, error)
                 : fail(uri, gai_strerror(found->got), error);
    unref_resolution(found);
    return fd;
}

int
dial_open(const char *uri, gint64 deadline_us, GError **error)
{
    LDAPURLDesc *url = NULL;
    if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS) {
        error_set(error, ERROR_CONFIG, "%s is no LDAP address", uri);
        return -1;
    }
    int fd = strcmp(url->lud_scheme, "ldapi") == 0
                 ? dial_unix(uri, url->lud_host, deadline_us, error)
                 : dial_host(uri, url, deadline_us, error);
    ldap_free_urldesc(url);
    return fd;
}
