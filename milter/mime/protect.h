/* SPDX-License-Identifier: BSD-2-Clause */
/* Protect: header fields carried inside what is signed or encrypted
 * (RFC 9788), and those that are hidden shown to every reader. */
#ifndef SCEAU_MIME_PROTECT_H
#define SCEAU_MIME_PROTECT_H

#include "mime/entity.h"

#include <glib.h>
#include <stdbool.h>

/* A field as it was written, and as it stands outside; values as in Field.
 * All borrowed. */
typedef struct {
    const char *name;
    const char *inner;
    const char *outer; /* NULL: it stands inside only */
} ProtectField;

/* Whether a field is carried inside: not what structures the body, not what
 * relays add, never a blind copy. */
bool protect_is_carried(const char *name);

/* inner with those fields (ProtectField *) in its header and hp="clear" on its
 * type; encrypted: hp="cipher", and HP-Outer for what stands outside. inner's
 * own type must be readable; otherwise, and when it is marked already, inner
 * itself comes back. *opaque_only is set, never cleared, when a field would
 * not survive a relay. Cannot fail. */
Entity *protect_make(Entity *inner, const GPtrArray *fields, bool encrypted,
                     bool *opaque_only);

/* The same for encrypted mail whose readers shall see text (UTF-8, lines with
 * LF) first, though their software knows nothing of this: a multipart/mixed
 * of that text and inner. Errors: TEMPORARY. */
Entity *protect_make_shown(Entity *inner, const GPtrArray *fields,
                           const char *text, bool *opaque_only,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
