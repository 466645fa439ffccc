/* SPDX-License-Identifier: BSD-2-Clause */
/* LDAP TLS: what a handle demands of its server's TLS. */
#ifndef SCEAU_CERTS_LDAPTLS_H
#define SCEAU_CERTS_LDAPTLS_H

#include "certs/directory.h"

#include <glib.h>
#include <stdbool.h>

struct ldap;

/* From now on the handle asks for TLS 1.2 or newer, and wants a certificate for
 * the server's name that chains to tls-ca; ours is shown where settings have
 * one. Errors: CONFIG naming the file. */
bool ldaptls_set(struct ldap *ldap, const DirectorySettings *settings,
                 GError **error);

/* Of a handle that speaks TLS by now, and before anything is told: whether it
 * is 1.2 or newer. libldap over GnuTLS takes the least version asked for
 * without a word and pays no heed to it; told by a list of ciphers it does, but
 * loses memory with each handle. Errors: CONFIG naming uri. */
bool ldaptls_check_version(struct ldap *ldap, const char *uri, GError **error);

#endif
