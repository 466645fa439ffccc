/* SPDX-License-Identifier: BSD-2-Clause */
/* Scan's table of parts: for outline and entity, nobody else. */
#ifndef SCEAU_MIME_SCAN_PARTS_H
#define SCEAU_MIME_SCAN_PARTS_H

#include "mime/parameters.h"
#include "mime/scan.h"

#include <glib.h>
#include <stdbool.h>

/* Offsets count body bytes of the whole message. The first part is the
 * message's content itself: its header is the message's, header_start and
 * body_start are 0. */
typedef struct {
    guint64 header_start; /* first byte of its header block */
    guint64 body_start;   /* past the empty line */
    guint64 body_end;     /* before the CRLF of the next delimiter */
    int parent;           /* index; -1: the first */
    unsigned depth;
    char *type;     /* "text/plain", lower case, never NULL */
    char *boundary; /* of a multipart that can be read, else NULL */
    TransferEncoding encoding;
    unsigned faults;    /* ScanFault set of its own content lines; a multipart
                           counts preamble, epilogue and delimiters */
    bool header_unsafe; /* its header block has 8-bit or overlong lines */
    bool has_child;     /* a delimiter opened a part of it */
    bool closed;        /* its close delimiter was seen */
    bool doubtful;      /* readers may see another structure here */
    bool named_message; /* octets whose file name is that of a message */
    bool named_cms;     /* octets whose file name is that of a CMS object */
    bool is_container;  /* multipart with boundary, or message/rfc822 whose
                           content was scanned */
} ScanPart;

/* Sets type, boundary, encoding, is_container and doubtful, and faults' label,
 * by the values of its fields (NULL: there is none) and the type that stands
 * for a missing one: RFC 2045 5.2, RFC 2046 5.1.5. False: they are malformed.
 */
bool scan_part_describe(ScanPart *part, const char *raw_type,
                        const char *raw_encoding, const char *default_type);

/* Mail programs open a file by its name, whatever type it has: named_message,
 * named_cms, and doubtful when nobody knows what its octets are. */
void scan_part_note_name(ScanPart *part, const char *raw_type,
                         const char *raw_disposition);

/* Whether the content is a message that can be read as it stands. */
bool scan_part_is_message(const ScanPart *part);

/* ScanPart, in the order of their beginnings. After scan_finish. */
const GArray *scan_get_parts(const Scan *scan);

#endif
