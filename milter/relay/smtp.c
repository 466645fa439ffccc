/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP: the lines and replies of one client connection. */
#include "relay/smtp.h"

#include "base/clock.h"
#include "base/error.h"
#include "relay/channel.h"
#include "relay/smtp_reply.h"

#include <string.h>

#define READ_BYTES      4096
#define MAX_TEXT_BYTES  1024
#define QUIT_TIMEOUT_MS 1000

struct Smtp {
    Channel *channel;
    gint64 timeout_ms;
    SmtpReplyReader *reader;
    char input[READ_BYTES];
    gsize input_start, input_end;
    bool broken; /* no more dialogue */
    bool in_content;
    bool line_start; /* content: the next byte begins a line */
    bool after_cr;
};

/* --- replies ----------------------------------------------------------- */

void
smtp_reply_clear(SmtpReply *reply)
{
    g_clear_pointer(&reply->text, g_free);
    g_clear_pointer(&reply->lines, g_strfreev);
}

static void
set_reply(SmtpReply *reply, const SmtpReplyReader *reader)
{
    reply->code = smtp_reply_get_code(reader);
    const char *text = smtp_reply_get_text(reader);
    reply->lines = g_strsplit(text, "\n", -1);
    reply->text = g_strndup(text, MAX_TEXT_BYTES);
    g_strdelimit(reply->text, "\n", ' ');
}

/* "AUTH=PLAIN" is how some old servers write "AUTH PLAIN". */
static bool
line_offers(const char *line, const char *keyword, const char *value)
{
    g_auto(GStrv) words = g_strsplit_set(line, " =", -1);
    if (words[0] == NULL || g_ascii_strcasecmp(words[0], keyword) != 0)
        return false;
    if (value == NULL)
        return true;
    for (char **word = words + 1; *word != NULL; word++)
        if (g_ascii_strcasecmp(*word, value) == 0)
            return true;
    return false;
}

bool
smtp_reply_offers(const SmtpReply *reply, const char *keyword,
                  const char *value)
{
    /* The first line is the server's name. */
    if (reply->lines == NULL || reply->lines[0] == NULL)
        return false;
    for (char **line = reply->lines + 1; *line != NULL; line++)
        if (line_offers(*line, keyword, value))
            return true;
    return false;
}

/* --- the connection ---------------------------------------------------- */

static gint64
get_deadline(const Smtp *smtp)
{
    return clock_monotonic_us() + smtp->timeout_ms * 1000;
}

static bool
fail(Smtp *smtp, const char *what, GError **error)
{
    smtp->broken = true;
    error_set(error, ERROR_TEMPORARY, "relay %s: %s",
              channel_get_server(smtp->channel), what);
    return false;
}

Smtp *
smtp_connect(const char *server, gint64 timeout_ms, GError **error)
{
    g_autoptr(Channel) channel =
        channel_open(server, clock_monotonic_us() + timeout_ms * 1000, error);
    if (channel == NULL)
        return NULL;
    Smtp *smtp = g_new0(Smtp, 1);
    smtp->channel = g_steal_pointer(&channel);
    smtp->timeout_ms = timeout_ms;
    smtp->reader = smtp_reply_reader_new();
    return smtp;
}

/* --- reading ----------------------------------------------------------- */

static bool
fill(Smtp *smtp, gint64 deadline_us, GError **error)
{
    gssize got = channel_read(smtp->channel, smtp->input, sizeof smtp->input,
                              deadline_us, error);
    smtp->input_start = 0;
    smtp->input_end = got > 0 ? (gsize)got : 0;
    smtp->broken = smtp->broken || got <= 0;
    return got > 0;
}

bool
smtp_read_reply(Smtp *smtp, SmtpReply *reply, GError **error)
{
    gint64 deadline_us = get_deadline(smtp);
    SmtpReplyState state = SMTP_REPLY_MORE;
    smtp_reply_clear(reply);
    while (state == SMTP_REPLY_MORE) {
        if (smtp->input_start == smtp->input_end &&
            !fill(smtp, deadline_us, error))
            return false;
        gsize used = 0;
        state = smtp_reply_read(smtp->reader, smtp->input + smtp->input_start,
                                smtp->input_end - smtp->input_start, &used);
        smtp->input_start += used;
    }
    if (state == SMTP_REPLY_BAD)
        return fail(smtp, "what it says is no SMTP reply", error);
    set_reply(reply, smtp->reader);
    return true;
}

/* --- commands ---------------------------------------------------------- */

static bool
write_all(Smtp *smtp, const char *bytes, gsize size_bytes, GError **error)
{
    bool done = channel_write(smtp->channel, bytes, size_bytes,
                              get_deadline(smtp), error);
    smtp->broken = smtp->broken || !done;
    return done;
}

static bool
is_quiet(const Smtp *smtp)
{
    return smtp->input_start == smtp->input_end &&
           channel_is_quiet(smtp->channel);
}

static bool
read_stray(Smtp *smtp, SmtpReply *reply, GError **error)
{
    if (!smtp_read_reply(smtp, reply, error))
        return false;
    smtp->broken = true;
    return reply->code == 421 ? true : fail(smtp, "it answers unasked", error);
}

static bool
has_control(const char *line)
{
    for (; *line != '\0'; line++)
        if (g_ascii_iscntrl(*line))
            return true;
    return false;
}

static bool
send_command(Smtp *smtp, SmtpReply *reply, const char *line, GError **error)
{
    if (has_control(line)) {
        error_set(error, ERROR_INTERNAL,
                  "relay: a command with control characters");
        return false;
    }
    if (!is_quiet(smtp))
        return read_stray(smtp, reply, error);
    char *whole = g_strconcat(line, "\r\n", NULL);
    bool sent = write_all(smtp, whole, strlen(whole), error);
    /* It may hold a password. */
    explicit_bzero(whole, strlen(whole));
    g_free(whole);
    return sent && smtp_read_reply(smtp, reply, error);
}

bool
smtp_command(Smtp *smtp, SmtpReply *reply, GError **error, const char *format,
             ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    bool done = send_command(smtp, reply, line, error);
    explicit_bzero(line, strlen(line));
    g_free(line);
    return done;
}

bool
smtp_start_tls(Smtp *smtp, const char *ca_file, const char *name,
               GError **error)
{
    /* Clear text behind the reply could have been put there by anybody. */
    if (smtp->input_start != smtp->input_end)
        return fail(smtp, "it answers unasked before TLS", error);
    bool done = channel_start_tls(smtp->channel, ca_file, name,
                                  get_deadline(smtp), error);
    smtp->broken = smtp->broken || !done;
    return done;
}

void
smtp_free(Smtp *smtp)
{
    if (smtp == NULL)
        return;
    g_auto(SmtpReply) reply = {0};
    smtp->timeout_ms = MIN(smtp->timeout_ms, QUIT_TIMEOUT_MS);
    if (!smtp->broken && !smtp->in_content)
        (void)!send_command(smtp, &reply, "QUIT", NULL);
    channel_free(smtp->channel);
    smtp_reply_reader_free(smtp->reader);
    g_free(smtp);
}

/* --- content ----------------------------------------------------------- */

bool
smtp_begin_content(Smtp *smtp, SmtpReply *reply, GError **error)
{
    if (!send_command(smtp, reply, "DATA", error))
        return false;
    smtp->in_content = reply->code == 354;
    smtp->line_start = true;
    smtp->after_cr = false;
    return true;
}

static bool
fail_bare(GError **error)
{
    error_set(error, ERROR_MALFORMED,
              "the copy holds a CR or LF alone (RFC 5321 2.3.8)");
    return false;
}

/* CR and LF only ever together: the byte after a CR is a LF, and none is
 * before. */
static bool
is_bare(const Smtp *smtp, char c)
{
    return smtp->after_cr != (c == '\n');
}

bool
smtp_send_content(Smtp *smtp, const char *bytes, gsize size_bytes,
                  GError **error)
{
    g_autoptr(GString) out = g_string_sized_new(size_bytes + 64);
    for (gsize i = 0; i < size_bytes; i++) {
        char c = bytes[i];
        if (is_bare(smtp, c))
            return fail_bare(error);
        if (smtp->line_start && c == '.')
            g_string_append_c(out, '.');
        g_string_append_c(out, c);
        smtp->line_start = c == '\n';
        smtp->after_cr = c == '\r';
    }
    return write_all(smtp, out->str, out->len, error);
}

bool
smtp_end_content(Smtp *smtp, SmtpReply *reply, bool *unanswered, GError **error)
{
    const char *end = smtp->line_start ? ".\r\n" : "\r\n.\r\n";
    *unanswered = false;
    if (smtp->after_cr)
        return fail_bare(error);
    *unanswered = true;
    if (!write_all(smtp, end, strlen(end), error) ||
        !smtp_read_reply(smtp, reply, error))
        return false;
    *unanswered = false;
    smtp->in_content = false;
    return true;
}
