/* SPDX-License-Identifier: BSD-2-Clause */
/* Header: a block of header lines inside a body, as bytes. */
#ifndef SCEAU_MIME_HEADER_H
#define SCEAU_MIME_HEADER_H

#include "mime/message.h"

#include <glib.h>
#include <stdbool.h>

/* The fields of a block (lines with CRLF or LF, no empty line), in order.
 * *malformed when a line is no field and no continuation, or a field has a
 * blank before its colon. Elements are Field *; caller unrefs. */
GPtrArray *header_parse(const char *bytes, gsize size_bytes, bool *malformed);

/* Value of the first field of that name, NULL: none. *twice (may be NULL)
 * when there is more than one. */
const char *header_find(const GPtrArray *fields, const char *name, bool *twice);

/* The block with its Content-Transfer-Encoding replaced or added; all other
 * bytes stay. Caller frees with g_string_free. */
GString *header_set_encoding(const char *bytes, gsize size_bytes,
                             const char *encoding);

/* Whether the Content fields of a message are 7-bit and have no line longer
 * than longest (without CRLF), nor a lone CR or LF. */
bool header_check_safe(const Message *message, gsize longest);

/* Whether a value has a CR that no LF follows: some readers take it for the
 * end of a line, and see another field behind it. */
bool header_has_bare_cr(const Message *message);

/* The same of a part's header block; or whether it begins with a blank, which
 * continues nothing: some readers see a field there. */
bool header_is_ambiguous(const GString *block);

/* Whether several fields of that name say different things, so that readers
 * disagree which one counts. */
bool header_differs(const GPtrArray *fields, const char *name);

#endif
