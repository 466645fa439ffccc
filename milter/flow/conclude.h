/* SPDX-License-Identifier: BSD-2-Clause */
/* Conclude: a plan that delivers, and its sealed entities -> the outcome. */
#ifndef SCEAU_FLOW_CONCLUDE_H
#define SCEAU_FLOW_CONCLUDE_H

#include "flow/envelope.h"
#include "flow/outcome.h"
#include "flow/plan.h"
#include "mime/entity.h"
#include "mime/message.h"

#include <glib.h>

/* Fills outcome with in-place changes, removed recipients and copies.
 * entities: one Entity * per group of plan, NULL where the group is
 * untouched. All borrowed; outcome then borrows from envelope. */
void conclude_deliver(Outcome *outcome, const Plan *plan,
                      const Envelope *envelope, const Message *message,
                      Spool *body, const GPtrArray *entities);

/* Fills outcome with the reasons of a plan that refuses or waits. */
void conclude_fail(Outcome *outcome, const Plan *plan,
                   const Envelope *envelope);

/* One OutcomeReport per recipient, whatever the plan came to. */
void conclude_report(Outcome *outcome, const Plan *plan,
                     const Envelope *envelope);

#endif
