/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters: what a part's header says of its content, strictly read. */
#ifndef SCEAU_MIME_PARAMETERS_H
#define SCEAU_MIME_PARAMETERS_H

#include "mime/decode.h"

typedef enum {
    ENCODING_7BIT,
    ENCODING_8BIT, /* 8bit or binary */
    ENCODING_QUOTED_PRINTABLE,
    ENCODING_BASE64,
    ENCODING_UNKNOWN
} TransferEncoding;

/* A Content-Transfer-Encoding value; NULL and "" count as 7bit. */
TransferEncoding parameters_parse_encoding(const char *raw_value);

/* The boundary of a multipart type, NULL when there is none, it is unlawful
 * (RFC 2046 5.1.1) or stands twice in raw_value: readers disagree then which
 * one counts. Caller frees. */
char *parameters_find_boundary(const DecodedType *type, const char *raw_value);

#endif
