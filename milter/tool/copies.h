/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies: an outcome as files: N.eml, a message, and N.env, its envelope. */
#ifndef SCEAU_TOOL_COPIES_H
#define SCEAU_TOOL_COPIES_H

#include "base/spool.h"
#include "flow/envelope.h"
#include "flow/outcome.h"
#include "mime/message.h"

#include <glib.h>
#include <stdbool.h>

/* Makes dir when it is missing; it must be empty, so that nothing of an
 * earlier run is taken for a copy. Errors: CONFIG. */
bool copies_prepare(const char *dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes what an UNTOUCHED or REPLACE outcome makes of a message: 1 is the
 * one in place (left out when all recipients leave it), then the copies. An
 * .env holds "MAIL FROM:<…> PARAMETERS" and a "RCPT TO:<…> PARAMETERS" per
 * recipient. *count is the number of messages. Errors: TEMPORARY. */
bool copies_write(const char *dir, const Outcome *outcome,
                  const Envelope *envelope, const Message *message, Spool *body,
                  unsigned *count, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
