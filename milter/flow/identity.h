/* SPDX-License-Identifier: BSD-2-Clause */
/* Identity: the same message on a retry, another one otherwise. */
#ifndef SCEAU_FLOW_IDENTITY_H
#define SCEAU_FLOW_IDENTITY_H

#include "base/spool.h"
#include "flow/envelope.h"
#include "mime/message.h"

#include <glib.h>

/* Hex SHA-256 over envelope sender, login, ENVID, the header without Received
 * and the body: what a client's retry repeats and a second message does not.
 * A message without a Message-ID of its own (none, or one the MTA made, which
 * holds the queue id) is told apart by its queue id: two alike alerts must
 * both arrive. Caller frees. Errors: TEMPORARY, INTERNAL. */
char *identity_make(const Envelope *envelope, const Message *message,
                    const Spool *body,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
