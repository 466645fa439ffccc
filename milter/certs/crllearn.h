/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL learn: tells sceau-crld where certificates whose chain was verified say
 * that their lists are (RFC 5280 4.2.1.13). It is told and nothing is awaited;
 * sceau-crld trusts none of it. */
#ifndef SCEAU_CERTS_CRLLEARN_H
#define SCEAU_CERTS_CRLLEARN_H

#include <glib.h>
#include <stdbool.h>

/* Of a datagram: name of the trust set, line end, address. */
#define CRLLEARN_MAX_BYTES 1024
#define CRLLEARN_MAX_URL   512

/* Shared by threads: has a lock of its own. */
typedef struct CrlLearn CrlLearn;

/* control: of sceau-crld. */
CrlLearn *crllearn_new(const char *control);
void crllearn_free(CrlLearn *learn); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrlLearn, crllearn_free)

/* chain (Certificate *) was verified for the set trust: the http and https
 * addresses of all but the last, which is the root. A certificate seen within
 * the hour is passed over; at most 4096 are remembered, those that could not be
 * told not. Never waits. */
void crllearn_note(CrlLearn *learn, const char *trust, const GPtrArray *chain);

/* Whether url may be fetched from at all: http:// or https://, visible ASCII,
 * not too long. */
bool crllearn_check_url(const char *url);

/* A datagram's parts, which the caller frees; false: it is none. */
bool crllearn_parse(const char *text, gsize size_bytes, char **trust,
                    char **url);

/* The socket beside that of control. Caller frees. */
char *crllearn_get_path(const char *control);

#endif
