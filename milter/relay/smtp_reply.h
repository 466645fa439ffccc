/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP replies: read from bytes in any chunking, with limits
 * (RFC 5321 4.2.1). */
#ifndef SCEAU_RELAY_SMTP_REPLY_H
#define SCEAU_RELAY_SMTP_REPLY_H

#include <glib.h>

/* Of one line without its end, and of one reply. */
#define SMTP_REPLY_MAX_LINE_BYTES 2048
#define SMTP_REPLY_MAX_LINES      100

typedef enum {
    SMTP_REPLY_MORE, /* not complete yet */
    SMTP_REPLY_DONE,
    SMTP_REPLY_BAD /* past a limit, or no reply: the reader may only be freed */
} SmtpReplyState;

typedef struct SmtpReplyReader SmtpReplyReader;

SmtpReplyReader *smtp_reply_reader_new(void);
void smtp_reply_reader_free(SmtpReplyReader *reader); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpReplyReader, smtp_reply_reader_free)

/* Takes bytes up to the end of one reply; *used tells how many. After
 * SMTP_REPLY_DONE the next call begins the next reply. Lines may end in CRLF
 * or LF. */
SmtpReplyState smtp_reply_read(SmtpReplyReader *reader, const char *bytes,
                               gsize size_bytes, gsize *used);

/* Of a complete one: its code, 200 to 599; its lines without the code, joined
 * by LF, what is not printable ASCII replaced by "?". Borrowed until the next
 * read. */
int smtp_reply_get_code(const SmtpReplyReader *reader);
const char *smtp_reply_get_text(const SmtpReplyReader *reader);

#endif
