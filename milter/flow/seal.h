/* SPDX-License-Identifier: BSD-2-Clause */
/* Seal: one group -> its copy: a new entity, signed and/or encrypted, and the
 * header that stands outside it. */
#ifndef SCEAU_FLOW_SEAL_H
#define SCEAU_FLOW_SEAL_H

#include "base/spool.h"
#include "flow/outer.h"
#include "flow/plan.h"
#include "flow/setup.h"
#include "flow/stream.h"
#include "keys/store.h"
#include "mime/entity.h"
#include "mime/message.h"
#include "mime/scan.h"

#include <glib.h>
#include <stdbool.h>

/* What is sealed. All borrowed until seal_free. */
typedef struct {
    const Setup *setup;
    const Message *message;
    const Scan *scan;
    Spool *body;    /* sealed */
    Signer *signer; /* NULL: nothing will be signed */
    bool verbatim;  /* signed already: never re-encoded */
    gint64 now_s;
    Stream *stream; /* made while the body arrived, used where it is what is
                       wanted; NULL: nothing */
} SealSource;

/* A group's copy. */
typedef struct {
    Entity *entity; /* NULL: the body stays as it is */
    Outer *outer;
} SealCopy;

void seal_copy_free(SealCopy *sealed); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealCopy, seal_copy_free)

/* Octets of the copy as it will leave. */
guint64 seal_copy_get_size(const SealCopy *sealed, const Spool *body);

/* What all groups of a message share: equal content is signed once. */
typedef struct Seal Seal;

Seal *seal_new(const SealSource *source);
void seal_free(Seal *seal); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seal, seal_free)

/* The copy of a group. It borrows from source. Errors: MALFORMED (cannot be
 * represented), TEMPORARY, INTERNAL. */
SealCopy *seal_group(Seal *seal, const PlanGroup *group,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
