/* SPDX-License-Identifier: BSD-2-Clause */
/* BER walk: elements of a byte stream, one after the other, with their
 * nesting checked: definite lengths against their parents, indefinite ones to
 * their end (X.690 8.1). Constant memory. */
#ifndef SCEAU_MIME_BERWALK_H
#define SCEAU_MIME_BERWALK_H

#include <glib.h>
#include <stdbool.h>

#define BERWALK_MAX_DEPTH 40

/* What the walker tells. depth counts from 0; header is the element's tag and
 * length octets. A callback may answer false: the stream is then invalid. */
typedef struct {
    bool (*begin)(gpointer user, unsigned depth, guchar tag,
                  const guchar *header, gsize header_size);
    bool (*content)(gpointer user, unsigned depth, const guchar *bytes,
                    gsize size_bytes); /* of primitive elements */
    bool (*end)(gpointer user, unsigned depth);
} BerWalkEvents;

typedef struct BerWalk BerWalk;

BerWalk *berwalk_new(const BerWalkEvents *events, gpointer user);
void berwalk_free(BerWalk *walk); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BerWalk, berwalk_free)
void berwalk_write(BerWalk *walk, const void *bytes, gsize size_bytes);

/* Whether the stream was exactly one well-formed element. */
bool berwalk_finish(const BerWalk *walk);

#endif
