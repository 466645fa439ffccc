/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfer: content transfer encodings, streaming (RFC 2045 6). */
#ifndef SCEAU_MIME_TRANSFER_H
#define SCEAU_MIME_TRANSFER_H

#include "mime/parameters.h"

#include <glib.h>
#include <stdbool.h>

/* Takes an encoding off: bytes in any chunking, decoded bytes are appended to
 * out. Lenient as readers are: what is no base64 is passed over, a broken
 * quoted-printable sequence stays as it is. */
typedef struct TransferDecoder TransferDecoder;

TransferDecoder *transfer_decoder_new(TransferEncoding encoding);
void transfer_decoder_free(TransferDecoder *decoder); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TransferDecoder, transfer_decoder_free)
void transfer_decode(TransferDecoder *decoder, const void *bytes,
                     gsize size_bytes, GByteArray *out);
void transfer_decode_end(TransferDecoder *decoder, GByteArray *out);

/* Puts quoted-printable or base64 on: lines of at most 76 characters with
 * CRLF, nothing a relay would change. CRLF stays a line end in
 * quoted-printable; a lone CR or LF is encoded. */
typedef struct TransferEncoder TransferEncoder;

TransferEncoder *transfer_encoder_new(TransferEncoding encoding);
void transfer_encoder_free(TransferEncoder *encoder); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TransferEncoder, transfer_encoder_free)
void transfer_encode(TransferEncoder *encoder, const void *bytes,
                     gsize size_bytes, GByteArray *out);
void transfer_encode_end(TransferEncoder *encoder, GByteArray *out);

/* Base64 that readers would read differently is no evidence of anything: only
 * its own characters and line ends, padding at the end alone. All zero to begin
 * with, then all its bytes in any chunking. */
typedef struct {
    bool padded;
    bool bad;
    guint64 characters;
} TransferBase64;

void transfer_check_base64(TransferBase64 *check, const char *bytes,
                           gsize size_bytes);
bool transfer_is_strict(const TransferBase64 *check);

#endif
