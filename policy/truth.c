/* SPDX-License-Identifier: BSD-2-Clause */
/* Truth: Kleene's three values. */
#include "policy/truth.h"

Truth
truth_negate(Truth truth)
{
    switch (truth) {
    case TRUTH_FALSE:
        return TRUTH_TRUE;
    case TRUTH_TRUE:
        return TRUTH_FALSE;
    case TRUTH_UNKNOWN:
        break;
    }
    return TRUTH_UNKNOWN;
}

Truth
truth_either(Truth a, Truth b)
{
    if (a == TRUTH_TRUE || b == TRUTH_TRUE)
        return TRUTH_TRUE;
    return a == TRUTH_UNKNOWN || b == TRUTH_UNKNOWN ? TRUTH_UNKNOWN
                                                    : TRUTH_FALSE;
}

Truth
truth_both(Truth a, Truth b)
{
    return truth_negate(truth_either(truth_negate(a), truth_negate(b)));
}

Truth
truth_of(bool value)
{
    return value ? TRUTH_TRUE : TRUTH_FALSE;
}
