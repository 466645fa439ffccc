/* SPDX-License-Identifier: BSD-2-Clause */
/* DER: one element at a time over bytes in memory, bounded by its parent.
 * For looking before OpenSSL does, and for putting parts together. */
#ifndef SCEAU_SMIME_DER_H
#define SCEAU_SMIME_DER_H

#include <glib.h>
#include <stdbool.h>

#define DER_INTEGER    0x02
#define DER_BIT_STRING 0x03
#define DER_OCTETS     0x04
#define DER_OID        0x06
#define DER_SEQUENCE   0x30
#define DER_SET        0x31
#define DER_CONTEXT_0  0xA0 /* [0], constructed */

typedef struct {
    const guchar *cursor;
    const guchar *end;
} DerReader;

typedef struct {
    guchar tag;
    const guchar *whole; /* header and content */
    gsize whole_size;
    const guchar *content;
    gsize size;
} DerElement;

DerReader der_open(const guchar *bytes, gsize size_bytes);

/* A reader over the inside of a constructed element. */
DerReader der_enter(const DerElement *element);

/* Reads the next element, definite length, single-byte tag. False at the end
 * and for anything that does not fit into its parent. */
bool der_read(DerReader *reader, DerElement *element);

/* der_read, and the element must have that tag. */
bool der_read_tag(DerReader *reader, guchar tag, DerElement *element);

bool der_at_end(const DerReader *reader);

/* Appends tag and length octets of an element of content_size. */
void der_append_header(GByteArray *to, guchar tag, guint64 content_size);

/* How many octets der_append_header would append. */
gsize der_get_header_size(guint64 content_size);

#endif
