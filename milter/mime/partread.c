/* SPDX-License-Identifier: BSD-2-Clause */
/* PartRead: the content of one scanned part, its transfer encoding taken
 * off. */
#include "mime/partread.h"

#include "mime/transfer.h"

#define CHUNK_BYTES 65536

bool
partread_decode(const Spool *body, const ScanPart *part, PartTake take,
                gpointer user, GError **error)
{
    g_autoptr(TransferDecoder) decoder = transfer_decoder_new(part->encoding);
    g_autoptr(GByteArray) decoded = g_byte_array_new();
    g_autofree char *raw = g_malloc(CHUNK_BYTES);
    guint64 at = part->body_start;
    while (at < part->body_end) {
        gsize wanted = (gsize)MIN(CHUNK_BYTES, part->body_end - at);
        ssize_t got = spool_read_at(body, at, raw, wanted, error);
        if (got < 0)
            return false;
        if (got == 0)
            break;
        at += (guint64)got;
        g_byte_array_set_size(decoded, 0);
        transfer_decode(decoder, raw, (gsize)got, decoded);
        if (!take(user, decoded))
            return true;
    }
    g_byte_array_set_size(decoded, 0);
    transfer_decode_end(decoder, decoded);
    take(user, decoded);
    return true;
}

static bool
is_strict_base64(const Spool *body, const ScanPart *part, bool *strict,
                 GError **error)
{
    TransferBase64 check = {0};
    g_autofree char *raw = g_malloc(CHUNK_BYTES);
    guint64 at = part->body_start;
    while (at < part->body_end) {
        gsize wanted = (gsize)MIN(CHUNK_BYTES, part->body_end - at);
        ssize_t got = spool_read_at(body, at, raw, wanted, error);
        if (got < 0)
            return false;
        if (got == 0)
            break;
        transfer_check_base64(&check, raw, (gsize)got);
        at += (guint64)got;
    }
    *strict = transfer_is_strict(&check);
    return true;
}

bool
partread_is_strict(const Spool *body, const ScanPart *part, bool *strict,
                   GError **error)
{
    *strict = part->encoding != ENCODING_QUOTED_PRINTABLE &&
              part->encoding != ENCODING_UNKNOWN;
    return part->encoding != ENCODING_BASE64 ||
           is_strict_base64(body, part, strict, error);
}
