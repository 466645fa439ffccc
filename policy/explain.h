/* SPDX-License-Identifier: BSD-2-Clause */
/* Explain: decision and trace as text that a postmaster understands. */
#ifndef SCEAU_POLICY_EXPLAIN_H
#define SCEAU_POLICY_EXPLAIN_H

#include "policy/policy.h"

/* Which rule set what, "default" where none did, then the trace. Holds the
 * policy's words only, and the recipient where nothing could be decided.
 * Caller frees. */
char *explain_decision(const PolicyDecision *decision);

#endif
