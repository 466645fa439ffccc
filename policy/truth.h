/* SPDX-License-Identifier: BSD-2-Clause */
/* Truth: Kleene's three values. What is true or false stays so whatever the
 * unknown turns out to be. */
#ifndef SCEAU_POLICY_TRUTH_H
#define SCEAU_POLICY_TRUTH_H

#include "policy/policy.h"

Truth truth_of(bool value);
Truth truth_negate(Truth truth);
Truth truth_either(Truth a, Truth b);
Truth truth_both(Truth a, Truth b);

#endif
