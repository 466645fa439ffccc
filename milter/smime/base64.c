/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64: bytes to lines of 64 characters with CRLF, into a spool. */
#include "smime/base64.h"

#include "smime/base64line.h"

#include <openssl/evp.h>
#include <string.h>

#define LINE_BYTES  BASE64LINE_BYTES
#define LINE_CHARS  (BASE64LINE_CHARS + 2) /* with CRLF */
#define BATCH_LINES 512

struct Base64 {
    Spool *out;
    guchar held[LINE_BYTES]; /* an unfinished line */
    gsize held_size;
    guchar batch[BATCH_LINES * LINE_CHARS + 1];
};

Base64 *
base64_new(Spool *out)
{
    Base64 *base64 = g_new(Base64, 1);
    base64->out = spool_ref(out);
    base64->held_size = 0;
    return base64;
}

void
base64_free(Base64 *base64)
{
    if (base64 == NULL)
        return;
    spool_unref(base64->out);
    g_free(base64);
}

/* size_bytes is a multiple of a line but for the very last. */
static bool
write_lines(Base64 *base64, const guchar *bytes, gsize size_bytes,
            GError **error)
{
    while (size_bytes > 0) {
        gsize filled = 0;
        for (int i = 0; i < BATCH_LINES && size_bytes > 0; i++) {
            gsize part = MIN(size_bytes, LINE_BYTES);
            guchar *line = base64->batch + filled;
            if (part == LINE_BYTES)
                base64line_encode(bytes, line);
            filled += part == LINE_BYTES
                          ? LINE_CHARS - 2
                          : (gsize)EVP_EncodeBlock(line, bytes, (int)part);
            base64->batch[filled++] = '\r';
            base64->batch[filled++] = '\n';
            bytes += part;
            size_bytes -= part;
        }
        if (!spool_write(base64->out, base64->batch, filled, error))
            return false;
    }
    return true;
}

bool
base64_write(Base64 *base64, const void *bytes, gsize size_bytes,
             GError **error)
{
    const guchar *cursor = bytes;
    if (base64->held_size > 0) {
        gsize part = MIN(size_bytes, LINE_BYTES - base64->held_size);
        memcpy(base64->held + base64->held_size, cursor, part);
        base64->held_size += part;
        cursor += part;
        size_bytes -= part;
        if (base64->held_size < LINE_BYTES)
            return true;
        base64->held_size = 0;
        if (!write_lines(base64, base64->held, LINE_BYTES, error))
            return false;
    }
    gsize whole = size_bytes - size_bytes % LINE_BYTES;
    if (!write_lines(base64, cursor, whole, error))
        return false;
    base64->held_size = size_bytes - whole;
    if (base64->held_size > 0)
        memcpy(base64->held, cursor + whole, base64->held_size);
    return true;
}

bool
base64_end(Base64 *base64, GError **error)
{
    return write_lines(base64, base64->held, base64->held_size, error) &&
           spool_seal(base64->out, error);
}
