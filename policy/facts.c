/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts: the table of everything a policy may ask. */
#include "policy/facts.h"

#include "policy/policy.h"

#include <string.h>

#define ADDRESS_OPERATORS                                                      \
    (OPERATOR_IS | OPERATOR_IN | OPERATOR_HAS | OPERATOR_MATCHES)
#define NAME_OPERATORS (OPERATOR_PRESENT | OPERATOR_IS | OPERATOR_MATCHES)
#define TEXT_OPERATORS                                                         \
    (OPERATOR_IS | OPERATOR_HAS | OPERATOR_HAS_WORD | OPERATOR_MATCHES)

const FactRow facts_table[] = {
    {"recipient", FACT_RECIPIENT, FACT_TYPE_RECIPIENT, ADDRESS_OPERATORS,
     MOMENT_RCPT, true, false, "the recipient the decision is for"},
    {"any recipient", FACT_ANY_RECIPIENT, FACT_TYPE_RECIPIENT,
     ADDRESS_OPERATORS, MOMENT_RCPT, false, false,
     "at least one recipient of the message"},
    {"every recipient", FACT_EVERY_RECIPIENT, FACT_TYPE_RECIPIENT,
     ADDRESS_OPERATORS, MOMENT_RCPT, false, false,
     "all recipients of the message; false when there is none"},
    {"sender", FACT_SENDER, FACT_TYPE_ADDRESS, ADDRESS_OPERATORS, MOMENT_MAIL,
     false, false, "the envelope sender; \"\" for bounces"},
    {"from", FACT_FROM, FACT_TYPE_ADDRESS, ADDRESS_OPERATORS, MOMENT_HEADERS,
     false, false, "a mailbox of the From field"},
    {"login", FACT_LOGIN, FACT_TYPE_NAME, NAME_OPERATORS, MOMENT_MAIL, false,
     false, "the name of the SASL login; alone: there is one"},
    {"service", FACT_SERVICE, FACT_TYPE_NAME, NAME_OPERATORS, MOMENT_MAIL,
     false, false,
     "the configured service that handed it in; alone: there is one"},
    {"submitted", FACT_SUBMITTED, FACT_TYPE_FLAG, OPERATOR_PRESENT, MOMENT_MAIL,
     false, false, "a login or a service proves who handed it in"},
    {"header", FACT_HEADER, FACT_TYPE_TEXT, OPERATOR_PRESENT | TEXT_OPERATORS,
     MOMENT_HEADERS, false, true,
     "a field of that name in the message's own header; alone: there is one"},
    {"any header", FACT_ANY_HEADER, FACT_TYPE_TEXT,
     OPERATOR_PRESENT | TEXT_OPERATORS, MOMENT_BODY, false, true,
     "the same, also in the messages forwarded inside"},
    {"subject", FACT_SUBJECT, FACT_TYPE_TEXT, TEXT_OPERATORS, MOMENT_HEADERS,
     false, false, "the message's own Subject"},
    {"any subject", FACT_ANY_SUBJECT, FACT_TYPE_TEXT, TEXT_OPERATORS,
     MOMENT_BODY, false, false,
     "the same, or that of a message forwarded inside"},
    {"kind", FACT_KIND, FACT_TYPE_KIND, OPERATOR_IS, MOMENT_BODY, false, false,
     "what sort of mail it is; it may be several"},
    {"signed", FACT_SIGNED, FACT_TYPE_FLAG, OPERATOR_PRESENT, MOMENT_BODY,
     false, false, "it arrived signed"},
    {"encrypted", FACT_ENCRYPTED, FACT_TYPE_FLAG, OPERATOR_PRESENT, MOMENT_BODY,
     false, false, "it arrived encrypted: by its structure, not its word"},
    {"size", FACT_SIZE, FACT_TYPE_SIZE, OPERATOR_OVER | OPERATOR_UNDER,
     MOMENT_BODY, false, false, "the bytes of header and body"},
    {"labelled", FACT_LABELLED, FACT_TYPE_LABEL, OPERATOR_PRESENT,
     MOMENT_LABELS, false, false, "it has a label; with names: one of these"},
    {"level", FACT_LEVEL, FACT_TYPE_LEVEL, OPERATOR_AT_LEAST, MOMENT_LABELS,
     false, false, "the highest level among its labels"},
    {NULL, FACT_RECIPIENT, FACT_TYPE_FLAG, 0, MOMENT_CONNECT, false, false,
     NULL},
};

const FactKindRow facts_kinds[] = {
    {"ordinary", POLICY_KIND_ORDINARY, "none of the others"},
    {"auto-reply", POLICY_KIND_AUTO_REPLY, "absence notes and the like"},
    {"receipt", POLICY_KIND_RECEIPT, "a disposition notification"},
    {"bounce", POLICY_KIND_BOUNCE, "a delivery report"},
    {"calendar", POLICY_KIND_CALENDAR, "an invitation or its answer"},
    {"list", POLICY_KIND_LIST, "mail of a mailing list"},
    {"bulk", POLICY_KIND_BULK, "mail that calls itself bulk or junk"},
    {NULL, 0, NULL},
};

static const char *const later[] = {
    "attachment", "attachments", "body",   "client",    "disclaimer",
    "domain",     "exempt",      "group",  "locked",    "msip-label",
    "mx",         "pgp",         "tls",    "protected", "entry",
    "denied",     "escrow",      "recall", "charset",   NULL,
};

static const struct {
    FactOperator verb;
    const char *name;
} operators[] = {
    {OPERATOR_PRESENT, ""},
    {OPERATOR_IS, "is"},
    {OPERATOR_IN, "in"},
    {OPERATOR_HAS, "has"},
    {OPERATOR_HAS_WORD, "has word"},
    {OPERATOR_MATCHES, "matches"},
    {OPERATOR_OVER, "over"},
    {OPERATOR_UNDER, "under"},
    {OPERATOR_AT_LEAST, "at least"},
};

const FactRow *
facts_find(const char *name)
{
    for (const FactRow *row = facts_table; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

bool
facts_is_later(const char *word)
{
    return g_strv_contains(later, word);
}

const char *
facts_get_operator_name(FactOperator verb)
{
    for (gsize i = 0; i < G_N_ELEMENTS(operators); i++)
        if (operators[i].verb == verb)
            return operators[i].name;
    return "";
}

const char *
facts_get_moment_name(FactMoment moment)
{
    switch (moment) {
    case MOMENT_CONNECT:
        return "connect";
    case MOMENT_MAIL:
        return "mail";
    case MOMENT_RCPT:
        return "rcpt";
    case MOMENT_HEADERS:
        return "headers";
    case MOMENT_BODY:
        return "body";
    case MOMENT_LABELS:
        return "labels";
    }
    return "";
}

char *
facts_make_operator_list(const FactRow *row)
{
    const char *names[G_N_ELEMENTS(operators)];
    gsize count = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(operators); i++)
        if ((row->operators & operators[i].verb) != 0 &&
            *operators[i].name != '\0')
            names[count++] = operators[i].name;
    GString *list = g_string_new(NULL);
    for (gsize i = 0; i < count; i++)
        g_string_append_printf(list, "%s%s",
                               i == 0           ? ""
                               : i == count - 1 ? " or "
                                                : ", ",
                               names[i]);
    return g_string_free(list, FALSE);
}
