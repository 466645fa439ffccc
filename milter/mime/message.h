/* SPDX-License-Identifier: BSD-2-Clause */
/* Message: header fields as received; the body is a Spool beside it. */
#ifndef SCEAU_MIME_MESSAGE_H
#define SCEAU_MIME_MESSAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* value is everything after the colon, byte for byte, leading blank
 * included, folds as CRLF + blank, without the final CRLF. */
typedef struct {
    char *name;
    char *value;
} Field;

Field *field_new(const char *name, const char *value);
void field_free(Field *field);

/* A list of Fields in the order received. Not shared between threads. */
typedef struct Message Message;

Message *message_new(void);
void message_free(Message *message); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

/* Appends a field; lone LF in value (libmilter's fold) becomes CRLF. Errors:
 * MALFORMED past 1 MiB of header or 10,000 fields, or for a name that is no
 * field name (RFC 5322 2.2). */
bool message_add_field(Message *message, const char *name, const char *value,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

unsigned message_count_fields(const Message *message);
const Field *message_get_field(const Message *message, unsigned index);

/* Value of the instance-th (from 0) field of that name, without regard to
 * case; NULL: none. Borrowed until message_free. */
const char *message_find(const Message *message, const char *name,
                         unsigned instance);

/* Whether two values say the same but for blanks at their ends and case. */
bool message_is_same_value(const char *a, const char *b);

/* Whether several fields of that name say different things, so that readers
 * disagree which one counts. */
bool message_differs(const Message *message, const char *name);

#endif
