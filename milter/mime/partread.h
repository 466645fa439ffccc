/* SPDX-License-Identifier: BSD-2-Clause */
/* PartRead: the content of one scanned part, its transfer encoding taken
 * off. */
#ifndef SCEAU_MIME_PARTREAD_H
#define SCEAU_MIME_PARTREAD_H

#include "base/spool.h"
#include "mime/scan_parts.h"

#include <glib.h>
#include <stdbool.h>

/* False: it has seen enough. */
typedef bool (*PartTake)(gpointer user, const GByteArray *chunk);

/* The decoded content, chunk by chunk, until take answers false. body is the
 * whole message's. Errors: TEMPORARY (the spool). */
bool partread_decode(const Spool *body, const ScanPart *part, PartTake take,
                     gpointer user, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* *strict: any reader decodes the same from it; base64 with anything between
 * and quoted-printable are not. Errors: TEMPORARY. */
bool partread_is_strict(const Spool *body, const ScanPart *part, bool *strict,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
