/* SPDX-License-Identifier: BSD-2-Clause */
/* Message reader: a message from a file, as an MTA would hand it over. */
#include "tool/message_reader.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>

#define MAX_HEADER_BYTES (1024 * 1024)

struct MessageReader {
    FILE *in;
    GString *pending; /* body bytes read ahead, with CRLF */
    gsize taken;      /* of pending */
    gsize header_bytes;
    int last; /* last byte given to the body; EOF: none */
};

MessageReader *
message_reader_new(FILE *in)
{
    MessageReader *reader = g_new0(MessageReader, 1);
    reader->in = in;
    reader->pending = g_string_new(NULL);
    reader->last = EOF;
    return reader;
}

void
message_reader_free(MessageReader *reader)
{
    if (reader == NULL)
        return;
    g_string_free(reader->pending, TRUE);
    g_free(reader);
}

static bool
check_read(const MessageReader *reader, GError **error)
{
    if (!ferror(reader->in))
        return true;
    error_set(error, ERROR_TEMPORARY, "reading the message failed: %s",
              g_strerror(errno));
    return false;
}

/* One line with its LF, "" at the end of the file. False with an error. */
static bool
read_line(MessageReader *reader, GString *line, GError **error)
{
    g_string_truncate(line, 0);
    for (int c = getc(reader->in); c != EOF; c = getc(reader->in)) {
        g_string_append_c(line, (char)c);
        if (++reader->header_bytes > MAX_HEADER_BYTES) {
            error_set(error, ERROR_MALFORMED, "the header is over 1 MiB");
            return false;
        }
        if (c == '\n')
            break;
    }
    return check_read(reader, error);
}

static void
strip_line_end(GString *line)
{
    if (line->len > 0 && line->str[line->len - 1] == '\n')
        g_string_truncate(line, line->len - 1);
    if (line->len > 0 && line->str[line->len - 1] == '\r')
        g_string_truncate(line, line->len - 1);
}

/* Length of the field's name, 0 when the line is no field (RFC 5322 2.2). */
static gsize
measure_name(const GString *line)
{
    gsize length = 0;
    while (length < line->len && line->str[length] > ' ' &&
           line->str[length] < 127 && line->str[length] != ':')
        length++;
    gsize colon = length;
    while (colon < line->len && strchr(" \t", line->str[colon]) != NULL &&
           line->str[colon] != '\0')
        colon++;
    return colon < line->len && line->str[colon] == ':' ? length : 0;
}

static bool
add_field(Message *message, const GString *field, GError **error)
{
    if (field->len == 0)
        return true;
    if (strlen(field->str) != field->len) {
        error_set(error, ERROR_MALFORMED,
                  "a header field holds a NUL (RFC 5322 2.2)");
        return false;
    }
    g_autofree char *name = g_strndup(field->str, measure_name(field));
    return message_add_field(message, name, strchr(field->str, ':') + 1, error);
}

static void
begin_body(MessageReader *reader, const GString *line)
{
    g_string_append_len(reader->pending, line->str, (gssize)line->len);
    g_string_append(reader->pending, "\r\n");
}

static bool
is_fold(const GString *line)
{
    return line->len > 0 && (line->str[0] == ' ' || line->str[0] == '\t');
}

bool
message_reader_read_header(MessageReader *reader, Message *message,
                           GError **error)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(GString) field = g_string_new(NULL);
    for (bool first = true;; first = false) {
        if (!read_line(reader, line, error))
            return false;
        bool at_end = line->len == 0;
        strip_line_end(line);
        if (first && g_str_has_prefix(line->str, "From "))
            continue;
        if (field->len > 0 && is_fold(line)) {
            g_string_append(field, "\r\n");
            g_string_append_len(field, line->str, (gssize)line->len);
            continue;
        }
        if (!add_field(message, field, error))
            return false;
        if (measure_name(line) == 0) {
            if (!at_end && line->len > 0)
                begin_body(reader, line);
            return true;
        }
        g_string_assign(field, "");
        g_string_append_len(field, line->str, (gssize)line->len);
    }
}

static void
fill(MessageReader *reader)
{
    g_string_truncate(reader->pending, 0);
    reader->taken = 0;
    int c = getc(reader->in);
    if (c == '\n' && reader->last != '\r')
        g_string_append_c(reader->pending, '\r');
    if (c != EOF) {
        g_string_append_c(reader->pending, (char)c);
    } else if (reader->last != EOF && reader->last != '\n') {
        /* An MTA closes the last line; a CR alone at its end is its own. */
        g_string_append(reader->pending, "\r\n");
    }
}

ssize_t
message_reader_read_body(MessageReader *reader, char *buffer, size_t size_bytes,
                         GError **error)
{
    size_t count = 0;
    while (count < size_bytes) {
        if (reader->taken == reader->pending->len)
            fill(reader);
        if (reader->pending->len == 0)
            break;
        buffer[count] = reader->pending->str[reader->taken++];
        reader->last = (unsigned char)buffer[count++];
    }
    return check_read(reader, error) ? (ssize_t)count : -1;
}
