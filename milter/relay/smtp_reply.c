/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP replies: read from bytes in any chunking, with limits. */
#include "relay/smtp_reply.h"

#include <stdbool.h>

#define MAX_LINE_BYTES 2048
#define MAX_LINES      100
#define MAX_TEXT_BYTES 1024

struct SmtpReplyReader {
    GString *line;
    GString *text;
    unsigned lines;
    int code;
    bool complete;
};

SmtpReplyReader *
smtp_reply_reader_new(void)
{
    SmtpReplyReader *reader = g_new0(SmtpReplyReader, 1);
    reader->line = g_string_new(NULL);
    reader->text = g_string_new(NULL);
    return reader;
}

void
smtp_reply_reader_free(SmtpReplyReader *reader)
{
    if (reader == NULL)
        return;
    g_string_free(reader->line, TRUE);
    g_string_free(reader->text, TRUE);
    g_free(reader);
}

static void
append_text(SmtpReplyReader *reader, const char *text)
{
    if (reader->text->len > 0 && *text != '\0')
        g_string_append_c(reader->text, ' ');
    for (; *text != '\0' && reader->text->len < MAX_TEXT_BYTES; text++)
        g_string_append_c(reader->text, g_ascii_isprint(*text) ? *text : '?');
}

/* One line without its end. */
static SmtpReplyState
take_line(SmtpReplyReader *reader)
{
    const char *line = reader->line->str;
    if (reader->line->len < 3 || line[0] < '2' || line[0] > '5' ||
        !g_ascii_isdigit(line[1]) || !g_ascii_isdigit(line[2]) ||
        (line[3] != ' ' && line[3] != '-' && line[3] != '\0'))
        return SMTP_REPLY_BAD;
    int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
    if (reader->lines > 0 && code != reader->code)
        return SMTP_REPLY_BAD;
    reader->code = code;
    if (++reader->lines > MAX_LINES)
        return SMTP_REPLY_BAD;
    bool more = line[3] == '-';
    append_text(reader, line[3] != '\0' ? line + 4 : "");
    g_string_truncate(reader->line, 0);
    reader->complete = !more;
    return more ? SMTP_REPLY_MORE : SMTP_REPLY_DONE;
}

SmtpReplyState
smtp_reply_read(SmtpReplyReader *reader, const char *bytes, gsize size_bytes,
                gsize *used)
{
    if (reader->complete) {
        reader->complete = false;
        reader->lines = 0;
        g_string_truncate(reader->text, 0);
    }
    for (*used = 0; *used < size_bytes;) {
        char c = bytes[(*used)++];
        if (c == '\0' || reader->line->len > MAX_LINE_BYTES)
            return SMTP_REPLY_BAD;
        if (c != '\n') {
            g_string_append_c(reader->line, c);
            continue;
        }
        if (reader->line->len > 0 &&
            reader->line->str[reader->line->len - 1] == '\r')
            g_string_truncate(reader->line, reader->line->len - 1);
        SmtpReplyState state = take_line(reader);
        if (state != SMTP_REPLY_MORE)
            return state;
    }
    return SMTP_REPLY_MORE;
}

int
smtp_reply_get_code(const SmtpReplyReader *reader)
{
    return reader->code;
}

const char *
smtp_reply_get_text(const SmtpReplyReader *reader)
{
    return reader->text->str;
}
