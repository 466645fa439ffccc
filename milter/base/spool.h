/* SPDX-License-Identifier: BSD-2-Clause */
/* Spool: the bytes of one message, of any size. */
#ifndef SCEAU_BASE_SPOOL_H
#define SCEAU_BASE_SPOOL_H

#include "base/settings.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where and how much: the block "spool" of sceau.conf. */
typedef struct {
    SettingsHead head;
    char *path;           /* a private directory on a file system with room */
    guint64 memory_bytes; /* per spool, in any case */
    guint64 shared_bytes; /* of all larger ones together, see base/mapping.h;
                             what finds no room goes to a file without a name */
    guint64 limit_bytes;  /* per spool */
} SpoolSettings;

extern const SettingsTable spool_settings;

/* Bytes are kept as given: no line-ending change, NUL allowed. Two lives:
 * first written, then sealed; a sealed spool is immutable and may be read by
 * several threads at once. */
typedef struct Spool Spool;

/* settings is copied. Caller drops it with spool_unref. Cannot fail. */
Spool *spool_new(const SpoolSettings *settings);

/* The same place and limits for what is made of another spool's bytes. */
Spool *spool_new_beside(const Spool *other);
Spool *spool_ref(Spool *spool);
void spool_unref(Spool *spool); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_unref)

/* Appends. Errors: MALFORMED past the limit, TEMPORARY if the disk is. After
 * an error the spool may only be dropped. */
bool spool_write(Spool *spool, const void *bytes, size_t size_bytes,
                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* No more writes. Errors: TEMPORARY. */
bool spool_seal(Spool *spool, GError **error) G_GNUC_WARN_UNUSED_RESULT;

guint64 spool_get_size(const Spool *spool);

/* Copies up to size_bytes from offset into buffer: the count, fewer only at
 * the end, 0 past it, -1 with TEMPORARY. Works before sealing too. */
ssize_t spool_read_at(const Spool *spool, guint64 offset, void *buffer,
                      size_t size_bytes,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The bytes from offset that lie together in memory, until it is written to or
 * dropped; NULL: read them. */
const void *spool_peek_at(const Spool *spool, guint64 offset,
                          gsize *size_bytes);

#endif
