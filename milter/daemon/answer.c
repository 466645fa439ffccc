/* SPDX-License-Identifier: BSD-2-Clause */
/* Answer: an outcome as libmilter's status, with the reply's text. */
#include "daemon/answer.h"

#include "base/log.h"
#include "flow/reply.h"

/* libmilter takes 32 lines; the argument list is written out below. */
#define MAX_LINES 30

/* Postfix eats a single '%', Sendmail drops the whole text. */
static char *
double_percent(const char *text)
{
    GString *doubled = g_string_new(NULL);
    for (; *text != '\0'; text++) {
        g_string_append_c(doubled, *text);
        if (*text == '%')
            g_string_append_c(doubled, '%');
    }
    return g_string_free(doubled, FALSE);
}

static void
set_reply(SMFICTX *ctx, const Reply *reply)
{
    char *l[MAX_LINES] = {NULL};
    for (guint i = 0; i < MAX_LINES && reply->lines[i] != NULL; i++)
        l[i] = double_percent(reply->lines[i]);
    if (smfi_setmlreply(ctx, reply->code, reply->enhanced, l[0], l[1], l[2],
                        l[3], l[4], l[5], l[6], l[7], l[8], l[9], l[10], l[11],
                        l[12], l[13], l[14], l[15], l[16], l[17], l[18], l[19],
                        l[20], l[21], l[22], l[23], l[24], l[25], l[26], l[27],
                        l[28], l[29], NULL) != MI_SUCCESS)
        /* The MTA's own words then; the status still holds. */
        log_event(LOG_LEVEL_WARNING, "reply-not-set", "code", reply->code,
                  NULL);
    for (guint i = 0; i < MAX_LINES; i++)
        g_free(l[i]);
}

sfsistat
answer_make(SMFICTX *ctx, const Outcome *outcome, const char *contact)
{
    switch (outcome->kind) {
    case OUTCOME_UNTOUCHED:
        return SMFIS_ACCEPT;
    case OUTCOME_REPLACE:
        return SMFIS_CONTINUE;
    case OUTCOME_LATER:
    case OUTCOME_REFUSE:
        break;
    }
    Reply reply = reply_make(outcome, contact);
    set_reply(ctx, &reply);
    reply_clear(&reply);
    return outcome->kind == OUTCOME_REFUSE ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}
