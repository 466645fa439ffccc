/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfer: content transfer encodings, streaming. */
#include "mime/transfer.h"

#include <string.h>

#define LINE_CHARS 76
#define LINE_BYTES 57 /* become 76 base64 characters */

static void
put(GByteArray *out, char byte)
{
    g_byte_array_append(out, (const guint8 *)&byte, 1);
}

static void
put_text(GByteArray *out, const char *text)
{
    g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

/* --- decoding ---------------------------------------------------------- */

struct TransferDecoder {
    TransferEncoding encoding;
    gint state; /* base64 */
    guint save;
    GByteArray *held; /* quoted-printable: blanks, "=", "=X" not yet clear */
};

TransferDecoder *
transfer_decoder_new(TransferEncoding encoding)
{
    TransferDecoder *decoder = g_new0(TransferDecoder, 1);
    decoder->encoding = encoding;
    decoder->held = g_byte_array_new();
    return decoder;
}

void
transfer_decoder_free(TransferDecoder *decoder)
{
    if (decoder == NULL)
        return;
    g_byte_array_unref(decoder->held);
    g_free(decoder);
}

static void
decode_base64(TransferDecoder *decoder, const char *bytes, gsize size,
              GByteArray *out)
{
    guint before = out->len;
    g_byte_array_set_size(out, before + (guint)(size / 4 * 3 + 6));
    gsize got = g_base64_decode_step(bytes, size, out->data + before,
                                     &decoder->state, &decoder->save);
    g_byte_array_set_size(out, before + (guint)got);
}

static void
release(TransferDecoder *decoder, GByteArray *out)
{
    g_byte_array_append(out, decoder->held->data, decoder->held->len);
    g_byte_array_set_size(decoder->held, 0);
}

static bool
holds_escape(const TransferDecoder *decoder)
{
    return decoder->held->len > 0 && decoder->held->data[0] == '=';
}

/* held is "=" and what followed it so far. */
static void
continue_escape(TransferDecoder *decoder, char byte, GByteArray *out)
{
    GByteArray *held = decoder->held;
    put(held, byte);
    if (byte == '\n') { /* soft line break, blanks before it included */
        g_byte_array_set_size(held, 0);
        return;
    }
    bool soft =
        held->data[1] == '\r' || held->data[1] == ' ' || held->data[1] == '\t';
    if (soft && (byte == ' ' || byte == '\t' || byte == '\r') &&
        held->len < LINE_CHARS)
        return;
    if (held->len == 2 && g_ascii_isxdigit(held->data[1]))
        return;
    if (held->len == 3 && g_ascii_isxdigit(held->data[1]) &&
        g_ascii_isxdigit(held->data[2])) {
        put(out, (char)(g_ascii_xdigit_value((char)held->data[1]) << 4 |
                        g_ascii_xdigit_value((char)held->data[2])));
        g_byte_array_set_size(held, 0);
        return;
    }
    release(decoder, out);
}

/* RFC 2045 6.7 (3): blanks at the end of a line were put there by a relay. */
static void
decode_quoted(TransferDecoder *decoder, char byte, GByteArray *out)
{
    if (holds_escape(decoder)) {
        continue_escape(decoder, byte, out);
        return;
    }
    if (byte == ' ' || byte == '\t') {
        put(decoder->held, byte);
        return;
    }
    if (byte == '\r' || byte == '\n')
        g_byte_array_set_size(decoder->held, 0);
    else
        release(decoder, out);
    if (byte == '=')
        put(decoder->held, byte);
    else
        put(out, byte);
}

void
transfer_decode(TransferDecoder *decoder, const void *bytes, gsize size_bytes,
                GByteArray *out)
{
    const char *c = bytes;
    switch (decoder->encoding) {
    case ENCODING_BASE64:
        decode_base64(decoder, c, size_bytes, out);
        return;
    case ENCODING_QUOTED_PRINTABLE:
        for (gsize i = 0; i < size_bytes; i++)
            decode_quoted(decoder, c[i], out);
        return;
    case ENCODING_7BIT:
    case ENCODING_8BIT:
    case ENCODING_UNKNOWN:
        break;
    }
    g_byte_array_append(out, bytes, (guint)size_bytes);
}

void
transfer_decode_end(TransferDecoder *decoder, GByteArray *out)
{
    /* A last "=" is a soft break at the end of the content. */
    if (holds_escape(decoder) && decoder->held->len > 1)
        release(decoder, out);
    if (decoder->encoding == ENCODING_BASE64 && decoder->state > 1)
        decode_base64(decoder, "==", 4 - (gsize)decoder->state, out);
}

/* --- encoding ---------------------------------------------------------- */

struct TransferEncoder {
    TransferEncoding encoding;
    guint8 line[LINE_BYTES]; /* base64: an unfinished line */
    gsize held;
    unsigned column; /* quoted-printable */
    char blank;      /* one that may end its line, or 0 */
    bool cr;         /* a CR that an LF may follow */
};

TransferEncoder *
transfer_encoder_new(TransferEncoding encoding)
{
    TransferEncoder *encoder = g_new0(TransferEncoder, 1);
    encoder->encoding = encoding;
    return encoder;
}

void
transfer_encoder_free(TransferEncoder *encoder)
{
    g_free(encoder);
}

static void
put_base64_line(TransferEncoder *encoder, GByteArray *out)
{
    char text[LINE_CHARS + 5];
    gint state = 0;
    gint save = 0;
    gsize size = g_base64_encode_step(encoder->line, encoder->held, FALSE, text,
                                      &state, &save);
    size += g_base64_encode_close(FALSE, text + size, &state, &save);
    g_byte_array_append(out, (const guint8 *)text, (guint)size);
    put_text(out, "\r\n");
    encoder->held = 0;
}

static void
encode_base64(TransferEncoder *encoder, const guint8 *bytes, gsize size,
              GByteArray *out)
{
    while (size > 0) {
        gsize part = MIN(size, LINE_BYTES - encoder->held);
        memcpy(encoder->line + encoder->held, bytes, part);
        encoder->held += part;
        bytes += part;
        size -= part;
        if (encoder->held == LINE_BYTES)
            put_base64_line(encoder, out);
    }
}

/* A line never begins with what an mbox, SMTP or a boundary would take for
 * its own. */
static bool
needs_escape(guint8 byte, unsigned column)
{
    if (byte == '=' || byte > '~' || (byte < ' ' && byte != '\t'))
        return true;
    return column == 0 && (byte == 'F' || byte == '.' || byte == '-');
}

static void
put_quoted(TransferEncoder *encoder, guint8 byte, bool force, GByteArray *out)
{
    static const char digits[] = "0123456789ABCDEF";
    if (encoder->column + 3 > LINE_CHARS - 1) {
        put_text(out, "=\r\n");
        encoder->column = 0;
    }
    if (force || needs_escape(byte, encoder->column)) {
        put(out, '=');
        put(out, digits[byte >> 4]);
        put(out, digits[byte & 15]);
        encoder->column += 3;
    } else {
        put(out, (char)byte);
        encoder->column++;
    }
}

/* What was held back turns out not to be before a line end. */
static void
put_held(TransferEncoder *encoder, bool at_end, GByteArray *out)
{
    if (encoder->blank != '\0')
        put_quoted(encoder, (guint8)encoder->blank, at_end, out);
    encoder->blank = '\0';
}

static void
encode_quoted(TransferEncoder *encoder, guint8 byte, GByteArray *out)
{
    if (encoder->cr) {
        encoder->cr = false;
        if (byte == '\n') {
            put_held(encoder, true, out);
            put_text(out, "\r\n");
            encoder->column = 0;
            return;
        }
        put_held(encoder, false, out);
        put_quoted(encoder, '\r', true, out);
    }
    if (byte == '\r') {
        encoder->cr = true;
        return;
    }
    put_held(encoder, false, out);
    if (byte == ' ' || byte == '\t')
        encoder->blank = (char)byte;
    else
        put_quoted(encoder, byte, byte == '\n', out);
}

void
transfer_encode(TransferEncoder *encoder, const void *bytes, gsize size_bytes,
                GByteArray *out)
{
    const guint8 *c = bytes;
    if (encoder->encoding == ENCODING_BASE64) {
        encode_base64(encoder, c, size_bytes, out);
        return;
    }
    for (gsize i = 0; i < size_bytes; i++)
        encode_quoted(encoder, c[i], out);
}

void
transfer_encode_end(TransferEncoder *encoder, GByteArray *out)
{
    if (encoder->encoding == ENCODING_BASE64) {
        if (encoder->held > 0)
            put_base64_line(encoder, out);
        return;
    }
    put_held(encoder, true, out);
    if (encoder->cr)
        put_quoted(encoder, '\r', true, out);
    encoder->cr = false;
}

/* --- strictness -------------------------------------------------------- */

void
transfer_check_base64(TransferBase64 *check, const char *bytes,
                      gsize size_bytes)
{
    for (gsize i = 0; i < size_bytes; i++) {
        char c = bytes[i];
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t')
            continue;
        check->characters++;
        if (c == '=')
            check->padded = true;
        else if (check->padded || (!g_ascii_isalnum(c) && c != '+' && c != '/'))
            check->bad = true;
    }
}

bool
transfer_is_strict(const TransferBase64 *check)
{
    return !check->bad && check->characters % 4 == 0;
}
