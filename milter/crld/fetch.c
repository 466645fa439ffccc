/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetch: a file from a web server that nobody vouches for. */
#include "crld/fetch.h"

#include "base/error.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define MAX_REDIRECTS   3L
#define CONNECT_MS      10000L
#define MIN_BYTES_PER_S 1000L
#define SLOW_FOR_S      20L

/* --- addresses --------------------------------------------------------- */

/* RFC 6890 and successors: what is not for everybody. */
static bool
is_public_v4(guint32 address)
{
    static const struct {
        guint32 network;
        unsigned bits;
    } rows[] = {
        {0x00000000, 8},  /* this network */
        {0x0A000000, 8},  /* private */
        {0x64400000, 10}, /* shared by a provider's customers */
        {0x7F000000, 8},  /* loopback */
        {0xA9FE0000, 16}, /* link-local; clouds' metadata */
        {0xAC100000, 12}, /* private */
        {0xC0000000, 24}, /* protocol assignments */
        {0xC0A80000, 16}, /* private */
        {0xC6120000, 15}, /* benchmarks */
        {0xE0000000, 3},  /* groups, reserved, broadcast */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((address ^ rows[i].network) >> (32 - rows[i].bits) == 0)
            return false;
    return true;
}

/* Global unicast is 2000::/3; what wraps an IPv4 address is not taken. */
static bool
is_public_v6(const struct in6_addr *address)
{
    const guchar *bytes = address->s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        guint32 inner;
        memcpy(&inner, bytes + 12, sizeof inner);
        return is_public_v4(ntohl(inner));
    }
    bool global = (bytes[0] & 0xE0) == 0x20;
    bool sixtofour = bytes[0] == 0x20 && bytes[1] == 0x02;
    bool teredo =
        bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0;
    return global && !sixtofour && !teredo;
}

bool
fetch_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return is_public_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return is_public_v6(&v6.sin6_addr);
    }
    return false;
}

/* --- one transfer ------------------------------------------------------ */

typedef struct {
    const FetchLimits *limits;
    int fd;
    guint64 written;
    const char *fault; /* ours; NULL: libcurl's own */
} Transfer;

static curl_socket_t
open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    Transfer *transfer = data;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        (!transfer->limits->private_too && !fetch_is_public(&address->addr))) {
        transfer->fault = "its address is a private one (crl-private allows "
                          "those)";
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

static size_t
take_bytes(char *bytes, size_t size, size_t count, void *data)
{
    Transfer *transfer = data;
    size_t left = size * count;
    if (left > transfer->limits->max_bytes - transfer->written) {
        transfer->fault = "it is too large";
        return 0;
    }
    while (left > 0) {
        ssize_t done = write(transfer->fd, bytes, left);
        if (done <= 0) {
            transfer->fault = "it cannot be written: is the disk full?";
            return 0;
        }
        bytes += done;
        left -= (size_t)done;
        transfer->written += (guint64)done;
    }
    return size * count;
}

static int
look_up(void *data, curl_off_t total, curl_off_t now, curl_off_t up_total,
        curl_off_t up_now)
{
    Transfer *transfer = data;
    (void)total;
    (void)now;
    (void)up_total;
    (void)up_now;
    if (transfer->limits->stop == NULL || !transfer->limits->stop())
        return 0;
    transfer->fault = "stopped";
    return 1;
}

static bool
set_options(CURL *curl, const char *url, Transfer *transfer)
{
    const FetchLimits *limits = transfer->limits;
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAXREDIRS, MAX_REDIRECTS) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                            (long)limits->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, MIN_BYTES_PER_S) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SLOW_FOR_S) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE,
                            (curl_off_t)limits->max_bytes) == CURLE_OK;
}

static bool
set_callbacks(CURL *curl, Transfer *transfer, char *text)
{
    return curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer) == CURLE_OK;
}

bool
fetch_write(const char *url, const FetchLimits *limits, int fd, GError **error)
{
    Transfer transfer = {.limits = limits, .fd = fd};
    char text[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();
    CURLcode code = CURLE_FAILED_INIT;
    if (curl != NULL && set_options(curl, url, &transfer) &&
        set_callbacks(curl, &transfer, text))
        code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK)
        return true;
    const char *why = transfer.fault;
    if (why == NULL && code == CURLE_FILESIZE_EXCEEDED)
        why = "it is too large";
    if (why == NULL)
        why = *text != '\0' ? text : curl_easy_strerror(code);
    error_set(error, ERROR_TEMPORARY, "%s: %s", url, why);
    return false;
}
