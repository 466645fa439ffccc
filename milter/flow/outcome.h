/* SPDX-License-Identifier: BSD-2-Clause */
/* Outcome: what shall be done with a message; complete and without effect. */
#ifndef SCEAU_FLOW_OUTCOME_H
#define SCEAU_FLOW_OUTCOME_H

#include "base/spool.h"
#include "flow/envelope.h"
#include "mime/entity.h"
#include "mime/message.h"
#include "policy/policy.h"

#include <glib.h>
#include <stdbool.h>

/* Born as LATER; only an explicit decision turns it into another. */
typedef enum {
    OUTCOME_LATER,     /* 4xx */
    OUTCOME_UNTOUCHED, /* let it pass byte for byte */
    OUTCOME_REPLACE,   /* copies first, then the changes in place */
    OUTCOME_REFUSE     /* 5xx */
} OutcomeKind;

/* Which SMTP reply a LATER or REFUSE becomes (flow/reply). */
typedef enum {
    REASON_POLICY,      /* a rule, or a class of what was found */
    REASON_TOO_BIG,     /* past a limit of ours */
    REASON_MALFORMED,   /* the message cannot be read */
    REASON_UNAVAILABLE, /* something did not answer */
    REASON_INTERNAL
} ReasonKind;

/* Why, for a person; one per recipient concerned, or one for the message. */
typedef struct {
    ReasonKind kind;
    char *address;    /* NULL: the message as a whole */
    char *class_name; /* word of the class, or NULL */
    char *rule;       /* NULL: none */
    char *text_en;    /* one sentence each; UTF-8, the reply makes it ASCII */
    char *text_fr;
} OutcomeReason;

/* What became of one recipient, for log and --json. */
typedef struct {
    char *address;
    const char *action;     /* "encrypted", "signed", "signed+encrypted",
                               "untouched", "clear", "refused", "deferred",
                               "already-sent" */
    const char *class_name; /* word of the class, "found", or NULL */
    char *reason;           /* NULL: nothing to tell */
    char *rule;             /* that set encrypt; NULL: default */
    char *certificate;      /* SHA-256 of the one used, or NULL */
    char *gateway;          /* the gateway it is of, where it is not his own */
} OutcomeReport;

/* A header field to delete (value NULL) or to change in its place; instance
 * counts fields of that name from 1, as received. Or one to add at the end
 * (instance 0). value begins with its blank and folds with CRLF + blank. */
typedef struct {
    char *name;
    char *value;
    unsigned instance;
} OutcomeChange;

/* A body of either kind. */
typedef struct {
    Entity *entity; /* its body (what follows its header), or */
    Spool *spool;   /* the message's own */
} OutcomeBody;

/* A message of its own for some of the recipients. */
typedef struct {
    GPtrArray *fields; /* Field *: the whole header, owned */
    OutcomeBody body;
    GPtrArray *recipients; /* const EnvelopeRecipient *, borrowed */
    const char *action;    /* as in OutcomeReport */
} OutcomeCopy;

typedef struct {
    OutcomeKind kind;
    GPtrArray *reasons; /* OutcomeReason *: of LATER and REFUSE */
    GPtrArray *reports; /* OutcomeReport *: one per recipient */
    /* REPLACE only: */
    GPtrArray *changes; /* OutcomeChange *: those of one name from the highest
                           instance down, then additions */
    OutcomeBody body;   /* both NULL: the body stays */
    GPtrArray *removed; /* const EnvelopeRecipient *: leave the transaction */
    GPtrArray *copies;  /* OutcomeCopy * */
    char *identity;     /* key of the copy journal */
} Outcome;

Outcome *outcome_new(void);
void outcome_free(Outcome *outcome); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outcome, outcome_free)

void outcome_copy_free(OutcomeCopy *copy);
void outcome_body_clear(OutcomeBody *body);

/* Turns outcome into LATER or REFUSE with one reason; texts are copied,
 * text_fr NULL takes text_en. */
void outcome_fail(Outcome *outcome, OutcomeKind kind, ReasonKind reason,
                  const char *address, const char *text_en,
                  const char *text_fr);

guint64 outcome_body_get_size(const OutcomeBody *body);

/* Copies up to size_bytes from offset: the count, 0 at the end, -1 with
 * TEMPORARY. */
ssize_t outcome_body_read_at(const OutcomeBody *body, guint64 offset,
                             void *buffer, size_t size_bytes,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The bytes from offset that lie together in memory, borrowed; NULL: read
 * them. */
const void *outcome_body_peek_at(const OutcomeBody *body, guint64 offset,
                                 gsize *size_bytes);

/* The body as one sealed spool (the very one when it already is). Errors:
 * TEMPORARY. */
Spool *outcome_body_spool(const OutcomeBody *body,
                          const SpoolSettings *settings,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A copy's header as bytes: fields with CRLF, no empty line. Caller frees. */
char *outcome_copy_format_header(const OutcomeCopy *copy, gsize *size_bytes);

/* The word of a kind: "later", "untouched", "replaced", "refused". */
const char *outcome_kind_get_name(OutcomeKind kind);

#endif
