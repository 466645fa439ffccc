/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros: what the MTA tells about a message besides its bytes, and how far
 * each word can be believed on Postfix and on Sendmail. */
#ifndef SCEAU_DAEMON_MACROS_H
#define SCEAU_DAEMON_MACROS_H

#include "flow/envelope.h"

#include <sys/types.h>

#include <libmilter/mfapi.h>

/* Asks for the macros we read, so that the administrator need not. In
 * negotiate only. */
void macros_request(SMFICTX *ctx);

/* The client's IP as text, NULL when neither the address nor {client_addr}
 * tells. An IPv4 address mapped into IPv6 is given as IPv4. Caller frees. */
char *macros_get_client(SMFICTX *ctx, const _SOCK_ADDR *address);

/* In RCPT: what the MTA makes of the path, NULL when it does not say so
 * reliably (Sendmail gives the result of alias expansion). Borrowed. */
const char *macros_get_recipient(SMFICTX *ctx);

/* Login, daemon name, verified client certificate and queue id; an empty
 * macro counts as absent. At EOH: Postfix has no queue id before DATA. */
void macros_fill_envelope(SMFICTX *ctx, Envelope *envelope);

#endif
