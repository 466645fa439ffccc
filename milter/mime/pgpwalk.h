/* SPDX-License-Identifier: BSD-2-Clause */
/* PgpWalk: whether bytes are one encrypted OpenPGP message and nothing else
 * (RFC 9580 4.2, 10.3), by its packets' headers. Constant memory; nothing is
 * decrypted. */
#ifndef SCEAU_MIME_PGPWALK_H
#define SCEAU_MIME_PGPWALK_H

#include <glib.h>
#include <stdbool.h>

typedef struct PgpWalk PgpWalk;

typedef enum {
    PGPWALK_NONE, /* anything else: signed, compressed, cut, followed */
    PGPWALK_WEAK, /* encrypted without integrity (tag 9) */
    /* session keys (and markers), then one encrypted container, the end */
    PGPWALK_ENCRYPTED
} PgpWalkKind;

PgpWalk *pgpwalk_new(void);
void pgpwalk_free(PgpWalk *walk); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PgpWalk, pgpwalk_free)

/* Binary packets in any chunking. False: it is none, the rest does not
 * matter. */
bool pgpwalk_write(PgpWalk *walk, const void *bytes, gsize size_bytes);
PgpWalkKind pgpwalk_finish(const PgpWalk *walk);

#endif
