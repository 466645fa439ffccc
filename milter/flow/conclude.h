/* SPDX-License-Identifier: BSD-2-Clause */
/* Conclude: a plan that delivers, and its sealed entities -> the outcome. */
#ifndef SCEAU_FLOW_CONCLUDE_H
#define SCEAU_FLOW_CONCLUDE_H

#include "flow/envelope.h"
#include "flow/outcome.h"
#include "flow/plan.h"
#include "flow/seal.h"

#include <glib.h>

/* Fills outcome with in-place changes, removed recipients and copies. sealed:
 * one SealCopy * per group of plan. All borrowed; outcome then borrows from
 * envelope. */
void conclude_deliver(Outcome *outcome, const Plan *plan,
                      const Envelope *envelope, Spool *body,
                      const GPtrArray *sealed);

/* Fills outcome with the reasons of a plan that refuses or waits. */
void conclude_fail(Outcome *outcome, const Plan *plan,
                   const Envelope *envelope);

/* Refusals of a message as a whole: a DKIM signature of ours that sealing
 * would break; what would be larger than the mail server takes. */
void conclude_refuse_dkim(Outcome *outcome);
void conclude_refuse_size(Outcome *outcome, guint64 size_bytes,
                          guint64 limit_bytes);

/* One OutcomeReport per recipient, whatever the plan came to. */
void conclude_report(Outcome *outcome, const Plan *plan,
                     const Envelope *envelope);

#endif
