/* SPDX-License-Identifier: BSD-2-Clause */
/* Process: the story of one message in three steps: headers, body, end. Read
 * this first. Daemon and tool call the same code. */
#ifndef SCEAU_FLOW_PROCESS_H
#define SCEAU_FLOW_PROCESS_H

#include "base/state.h"
#include "flow/envelope.h"
#include "flow/outcome.h"
#include "flow/plan.h"
#include "flow/setup.h"
#include "mime/message.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* One message; one thread. */
typedef struct Process Process;

/* Call when the header is complete. Takes envelope and message; keeps a
 * reference to setup. state holds the copy journal and must outlive it; NULL:
 * no journal (the offline tool). */
Process *process_new(Setup *setup, State *state, Envelope *envelope,
                     Message *message);
void process_free(Process *process); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Process, process_free)

/* The header could not be kept whole: unless the message is none of ours to
 * judge (no recipient outside), error is the outcome. Before process_headers.
 * Takes error. */
void process_fail_header(Process *process, GError *error);

typedef enum {
    PROCESS_CONTINUE, /* the body matters: feed it */
    PROCESS_PASS      /* nothing to do: let it pass without its body */
} ProcessNext;

/* End of headers. Cannot fail: any trouble waits for process_end. */
ProcessNext process_headers(Process *process);

/* The next body bytes, any chunking. Cannot fail: what went wrong becomes
 * the outcome. False: no more bytes are needed (the outcome is certain). */
bool process_body(Process *process, const void *bytes, size_t size_bytes);

/* End of message: decides, finds, plans, seals. Never NULL. The outcome
 * borrows from process and must be freed before it. */
Outcome *process_end(Process *process);

/* Everything of process_end but sealing, for "sceau explain"; then the parts
 * it came to, borrowed until process_free; NULL when not reached. */
Outcome *process_explain(Process *process);
const Plan *process_get_plan(const Process *process);
const PolicyDecision *process_get_decision(const Process *process,
                                           unsigned recipient);
const CertAnswer *process_get_answer(const Process *process,
                                     unsigned recipient);
const RightAnswer *process_get_right(const Process *process);
const Envelope *process_get_envelope(const Process *process);
const Setup *process_get_setup(const Process *process);

/* Writes down what later messages must know of this one; after it has been
 * delivered. */
void process_remember(const Process *process, const Outcome *outcome);

/* One line per message and one per recipient, and the counters. */
void process_log(const Process *process, const Outcome *outcome);

#endif
