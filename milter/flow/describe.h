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

/* outline NULL: the body has not been seen yet; its facts are unknown.
 * size_bytes counts header and body, ignored without outline. */
PolicyFacts *describe_message(const Setup *setup, const Envelope *envelope,
                              const Message *message, const RightAnswer *right,
                              const Outline *outline, guint64 size_bytes);

/* The From mailboxes: the one that may be signed for when there is exactly
 * one From field with one mailbox, else NULL. Caller frees. */
char *describe_signer(const Message *message);

/* Whether a recipient stands in To or Cc. */
bool describe_is_named(const Message *message, const char *address);

#endif
