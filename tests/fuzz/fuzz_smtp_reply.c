/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz SMTP replies: any bytes from a relay, at once and one by one, which
 * must come to the same. */
#include "relay/smtp_reply.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

/* Every reply as "used code text", and how it ended. */
static char *
read_all(const char *bytes, gsize size, gsize step)
{
    g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
    GString *seen = g_string_new(NULL);
    SmtpReplyState state = SMTP_REPLY_MORE;
    for (gsize at = 0; at < size && state != SMTP_REPLY_BAD;) {
        gsize used = 0, piece = MIN(step, size - at);
        state = smtp_reply_read(reader, bytes + at, piece, &used);
        g_assert_true(used >= 1 && used <= piece);
        at += used;
        if (state != SMTP_REPLY_DONE)
            continue;
        int code = smtp_reply_get_code(reader);
        const char *text = smtp_reply_get_text(reader);
        g_assert_true(code >= 200 && code <= 599);
        g_assert_cmpuint(strlen(text), <=,
                         SMTP_REPLY_MAX_LINES * SMTP_REPLY_MAX_LINE_BYTES);
        for (const char *c = text; *c != '\0'; c++)
            g_assert_true(*c == '\n' || g_ascii_isprint(*c));
        g_string_append_printf(seen, "%u %d %s\n", (unsigned)at, code, text);
    }
    g_string_append_printf(seen, "%d", (int)state);
    return g_string_free(seen, FALSE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    const char *text = (const char *)bytes;
    g_autofree char *whole = read_all(text, size_bytes, G_MAXSIZE);
    g_autofree char *piecemeal = read_all(text, size_bytes, 1);
    g_assert_cmpstr(whole, ==, piecemeal);
    return 0;
}
