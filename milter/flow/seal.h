/* SPDX-License-Identifier: BSD-2-Clause */
/* Seal: one group -> one new entity, signed and/or encrypted. */
#ifndef SCEAU_FLOW_SEAL_H
#define SCEAU_FLOW_SEAL_H

#include "base/spool.h"
#include "flow/plan.h"
#include "keys/store.h"
#include "mime/entity.h"
#include "mime/message.h"
#include "mime/scan.h"

#include <glib.h>
#include <stdbool.h>

/* What all groups of a message share; the signed entity is made once. */
typedef struct Seal Seal;

/* All borrowed until seal_free; body is sealed, signer may be NULL. verbatim:
 * the content is signed already and must not be re-encoded. signing_time_s as
 * in SignProfile. */
Seal *seal_new(const Message *message, const Scan *scan, Spool *body,
               const SpoolSettings *spool, Signer *signer, const char *digest,
               bool verbatim, gint64 signing_time_s);
void seal_free(Seal *seal); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seal, seal_free)

/* The entity for a group that is signed, encrypted or both. Errors: MALFORMED
 * (cannot be represented), TEMPORARY, INTERNAL. */
Entity *seal_group(Seal *seal, const PlanGroup *group,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
