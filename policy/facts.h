/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts: the table of everything a policy may ask. */
#ifndef SCEAU_POLICY_FACTS_H
#define SCEAU_POLICY_FACTS_H

#include <stdbool.h>

/* When the answer can be there at the earliest. */
typedef enum {
    MOMENT_CONNECT,
    MOMENT_MAIL,
    MOMENT_RCPT,
    MOMENT_HEADERS,
    MOMENT_BODY,
    MOMENT_LABELS /* with the facts that the labels ask for */
} FactMoment;

typedef enum {
    FACT_RECIPIENT,
    FACT_ANY_RECIPIENT,
    FACT_EVERY_RECIPIENT,
    FACT_SENDER,
    FACT_FROM,
    FACT_LOGIN,
    FACT_SERVICE,
    FACT_SUBMITTED,
    FACT_HEADER,
    FACT_ANY_HEADER,
    FACT_SUBJECT,
    FACT_ANY_SUBJECT,
    FACT_KIND,
    FACT_SIGNED,
    FACT_ENCRYPTED,
    FACT_SIZE,
    FACT_LABELLED,
    FACT_LEVEL
} FactId;

/* What its values are, and so how they are compared. */
typedef enum {
    FACT_TYPE_ADDRESS,   /* patterns of base/mailbox */
    FACT_TYPE_RECIPIENT, /* the same, or inside, outside */
    FACT_TYPE_NAME,      /* exactly, but for the case of ASCII letters */
    FACT_TYPE_TEXT,      /* folded (policy/text.h) */
    FACT_TYPE_FLAG,
    FACT_TYPE_KIND,
    FACT_TYPE_SIZE,
    FACT_TYPE_LABEL,
    FACT_TYPE_LEVEL
} FactType;

/* How a fact may be asked; a row has a set of these. */
typedef enum {
    OPERATOR_PRESENT = 1 << 0, /* the fact alone: it is so, there is one */
    OPERATOR_IS = 1 << 1,
    OPERATOR_IN = 1 << 2,
    OPERATOR_HAS = 1 << 3,
    OPERATOR_HAS_WORD = 1 << 4,
    OPERATOR_MATCHES = 1 << 5,
    OPERATOR_OVER = 1 << 6,
    OPERATOR_UNDER = 1 << 7,
    OPERATOR_AT_LEAST = 1 << 8
} FactOperator;

typedef struct {
    const char *name; /* as written: "any subject" */
    FactId id;
    FactType type;
    unsigned operators; /* FactOperator set */
    FactMoment moment;
    bool about_recipient; /* the one the decision is for */
    bool named;           /* a text follows the name: header "X" */
    const char *help;     /* one line, no full stop */
} FactRow;

/* Ends with a row whose name is NULL. */
extern const FactRow facts_table[];

/* NULL: no such fact. */
const FactRow *facts_find(const char *name);

/* Whether word begins a fact that a later version will know. */
bool facts_is_later(const char *word);

/* "is", "has word", …; the empty text for OPERATOR_PRESENT. */
const char *facts_get_operator_name(FactOperator verb);

/* "headers", …, for people. */
const char *facts_get_moment_name(FactMoment moment);

/* The operators of a row as "is, in or matches". Caller frees. */
char *facts_make_operator_list(const FactRow *row);

/* The words of "kind is …" and the PolicyKind of each; ends with word NULL. */
typedef struct {
    const char *word;
    unsigned kind;
    const char *help;
} FactKindRow;

extern const FactKindRow facts_kinds[];

#endif
