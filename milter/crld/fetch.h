/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetch: a file from a web server that nobody vouches for. */
#ifndef SCEAU_CRLD_FETCH_H
#define SCEAU_CRLD_FETCH_H

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

typedef struct {
    bool private_too;   /* connect to loopback and private networks, too */
    guint64 max_bytes;  /* more is an error */
    gint64 timeout_ms;  /* for all of it, redirects included */
    bool (*stop)(void); /* asked about once a second; NULL: never stop */
} FetchLimits;

/* Writes what url (http or https) holds to fd. At most 3 redirects, to http
 * and https alone; each address is checked before it is connected to; a server
 * slower than 1,000 bytes a second is left after 20 s. No proxy, no cookies, no
 * credentials. Errors: TEMPORARY: a sentence that names url. */
bool fetch_write(const char *url, const FetchLimits *limits, int fd,
                 GError **error);

/* Whether anybody on the internet may have that address: not loopback, not
 * private, not of this link, no group. */
bool fetch_is_public(const struct sockaddr *address);

#endif
