/* SPDX-License-Identifier: BSD-2-Clause */
/* Known: certificates seen before are not parsed, nor their chains verified,
 * once more. */
#ifndef SCEAU_CERTS_KNOWN_H
#define SCEAU_CERTS_KNOWN_H

#include "smime/certificate.h"

#include <glib.h>

/* Bounded: when it is full, all is forgotten. Any thread; has its own lock. */
typedef struct Known Known;

Known *known_new(void);
void known_free(Known *known); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Known, known_free)

/* As certificate_parse; the same bytes give the same Certificate. Caller
 * drops it. */
Certificate *known_parse(Known *known, GBytes *der,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The chain (Certificate *, from leaf to root) that was kept for leaf under
 * that name of a trust set, if all of it is valid at now_s; NULL: verify it.
 * hints names the CA certificates that came along ("": none): what one answer
 * brought serves no other. Caller unrefs. */
GPtrArray *known_find_chain(Known *known, const char *set, const char *hints,
                            const Certificate *leaf, gint64 now_s);

/* Keeps a chain whose signatures were verified against an anchor of set. What
 * an anchor vouches for does not change with time, what is revoked does: that
 * is asked anew each time. */
void known_keep_chain(Known *known, const char *set, const char *hints,
                      const Certificate *leaf, GPtrArray *chain);

#endif
