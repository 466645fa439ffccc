/* SPDX-License-Identifier: BSD-2-Clause */
/* Re-encode: a message's content brought to a form that no relay changes
 * (RFC 8551 3.1.2, 3.1.3). For entity_make_inner. */
#ifndef SCEAU_MIME_REENCODE_H
#define SCEAU_MIME_REENCODE_H

#include "base/spool.h"
#include "mime/scan.h"

#include <stdbool.h>

/* FAULTs that a relay, an mbox or a reader might change or misread. */
#define REENCODE_FAULTS                                                        \
    (FAULT_8BIT | FAULT_LONG_LINE | FAULT_BARE_CR | FAULT_BARE_LF |            \
     FAULT_NUL | FAULT_TRAILING_BLANK | FAULT_FROM_LINE)

typedef enum {
    REENCODE_NOTHING, /* safe as it is */
    REENCODE_PARTS,   /* some leaves must be encoded, and can be */
    REENCODE_OPAQUE   /* what is unsafe cannot be encoded without changing
                         more than its encoding */
} ReencodeNeed;

ReencodeNeed reencode_find_need(const Scan *scan);

#endif
