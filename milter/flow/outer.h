/* SPDX-License-Identifier: BSD-2-Clause */
/* Outer: the header that stands outside a copy: which of the message's own
 * fields stay, change, go or are added. */
#ifndef SCEAU_FLOW_OUTER_H
#define SCEAU_FLOW_OUTER_H

#include "flow/form.h"
#include "flow/setup.h"
#include "mime/message.h"

#include <glib.h>
#include <stdbool.h>

/* One field as received, and what becomes of it. */
typedef struct {
    const Field *field;
    char *value;  /* NULL: it goes; owned */
    bool changed; /* value is another than the field's */
    bool hidden;  /* what was written shall be told inside only */
} OuterField;

typedef struct {
    GPtrArray *fields; /* OuterField *: one per field, in their order */
    GPtrArray *added;  /* Field *: others than those of the new body */
} Outer;

/* What all copies of a message share. Borrowed. */
typedef struct {
    const Message *message;
    const Setup *setup;
    const char *date; /* a Date to add, or NULL */
} OuterSource;

/* sealed: the copy is signed or encrypted as form says; otherwise only blind
 * copies go (RFC 5322 3.6.3). Everything is borrowed until outer_free. */
Outer *outer_new(const OuterSource *source, bool sealed, const Form *form);
void outer_free(Outer *outer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outer, outer_free)

/* Whether any field changes, goes or is added. */
bool outer_is_changed(const Outer *outer);

/* The fields that RFC 9788 carries inside (ProtectField *, owned by the array,
 * pointing into outer and message). */
GPtrArray *outer_list_protected(const Outer *outer);

/* What is hidden outside, for people: "Subject: …" first, a line each, UTF-8.
 * NULL: nothing. Caller frees. */
char *outer_make_display(const Outer *outer);

/* Octets of all its fields as lines with CRLF. */
guint64 outer_get_size(const Outer *outer);

/* Whether the message bears a DKIM signature of one of our own domains, which
 * sealing breaks (RFC 6376 3.7). */
bool outer_has_own_dkim(const OuterSource *source);

/* A Date field's value (RFC 5322 3.3), UTC. Caller frees. */
char *outer_format_date(gint64 now_s);

/* Whether a message names blind copies. */
bool outer_has_blind(const Message *message);

#endif
