/* SPDX-License-Identifier: BSD-2-Clause */
/* Deliver: carries out an outcome: copies first, then the change in place. */
#ifndef SCEAU_DAEMON_DELIVER_H
#define SCEAU_DAEMON_DELIVER_H

#include "base/spool.h"
#include "base/state.h"
#include "flow/envelope.h"
#include "flow/outcome.h"
#include "relay/relay.h"

#include <stdbool.h>
#include <sys/types.h>

#include <libmilter/mfapi.h>

/* What it works with; all borrowed. */
typedef struct {
    SMFICTX *ctx;
    const RelaySettings *relay;
    const SpoolSettings *spool;
    State *state;
    const Envelope *envelope;
    bool leading_blanks; /* SMFIP_HDR_LEADSPC: values keep their blank */
} Delivery;

/* For a REPLACE outcome, in EOM only. MAIL and RCPT of every copy are tried
 * before anything leaves; each copy that has left is journalled at once; then
 * body, recipients and header are changed in place, in this order. When
 * something fails, outcome becomes REFUSE (a 5xx for a recipient while
 * nothing has left) or LATER: the journal keeps a retry from sending a copy
 * twice. */
void deliver_outcome(const Delivery *delivery, Outcome *outcome);

#endif
