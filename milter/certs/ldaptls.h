/* SPDX-License-Identifier: BSD-2-Clause */
/* LDAP TLS: what a handle demands of its server's TLS. */
#ifndef SCEAU_CERTS_LDAPTLS_H
#define SCEAU_CERTS_LDAPTLS_H

#include "certs/directory.h"

#include <glib.h>
#include <stdbool.h>

struct ldap;

/* From now on the handle speaks TLS 1.2 or newer alone, and wants a certificate
 * for the server's name that chains to tls-ca; ours is shown where settings
 * have one. Errors: CONFIG naming the file. */
bool ldaptls_set(struct ldap *ldap, const DirectorySettings *settings,
                 GError **error);

#endif
