/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP replies: read from bytes in any chunking, with limits. */
#include "relay/smtp_reply.h"

#include <stdbool.h>

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
    if (reader->lines > 1)
        g_string_append_c(reader->text, '\n');
    for (; *text != '\0'; text++)
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
    if (++reader->lines > SMTP_REPLY_MAX_LINES)
        return SMTP_REPLY_BAD;
    reader->code = code;
    bool more = line[3] == '-';
    append_text(reader, line[3] != '\0' ? line + 4 : "");
    g_string_truncate(reader->line, 0);
    reader->complete = !more;
    return more ? SMTP_REPLY_MORE : SMTP_REPLY_DONE;
}

static SmtpReplyState
take_byte(SmtpReplyReader *reader, char c)
{
    GString *line = reader->line;
    if (c == '\n') {
        if (line->len > 0 && line->str[line->len - 1] == '\r')
            g_string_truncate(line, line->len - 1);
        return line->len > SMTP_REPLY_MAX_LINE_BYTES ? SMTP_REPLY_BAD
                                                     : take_line(reader);
    }
    /* One more, which may be the CR of the line's end. */
    if (c == '\0' || line->len > SMTP_REPLY_MAX_LINE_BYTES)
        return SMTP_REPLY_BAD;
    g_string_append_c(line, c);
    return SMTP_REPLY_MORE;
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
    SmtpReplyState state = SMTP_REPLY_MORE;
    for (*used = 0; *used < size_bytes && state == SMTP_REPLY_MORE;)
        state = take_byte(reader, bytes[(*used)++]);
    return state;
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
