/* SPDX-License-Identifier: BSD-2-Clause */
/* Terms: the words the tool shows for what policy and plan came to. */
#ifndef SCEAU_TOOL_TERMS_H
#define SCEAU_TOOL_TERMS_H

#include "flow/plan.h"
#include "keys/rights.h"
#include "policy/policy.h"

/* All static; the first two are the policy's own words. */
const char *terms_get_encrypt(PolicyEncrypt encrypt);
const char *terms_get_sign(PolicySign sign);
const char *terms_get_verdict(PolicyVerdict verdict);
const char *terms_get_treatment(PlanTreatment treatment);
const char *terms_get_right(RightClass class);

#endif
