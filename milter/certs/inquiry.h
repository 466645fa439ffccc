/* SPDX-License-Identifier: BSD-2-Clause */
/* Inquiry: one address while its sources answer, and what they come to. */
#ifndef SCEAU_CERTS_INQUIRY_H
#define SCEAU_CERTS_INQUIRY_H

#include "certs/cache.h"
#include "certs/finder.h"
#include "certs/source.h"
#include "certs/trust.h"

#include <glib.h>
#include <stdbool.h>

/* All borrowed. */
typedef struct {
    Trust *trust;
    const Cache *cache; /* for the ages of answers */
    Denials *denials;   /* NULL: nothing is denied */
    bool merge; /* all sources are ranked together; else the first in order
                 * that has a usable certificate has spoken for all */
} InquiryRule;

/* One thread. */
typedef struct Inquiry Inquiry;

/* Borrows rule. */
Inquiry *inquiry_new(const InquiryRule *rule, const char *address);
void inquiry_free(Inquiry *inquiry); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inquiry, inquiry_free)

const char *inquiry_get_address(const Inquiry *inquiry);

/* Whether no further answer can change what it comes to. */
bool inquiry_is_settled(const Inquiry *inquiry);

/* Whether source is to be asked about it. A gateway is when all others have
 * answered, see certs/gateway.h. */
bool inquiry_concerns(const Inquiry *inquiry, const Source *source);

/* The next source's answer. known: it was not asked for just now. */
void inquiry_take(Inquiry *inquiry, const Source *source,
                  const SourceAnswer *answer, bool known);

/* The next source is silent, but has said that before: it may lead to a
 * certificate and to nothing else. */
void inquiry_take_stale(Inquiry *inquiry, const Source *source,
                        const SourceAnswer *stale, const SourceAnswer *silence);

/* The next source did not answer in time; such a verdict is not kept. */
void inquiry_take_silence(Inquiry *inquiry, const Source *source);

/* What it comes to, once, and how long that holds (but for the stamp). Caller
 * unrefs. */
CertAnswer *inquiry_conclude(Inquiry *inquiry, CacheTerm *term);

/* Of a concluded one: no certificate of his own was found, by an answer too old
 * to say so. All must be asked anew. */
bool inquiry_is_outdated(const Inquiry *inquiry);

#endif
