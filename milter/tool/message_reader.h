/* SPDX-License-Identifier: BSD-2-Clause */
/* Message reader: a message from a file, as an MTA would hand it over. */
#ifndef SCEAU_TOOL_MESSAGE_READER_H
#define SCEAU_TOOL_MESSAGE_READER_H

#include "mime/message.h"

#include <glib.h>
#include <stdio.h>
#include <sys/types.h>

/* Lines may end in LF or CRLF; what comes out ends in CRLF. A line that is no
 * header field ends the header and begins the body, as in Postfix; a "From "
 * line of a mailbox file before the header is dropped. */
typedef struct MessageReader MessageReader;

/* in is borrowed until message_reader_free. */
MessageReader *message_reader_new(FILE *in);
void message_reader_free(MessageReader *reader); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MessageReader, message_reader_free)

/* Reads the header into message. Errors: MALFORMED (see message_add_field; a
 * header over 1 MiB), TEMPORARY (reading). */
bool message_reader_read_header(MessageReader *reader, Message *message,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The next body bytes: up to size_bytes (2 or more) into buffer; 0 at the
 * end, -1 with TEMPORARY. A missing last line end is added. */
ssize_t message_reader_read_body(MessageReader *reader, char *buffer,
                                 size_t size_bytes,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
