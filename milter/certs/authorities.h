/* SPDX-License-Identifier: BSD-2-Clause */
/* Authorities: CA certificates that a source holds, to build chains with. They
 * are trusted for nothing. */
#ifndef SCEAU_CERTS_AUTHORITIES_H
#define SCEAU_CERTS_AUTHORITIES_H

#include "smime/certificate.h"

#include <glib.h>

/* Most that are kept; the others are left out. */
#define AUTHORITIES_MAX 1000

/* Shared by threads; has its own lock. */
typedef struct Authorities Authorities;

Authorities *authorities_new(void);
void authorities_free(Authorities *authorities); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Authorities, authorities_free)

/* Those of certificates (Certificate *) that are CAs', in the place of what
 * was there. How many. */
guint authorities_set(Authorities *authorities, const GPtrArray *certificates);

/* Appends to hints (Certificate *, unreffed with it) those that may stand above
 * leaf, by the names of issuers, up to most in all. authorities may be NULL. */
void authorities_add_hints(Authorities *authorities, const Certificate *leaf,
                           GPtrArray *hints, guint most);

/* Another number when it holds others than before; 0: never set. */
guint64 authorities_get_generation(Authorities *authorities);

#endif
