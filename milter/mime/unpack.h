/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpack: a MIME entity or message that stands encoded inside another, as its
 * bytes come out: header, scan and body of their own. */
#ifndef SCEAU_MIME_UNPACK_H
#define SCEAU_MIME_UNPACK_H

#include "base/spool.h"
#include "mime/message.h"
#include "mime/scan.h"

#include <glib.h>
#include <stdbool.h>

/* Constant memory beyond a header of at most 64 KiB. */
typedef struct Unpack Unpack;

/* beside: the spool the bytes are read from. */
Unpack *unpack_new(const Spool *beside);
void unpack_free(Unpack *unpack); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unpack, unpack_free)

/* Its bytes in any chunking; what fails is told by unpack_end. */
void unpack_write(Unpack *unpack, const void *bytes, gsize size_bytes);

/* Once, before the rest. Errors: TEMPORARY (the spool). */
bool unpack_end(Unpack *unpack, GError **error) G_GNUC_WARN_UNUSED_RESULT;

bool unpack_is_empty(const Unpack *unpack);

/* Its header was too long, or held what is no field: not all is known. */
bool unpack_is_incomplete(const Unpack *unpack);

/* Borrowed. */
const GPtrArray *unpack_get_fields(const Unpack *unpack); /* Field * */
const Message *unpack_get_message(const Unpack *unpack);
const Scan *unpack_get_scan(const Unpack *unpack);
const Spool *unpack_get_body(const Unpack *unpack);

#endif
