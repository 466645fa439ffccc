/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups: who is treated alike gets one copy. Pure. */
#ifndef SCEAU_FLOW_GROUPS_H
#define SCEAU_FLOW_GROUPS_H

#include "flow/plan.h"

#include <glib.h>

/* An empty list of PlanGroup *, which it owns. */
GPtrArray *groups_new(void);

/* Fills plan->groups from plan->lines, of a plan that delivers: each recipient
 * who is served now is in one of them, the most protected group comes first.
 * An encrypted Bcc is alone: RecipientInfos name their readers. Copies of one
 * RSA and one EC reader are apart: older readers cannot open a mixed one. */
void groups_make(Plan *plan, const PlanRecipient *recipients);

#endif
