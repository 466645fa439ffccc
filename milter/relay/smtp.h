/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP: the lines and replies of one client connection (RFC 5321), each wait
 * with a deadline. */
#ifndef SCEAU_RELAY_SMTP_H
#define SCEAU_RELAY_SMTP_H

#include <glib.h>
#include <stdbool.h>

typedef struct Smtp Smtp;

/* A reply: its code (200 to 599), its text on one line (at most 1 KiB) and its
 * lines; all without the code, printable ASCII. */
typedef struct {
    int code;
    char *text;   /* "5.7.1 no"; owned */
    char **lines; /* owned */
} SmtpReply;

void smtp_reply_clear(SmtpReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SmtpReply, smtp_reply_clear)

/* Whether one of EHLO's lines begins with keyword (RFC 5321 4.1.1.1) and, when
 * value is not NULL, names value after it. */
bool smtp_reply_offers(const SmtpReply *reply, const char *keyword,
                       const char *value);

/* Connects (relay/server.h) within timeout_ms, which is then the longest wait
 * for each reply; nothing is read yet. Errors: TEMPORARY, CONFIG. */
Smtp *smtp_connect(const char *server, gint64 timeout_ms, GError **error);

/* Says QUIT where that is still possible, without waiting long, and closes.
 * Inside content it only closes: what was sent is then no message. NULL is
 * fine. */
void smtp_free(Smtp *smtp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Smtp, smtp_free)

/* Reads one reply. Errors: TEMPORARY (silence, a closed connection, what is
 * no reply: over 2 KiB a line, 100 lines, codes that differ). */
bool smtp_read_reply(Smtp *smtp, SmtpReply *reply,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sends one command line (without CRLF) and reads its reply. A line that
 * holds control characters is never sent: INTERNAL. A peer that had already
 * answered before it was asked is not believed: TEMPORARY, unless it says 421
 * (RFC 5321 3.8), which is then the reply. */
bool smtp_command(Smtp *smtp, SmtpReply *reply, GError **error,
                  const char *format, ...)
    G_GNUC_PRINTF(4, 5) G_GNUC_WARN_UNUSED_RESULT;

/* After the reply to STARTTLS: TLS from here on, against a certificate for
 * name that chains to ca_file. Errors: TEMPORARY, CONFIG. */
bool smtp_start_tls(Smtp *smtp, const char *ca_file, const char *name,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* DATA: content may follow when the reply is 354. */
bool smtp_begin_content(Smtp *smtp, SmtpReply *reply,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sends message content, dot-stuffed (RFC 5321 4.5.2); chunks may end
 * anywhere. Errors: TEMPORARY; MALFORMED at a CR or LF alone, which servers
 * understand in different ways (RFC 5321 2.3.8) and which is never sent. */
bool smtp_send_content(Smtp *smtp, const char *bytes, gsize size_bytes,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The end of content: CRLF if the last line lacks it, the final dot, and the
 * reply to it. Errors: as smtp_send_content, before the dot was sent. When
 * *unanswered is true after an error, the dot may have been understood. */
bool smtp_end_content(Smtp *smtp, SmtpReply *reply, bool *unanswered,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
