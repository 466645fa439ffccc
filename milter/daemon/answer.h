/* SPDX-License-Identifier: BSD-2-Clause */
/* Answer: an outcome as libmilter's status, with the reply's text. */
#ifndef SCEAU_DAEMON_ANSWER_H
#define SCEAU_DAEMON_ANSWER_H

#include "flow/outcome.h"

#include <sys/types.h>

#include <libmilter/mfapi.h>

/* Sets the reply of a LATER or REFUSE outcome and gives the status whose
 * class fits it. contact NULL: nobody is named. For EOH and EOM. */
sfsistat answer_make(SMFICTX *ctx, const Outcome *outcome, const char *contact);

#endif
