/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP: the lines and replies of one client connection (RFC 5321), each wait
 * with a deadline. */
#ifndef SCEAU_RELAY_SMTP_H
#define SCEAU_RELAY_SMTP_H

#include <glib.h>
#include <stdbool.h>

typedef struct Smtp Smtp;

/* A reply: its code (200 to 599) and its text, lines joined by blanks, at
 * most 1 KiB, control characters replaced. */
typedef struct {
    int code;
    char *text; /* "5.7.1 no" without the code; owned */
} SmtpReply;

void smtp_reply_clear(SmtpReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SmtpReply, smtp_reply_clear)

/* Connects to "unix:/path" or "host:port" within timeout_ms; nothing is read
 * yet. NULL with TEMPORARY (CONFIG when it may not be entered). */
Smtp *smtp_connect(const char *server, gint64 timeout_ms, GError **error);
void smtp_free(Smtp *smtp); /* closes; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Smtp, smtp_free)

/* Whether server names this machine: a unix socket or a loopback address. */
bool smtp_is_local(const char *server);

/* Reads one reply. Errors: TEMPORARY (silence, a closed connection, what is
 * no reply: over 2 KiB a line, 100 lines, codes that differ). */
bool smtp_read_reply(Smtp *smtp, SmtpReply *reply,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sends one command line (without CRLF) and reads its reply. A line that
 * holds control characters is never sent: INTERNAL. */
bool smtp_command(Smtp *smtp, SmtpReply *reply, GError **error,
                  const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Sends message content, dot-stuffed (RFC 5321 4.5.2); chunks may end
 * anywhere. Errors: TEMPORARY. */
bool smtp_send_content(Smtp *smtp, const char *bytes, gsize size_bytes,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The end of content: CRLF if the last line lacks it, the final dot, and the
 * reply to it. */
bool smtp_end_content(Smtp *smtp, SmtpReply *reply,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
