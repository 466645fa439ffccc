/* SPDX-License-Identifier: BSD-2-Clause */
/* Report: what became of a message, in the log and the counters. */
#ifndef SCEAU_FLOW_REPORT_H
#define SCEAU_FLOW_REPORT_H

#include "flow/envelope.h"
#include "flow/outcome.h"
#include "keys/rights.h"

#include <glib.h>
#include <stdbool.h>

/* One line for the message, one per recipient (the 101st and later are only
 * counted), and the counters. wanted_signature: the policy asked for one. */
void report_outcome(const Envelope *envelope, const Outcome *outcome,
                    const RightAnswer *right, bool wanted_signature,
                    const char *policy_hash);

/* One line for an error of ours that kept a message back. */
void report_trouble(const Envelope *envelope, const GError *error);

/* One line for a DKIM signature of our own domains on a message that is
 * changed: removed from its copies, or kept though it no longer fits. */
void report_dkim(const Envelope *envelope, bool removed);

#endif
