/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64: bytes to lines of 64 characters with CRLF, into a spool
 * (RFC 2045 6.8). */
#ifndef SCEAU_SMIME_BASE64_H
#define SCEAU_SMIME_BASE64_H

#include "base/spool.h"

#include <glib.h>
#include <stdbool.h>

typedef struct Base64 Base64;

/* out is referenced. */
Base64 *base64_new(Spool *out);
void base64_free(Base64 *base64); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Base64, base64_free)

/* Errors: those of the spool. */
bool base64_write(Base64 *base64, const void *bytes, gsize size_bytes,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The last line; seals the spool. */
bool base64_end(Base64 *base64, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
