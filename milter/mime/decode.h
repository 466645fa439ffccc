/* SPDX-License-Identifier: BSD-2-Clause */
/* Decode: encoded words, parameters, addresses. The room's window on GMime. */
#ifndef SCEAU_MIME_DECODE_H
#define SCEAU_MIME_DECODE_H

#include <glib.h>
#include <stdbool.h>

/* Once per process, before the other functions. */
void decode_init(void);

/* An unstructured value as UTF-8: unfolded, RFC 2047 words decoded, raw 8-bit
 * taken as UTF-8 where valid. *undecodable is set when a word's charset or
 * encoding could not be decoded (the text then holds what could). Caller
 * frees. */
char *decode_text(const char *raw_value, bool *undecodable);

/* The mailboxes of an address list (RFC 5322 3.4, groups flattened) in
 * canonical form (base/mailbox), NULL-terminated; *malformed when something
 * in it is no address. Caller frees with g_strfreev. */
char **decode_addresses(const char *raw_value, bool *malformed);

/* A Date field (RFC 5322 3.3) as seconds since 1970. False when it cannot be
 * read. */
bool decode_date(const char *raw_value, gint64 *time_s);

/* A Content-Type (or Content-Disposition) value: type and subtype in lower
 * case ("multipart/signed"), parameters with RFC 2231 decoded. */
typedef struct DecodedType DecodedType;

/* NULL when it cannot be read. */
DecodedType *decode_type(const char *raw_value);
void decoded_type_free(DecodedType *type); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DecodedType, decoded_type_free)
const char *decoded_type_get(const DecodedType *type);
/* NULL: no such parameter. Names without regard to case. Borrowed. */
const char *decoded_type_get_parameter(const DecodedType *type,
                                       const char *name);

#endif
