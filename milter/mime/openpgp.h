/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenPgp: whether a body is encrypted by OpenPGP, as PGP/MIME (RFC 3156 4) or
 * in the text itself. */
#ifndef SCEAU_MIME_OPENPGP_H
#define SCEAU_MIME_OPENPGP_H

#include "base/spool.h"
#include "mime/pgpwalk.h"
#include "mime/scan_parts.h"

#include <glib.h>
#include <stdbool.h>

/* A text: one armored message and blank lines, nothing else. Errors:
 * TEMPORARY (the spool), here and below. */
bool openpgp_judge_text(const Spool *body, const ScanPart *part,
                        PgpWalkKind *kind,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All parts of a multipart/encrypted whose protocol is OpenPGP's: exactly the
 * control part ("Version: 1") and one application/octet-stream whose content,
 * armored or binary, is one encrypted message. Around them stands nothing but
 * the sentence that clients put there. */
bool openpgp_judge_multipart(const Spool *body, const GArray *parts,
                             PgpWalkKind *kind,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
