/* SPDX-License-Identifier: BSD-2-Clause */
/* Delimiter: whether a line is one of a multipart, and for whom. */
#ifndef SCEAU_MIME_DELIMITER_H
#define SCEAU_MIME_DELIMITER_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    DELIMITER_NO,
    DELIMITER_LIKE, /* begins as one: it is one to some readers */
    DELIMITER_NEXT,
    DELIMITER_CLOSE
} Delimiter;

/* Compares a line (kept: its first bytes; length: of all of it, without its
 * end) with "--boundary" and "--boundary--" (RFC 2046 5.1.1). *plain: nothing
 * stands behind it; readers differ about what may. */
Delimiter delimiter_read(const char *kept, gsize kept_bytes, guint64 length,
                         const char *boundary, bool *plain);

#endif
