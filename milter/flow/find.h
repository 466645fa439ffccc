/* SPDX-License-Identifier: BSD-2-Clause */
/* Find: what the plan needs to know beyond the decisions: certificates, the
 * signer, who has his copy already. */
#ifndef SCEAU_FLOW_FIND_H
#define SCEAU_FLOW_FIND_H

#include "base/state.h"
#include "flow/envelope.h"
#include "flow/plan.h"
#include "flow/setup.h"
#include "mime/message.h"
#include "mime/outline.h"

#include <glib.h>
#include <stdbool.h>

/* What was found. */
typedef struct Found Found;

/* What is asked about; all borrowed. */
typedef struct {
    const Setup *setup;
    State *state; /* NULL: no journal */
    const Envelope *envelope;
    const Message *message;
    const Spool *body;
    const Outline *outline;
    const RightAnswer *right;
    bool unreadable; /* facts are missing because of the message itself */
    const GPtrArray *decisions; /* PolicyDecision *, one per recipient */
} FindQuestion;

struct Found {
    GHashTable *answers; /* folded address -> CertAnswer * */
    KeyAnswer key;
    char *clock;    /* why the time cannot be right; NULL: it may be */
    char *identity; /* NULL: no journal needed */
    bool *sent;     /* one per recipient: has his copy */
};

/* Begins to ask directories for what find_all will probably ask, and waits for
 * nothing. outline may be NULL: not known yet. */
void find_prefetch(const FindQuestion *question);

/* Asks directories (bounded by lookup-timeout), keyring and journal: only
 * what could change the plan. Errors: TEMPORARY (the journal), INTERNAL. NULL
 * then. Caller frees with find_free. */
Found *find_all(const FindQuestion *question,
                GError **error) G_GNUC_WARN_UNUSED_RESULT;
void find_free(Found *found); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Found, find_free)

/* What answer comes to when it is remembered who had a certificate: none, with
 * a gateway to stand in or without, is LOST for whom mail was encrypted lately
 * with one of his own (base/marks.h), and DIRECTORY_DOWN when that cannot be
 * asked. Takes answer; others who have it see no change. Caller unrefs. */
CertAnswer *find_consider_lost(const Setup *setup, CertAnswer *answer);

/* The answer about one recipient, NULL when it was not asked. */
const CertAnswer *find_get_answer(const Found *found, const Envelope *envelope,
                                  unsigned recipient);

/* Whether any decision asks for a signature. */
bool find_wants_signature(const GPtrArray *decisions);

/* Joins the decisions with what was found. */
Plan *find_make_plan(const FindQuestion *question, const Found *found);

#endif
