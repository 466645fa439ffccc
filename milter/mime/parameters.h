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

/* Whether the name or filename in a Content-Type or Content-Disposition value
 * (NULL: no) ends so, in any case. */
bool parameters_has_suffix(const char *raw_value, const char *suffix);

/* message/rfc822 and its like: what follows is a message of its own. */
bool parameters_is_message(const char *type);

/* What a part is, as its header says. */
typedef struct {
    char *type;     /* "text/plain", lower case; caller frees */
    char *boundary; /* of a multipart that can be read, else NULL; likewise */
    TransferEncoding encoding;
    bool malformed; /* the tree is not as strict readers want it */
    bool doubtful;  /* readers may see another structure than this */
} PartNature;

/* raw values: NULL when there is no such field; default_type is taken then. */
PartNature parameters_read(const char *raw_type, const char *raw_encoding,
                           const char *default_type);

/* The boundary of a multipart type, NULL when there is none, it is unlawful
 * (RFC 2046 5.1.1), stands twice in raw_value or does not clearly end there:
 * readers disagree then which one counts. Caller frees. */
char *parameters_find_boundary(const DecodedType *type, const char *raw_value);

#endif
