/* SPDX-License-Identifier: BSD-2-Clause */
/* Remember: what later messages must know of this one: for whom it was
 * encrypted, and whose certificate was missed. */
#ifndef SCEAU_FLOW_REMEMBER_H
#define SCEAU_FLOW_REMEMBER_H

#include "base/marks.h"
#include "flow/envelope.h"
#include "flow/outcome.h"

/* Of an outcome that has been carried out: its reports tell what became of
 * each recipient. Whoever is newly lost is told in the log, once, for the
 * administrator; what cannot be written is told too, and stops no mail. */
void remember_outcome(Marks *marks, const Envelope *envelope,
                      const Outcome *outcome);

#endif
