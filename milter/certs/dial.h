/* SPDX-License-Identifier: BSD-2-Clause */
/* Dial: a connected socket for an LDAP URI, within a deadline. */
#ifndef SCEAU_CERTS_DIAL_H
#define SCEAU_CERTS_DIAL_H

#include <glib.h>

/* A blocking, close-on-exec socket to ldap://, ldaps:// (every address of the
 * host in turn) or ldapi://; the caller closes it. -1 with TEMPORARY or
 * CONFIG. A name service that is silent past the deadline is left behind. */
int dial_open(const char *uri, gint64 deadline_us, GError **error);

#endif
