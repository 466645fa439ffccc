/* SPDX-License-Identifier: BSD-2-Clause */
/* Plan: decisions + what was found -> groups of recipients treated alike, or
 * a refusal. Pure. */
#ifndef SCEAU_FLOW_PLAN_H
#define SCEAU_FLOW_PLAN_H

#include "certs/finder.h"
#include "flow/form.h"
#include "flow/outcome.h"
#include "keys/keyring.h"
#include "keys/rights.h"
#include "mime/outline.h"
#include "policy/policy.h"
#include "smime/certificate.h"

#include <glib.h>
#include <stdbool.h>

/* What is known of the message as a whole. Borrowed. */
typedef struct {
    OutlineSeal seal;
    bool unreadable;         /* some of its content could not be looked into */
    bool foreign_recipients; /* password, KEK recipients or a weak cipher */
    RightClass right;
    const char *right_reason;
    KeyClass key; /* only asked when right allows */
    const char *key_reason;
    const char *clock; /* why the time cannot be right: nothing can be judged by
                          it; NULL: it may be */
} PlanMessage;

/* For a message that is encrypted already. */
typedef enum {
    SEALED_FOR_UNKNOWN, /* could not ask */
    SEALED_FOR_YES,     /* a RecipientInfo matches, or we know no certificate */
    SEALED_FOR_NO
} PlanSealedFor;

typedef struct {
    const char *address;
    bool bcc;          /* in the envelope, not in To or Cc */
    bool already_sent; /* the journal has a copy for him */
    const PolicyDecision *decision;
    const CertAnswer *answer; /* NULL: was not asked */
    PlanSealedFor sealed_for;
} PlanRecipient;

typedef enum {
    TREAT_REFUSE,
    TREAT_LATER,
    TREAT_SENT, /* has his copy from an earlier attempt */
    TREAT_UNTOUCHED,
    TREAT_SIGN,
    TREAT_ENCRYPT,
    TREAT_SIGN_ENCRYPT
} PlanTreatment;

/* One recipient's part of the plan. */
typedef struct {
    PlanTreatment treatment;
    PolicyClass class;        /* CLASS_COUNT: nothing special was found */
    char *reason;             /* owned, English; NULL */
    char *reason_fr;          /* owned */
    const char *rule;         /* borrowed from the policy */
    Certificate *certificate; /* to encrypt with; borrowed from the answer */
    const GPtrArray *devices; /* all to encrypt for, that one first; likewise;
                               * NULL: that one alone */
    const char *gateway;      /* whose that certificate is, where it is not the
                               * recipient's own; borrowed likewise */
    unsigned capable;         /* what the source says they open */
    Form form;
} PlanLine;

typedef struct {
    PlanTreatment treatment; /* UNTOUCHED … SIGN_ENCRYPT */
    Form form;
    KeyFamily family;        /* when encrypting */
    bool alone;              /* an encrypted Bcc: never joined */
    GArray *recipients;      /* unsigned: indexes */
    GPtrArray *certificates; /* const Certificate *, borrowed, no twins */
} PlanGroup;

typedef enum { PLAN_LATER, PLAN_REFUSE, PLAN_DELIVER } PlanVerdict;

typedef struct {
    PlanVerdict verdict;
    PlanLine *lines; /* one per recipient */
    unsigned line_count;
    GPtrArray *groups; /* PlanGroup *; the first is done in place. Empty when
                          all were served already */
} Plan;

/* What binds every recipient: "required" (or "by-sender") of one binds all,
 * unless it was given "for this recipient"; NEVER: nothing does. decisions:
 * const PolicyDecision *. And what becomes of one decision by it. */
PolicyEncrypt plan_get_bound(const GPtrArray *decisions);
PolicyEncrypt plan_bind(const PolicyDecision *decision, PolicyEncrypt bound);

/* Whether the gateway encrypts then. */
bool plan_encrypts(PlanTreatment treatment);

Plan *plan_make(const PlanMessage *message, const PlanRecipient *recipients,
                unsigned count);
void plan_free(Plan *plan); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

#endif
