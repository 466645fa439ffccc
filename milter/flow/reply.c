/* SPDX-License-Identifier: BSD-2-Clause */
/* Reply: reasons to the SMTP reply a sender sees. */
#include "flow/reply.h"

#include "base/quote.h"

#include <string.h>

/* libmilter takes 32 lines of 980 octets; a person reads far fewer. */
#define MAX_REASONS    8
#define MAX_LINE_BYTES 400

typedef struct {
    const char *code;
    const char *enhanced;
} ReplyCode;

/* RFC 5321 4.2, RFC 3463 3. */
static ReplyCode
choose_code(OutcomeKind kind, ReasonKind reason)
{
    bool final = kind == OUTCOME_REFUSE;
    switch (reason) {
    case REASON_POLICY:
        return final ? (ReplyCode){"550", "5.7.1"}
                     : (ReplyCode){"451", "4.7.1"};
    case REASON_TOO_BIG:
        return final ? (ReplyCode){"552", "5.3.4"}
                     : (ReplyCode){"452", "4.3.4"};
    case REASON_MALFORMED:
        return final ? (ReplyCode){"554", "5.6.0"}
                     : (ReplyCode){"451", "4.6.0"};
    case REASON_UNAVAILABLE:
        return final ? (ReplyCode){"550", "5.4.3"}
                     : (ReplyCode){"451", "4.4.3"};
    case REASON_INTERNAL:
        break;
    }
    return final ? (ReplyCode){"554", "5.3.0"} : (ReplyCode){"451", "4.3.0"};
}

static void
add_line(GPtrArray *lines, const char *address, const char *separator,
         const char *text)
{
    g_autofree char *whole =
        address != NULL ? g_strdup_printf("<%s>%s %s", address, separator, text)
                        : g_strdup(text);
    char *line = quote_smtp(whole);
    if (strlen(line) > MAX_LINE_BYTES)
        line[MAX_LINE_BYTES] = '\0';
    g_ptr_array_add(lines, line);
}

static void
add_reasons(GPtrArray *lines, const GPtrArray *reasons)
{
    guint shown = MIN(reasons->len, MAX_REASONS);
    for (guint i = 0; i < shown; i++) {
        const OutcomeReason *reason = g_ptr_array_index(reasons, i);
        add_line(lines, reason->address, ":", reason->text_en);
    }
    for (guint i = 0; i < shown; i++) {
        const OutcomeReason *reason = g_ptr_array_index(reasons, i);
        if (strcmp(reason->text_fr, reason->text_en) != 0)
            add_line(lines, reason->address, " :", reason->text_fr);
    }
    if (reasons->len > shown) {
        g_autofree char *more =
            g_strdup_printf("and %u more / et %u de plus", reasons->len - shown,
                            reasons->len - shown);
        add_line(lines, NULL, "", more);
    }
}

Reply
reply_make(const Outcome *outcome, const char *contact)
{
    GPtrArray *lines = g_ptr_array_new();
    ReasonKind kind = REASON_INTERNAL;
    if (outcome->reasons->len > 0) {
        const OutcomeReason *first = g_ptr_array_index(outcome->reasons, 0);
        kind = first->kind;
        add_reasons(lines, outcome->reasons);
    } else {
        add_line(lines, NULL, "", "Please try again later");
        add_line(lines, NULL, "", "Veuillez reessayer plus tard");
    }
    if (contact != NULL && *contact != '\0') {
        g_autofree char *ask = g_strdup_printf("Contact: %s", contact);
        add_line(lines, NULL, "", ask);
    }
    g_ptr_array_add(lines, NULL);
    ReplyCode code = choose_code(outcome->kind, kind);
    return (Reply){
        .code = g_strdup(code.code),
        .enhanced = g_strdup(code.enhanced),
        .lines = (char **)g_ptr_array_free(lines, FALSE),
    };
}

void
reply_clear(Reply *reply)
{
    g_clear_pointer(&reply->code, g_free);
    g_clear_pointer(&reply->enhanced, g_free);
    g_clear_pointer(&reply->lines, g_strfreev);
}

char *
reply_format(const Reply *reply)
{
    GString *text = g_string_new(NULL);
    for (char **line = reply->lines; *line != NULL; line++)
        g_string_append_printf(text, "%s%c%s %s\n", reply->code,
                               line[1] != NULL ? '-' : ' ', reply->enhanced,
                               *line);
    return g_string_free(text, FALSE);
}
