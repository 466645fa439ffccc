/* SPDX-License-Identifier: BSD-2-Clause */
/* Reply: reasons to the SMTP reply a sender sees; the only place that knows
 * codes. Here and not in the daemon because "sceau process" prints it too. */
#ifndef SCEAU_FLOW_REPLY_H
#define SCEAU_FLOW_REPLY_H

#include "flow/outcome.h"

#include <glib.h>

typedef struct {
    char *code;     /* "550" */
    char *enhanced; /* "5.7.1" (RFC 3463) */
    char **lines;   /* ASCII, at most 30, each at most 400 octets, no CR or
                       LF; '%' is single */
} Reply;

void reply_clear(Reply *reply);

/* The reply for a LATER or REFUSE outcome: English, French, whom to ask
 * (contact, NULL: nobody named). */
Reply reply_make(const Outcome *outcome, const char *contact);

/* "550-5.7.1 …\n550 5.7.1 …\n" as a client would see it. Caller frees. */
char *reply_format(const Reply *reply);

#endif
