/* SPDX-License-Identifier: BSD-2-Clause */
/* Choose: many certificates -> the usable one, and why not the others. */
#ifndef SCEAU_CERTS_CHOOSE_H
#define SCEAU_CERTS_CHOOSE_H

#include "certs/finder.h"
#include "certs/source.h"
#include "certs/trust.h"

#include <glib.h>
#include <stdbool.h>

/* Judges one value that a source gave in answer to address, at now_s. A
 * gateway's certificate need not be for that address; all else holds for it
 * too. Caller frees with choose_candidate_free. */
CertCandidate *choose_judge(Trust *trust, const char *address,
                            const Source *source, const SourceAnswer *answer,
                            const SourceValue *value, gint64 now_s);
void choose_candidate_free(CertCandidate *candidate);

/* Sorts CertCandidate * best first: usable before others; dedicated
 * encryption certificates before dual-use ones, newest first; a gateway's
 * after the person's own. One certificate listed twice is kept once. */
void choose_sort(GPtrArray *candidates);

/* What of sorted candidates to encrypt for (Certificate *, best first): the
 * best usable one and, with all, every other usable one of its key family,
 * each key once: the same key issued again is no further device, and RSA and
 * EC readers share no envelope. Empty without a usable one. Caller unrefs. */
GPtrArray *choose_list(const GPtrArray *candidates, bool all);

/* The class all of them come to: FOUND when the first is usable; else what
 * may still become usable before what is final; NONE without any. */
CertClass choose_get_class(const GPtrArray *candidates);

/* The Capable set that every certificate of list (Certificate *) has, by its
 * own word or that of the candidate it comes from. */
unsigned choose_get_capable(const GPtrArray *candidates, const GPtrArray *list);

#endif
