/* SPDX-License-Identifier: BSD-2-Clause */
/* Describe: envelope + message -> policy facts. */
#ifndef SCEAU_FLOW_DESCRIBE_H
#define SCEAU_FLOW_DESCRIBE_H

#include "flow/envelope.h"
#include "flow/setup.h"
#include "keys/rights.h"
#include "mime/message.h"
#include "mime/outline.h"
#include "policy/policy.h"

#include <glib.h>
#include <stdbool.h>

/* outline NULL: the body has not been seen yet; its facts are unknown.
 * size_bytes counts header and body, ignored without outline. */
PolicyFacts *describe_message(const Setup *setup, const Envelope *envelope,
                              const Message *message, const RightAnswer *right,
                              const Outline *outline, guint64 size_bytes);

/* Whether facts are unknown because the message could not be read, and not
 * because somebody did not answer. */
bool describe_is_unreadable(const PolicyFacts *facts);

/* The From mailboxes: the one that may be signed for when there is exactly
 * one From field with one mailbox, else NULL. Caller frees. */
char *describe_signer(const Message *message);

/* Whether it came through a list or was sent on by somebody else (RFC 2919,
 * RFC 5322 3.6.6). */
bool describe_is_list(const Message *message);

/* The set of folded mailboxes that stand in To or Cc: who else is in the
 * envelope is a blind copy. Caller unrefs. */
GHashTable *describe_named(const Message *message);

#endif
