/* SPDX-License-Identifier: BSD-2-Clause */
/* Scan: push scanner over the body as it arrives: where the parts are, is the
 * tree well formed, would these bytes survive any relay. Constant memory. */
#ifndef SCEAU_MIME_SCAN_H
#define SCEAU_MIME_SCAN_H

#include "mime/message.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Scan Scan;

/* What makes bytes unsafe to sign as they are. */
typedef enum {
    FAULT_8BIT = 1 << 0,
    FAULT_LONG_LINE = 1 << 1, /* over 989 octets without CRLF */
    FAULT_BARE_CR = 1 << 2,
    FAULT_BARE_LF = 1 << 3,
    FAULT_NUL = 1 << 4,
    FAULT_TRAILING_BLANK = 1 << 5,
    FAULT_FROM_LINE = 1 << 6, /* a line that begins "From " */
    FAULT_NO_FINAL_CRLF = 1 << 7,
    FAULT_MALFORMED_TREE = 1 << 8, /* delimiters, headers of parts */
    FAULT_LIMIT = 1 << 9,          /* past a limit on parts, depth, header */
    FAULT_8BIT_LABEL = 1 << 10     /* a part is labelled 8bit or binary */
} ScanFault;

/* message's header is complete; it is borrowed until scan_free. */
Scan *scan_new(const Message *message);
void scan_free(Scan *scan); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scan, scan_free)

/* Body bytes in any chunking; then the end, once. Cannot fail. */
void scan_write(Scan *scan, const void *bytes, size_t size_bytes);
void scan_finish(Scan *scan);

/* ScanFault set of the whole body; after scan_finish. */
unsigned scan_get_faults(const Scan *scan);

/* Whether a line of the body begins like a delimiter of ours: with "--" and
 * this. After scan_finish. */
#define SCAN_OWN_BOUNDARY "=_sceau_"
bool scan_has_own_boundary(const Scan *scan);

#endif
