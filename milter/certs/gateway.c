/* SPDX-License-Identifier: BSD-2-Clause */
/* Gateway: when a partner's gateway may stand for somebody, and what must be
 * true of the configuration for it. */
#include "certs/gateway.h"

#include "base/clock.h"
#include "base/mailbox.h"
#include "certs/choose.h"
#include "certs/source.h"

#include <string.h>

bool
gateway_may_stand_for(CertClass class)
{
    switch (class) {
    case CERT_NONE:
    case CERT_UNUSABLE:
    case CERT_REVOKED:
    case CERT_ON_HOLD:
        return true;
    case CERT_FOUND:
    case CERT_REVOCATION_UNKNOWN:
    case CERT_LOST:
    case CERT_AMBIGUOUS:
    case CERT_DIRECTORY_DOWN:
        break;
    }
    return false;
}

/* --- domains ----------------------------------------------------------- */

/* Somebody in the domain of a pattern. Caller frees. */
static char *
make_address(const char *pattern)
{
    return g_strconcat("postmaster@", pattern[0] == '.' ? pattern + 1 : pattern,
                       NULL);
}

/* Whether an address can be in both patterns. */
static bool
overlap(const char *a, const char *b)
{
    g_autofree char *in_a = make_address(a);
    g_autofree char *in_b = make_address(b);
    return mailbox_matches(in_a, b) || mailbox_matches(in_b, a);
}

/* The pattern of domains that overlaps one of others, or NULL. */
static const char *
find_overlap(char *const *domains, char *const *others)
{
    for (; *domains != NULL; domains++)
        for (char *const *other = others; *other != NULL; other++)
            if (overlap(*domains, *other))
                return *domains;
    return NULL;
}

void
gateway_check_domains(const GPtrArray *sources, char *const *domains,
                      const Position *at, Problems *problems)
{
    for (guint i = 0; i < sources->len; i++) {
        const Source *source = g_ptr_array_index(sources, i);
        const char *ours =
            source->gateway ? find_overlap(domains, source->domains) : NULL;
        if (ours != NULL)
            problems_add(problems, at,
                         "gateway %s names our own domain %s: whoever has its "
                         "key could read our mail",
                         source->name, ours);
    }
}

/* --- one gateway ------------------------------------------------------- */

static void
check_twins(const GPtrArray *sources, guint index, Problems *problems)
{
    const Source *source = g_ptr_array_index(sources, index);
    for (guint i = 0; i < sources->len; i++) {
        const Source *other = g_ptr_array_index(sources, i);
        if (i != index && strcmp(other->name, source->name) == 0)
            problems_add(problems, &source->at,
                         "gateway %s: another source has that name",
                         source->name);
        const char *both = other->gateway && i < index
                               ? find_overlap(source->domains, other->domains)
                               : NULL;
        if (both != NULL)
            problems_add(problems, &source->at,
                         "gateway %s: %s is gateway %s's domain already",
                         source->name, both, other->name);
    }
}

/* Why none of what source gave may be used for address today; NULL: one may.
 * Caller frees. */
static char *
find_reason(Trust *trust, const Source *source, const char *address,
            const SourceAnswer *answer)
{
    g_autofree char *first = NULL;
    bool usable = false;
    for (guint i = 0; i < answer->values->len && !usable; i++) {
        CertCandidate *candidate =
            choose_judge(trust, address, source, answer,
                         g_ptr_array_index(answer->values, i), clock_now());
        usable = candidate->class == CERT_FOUND;
        if (first == NULL)
            first = g_strdup(candidate->reason);
        choose_candidate_free(candidate);
    }
    return usable ? NULL : g_steal_pointer(&first);
}

static void
judge(Trust *trust, Source *source, Problems *problems)
{
    for (char *const *each = source->domains; *each != NULL; each++) {
        g_autofree char *address = make_address(*each);
        const char *const addresses[] = {address};
        SourceAnswer answer;
        source_answer_init(&answer);
        source->find(source, addresses, 1, G_MAXINT64, &answer);
        g_autofree char *reason = find_reason(trust, source, address, &answer);
        if (reason != NULL)
            problems_warn(problems, &source->at,
                          "gateway %s: its certificate would not be used for "
                          "%s: %s",
                          source->name, *each, reason);
        source_answer_clear(&answer);
    }
}

void
gateway_check(const GPtrArray *sources, Trust *trust, Problems *problems)
{
    for (guint i = 0; i < sources->len; i++) {
        Source *source = g_ptr_array_index(sources, i);
        if (!source->gateway)
            continue;
        check_twins(sources, i, problems);
        judge(trust, source, problems);
    }
}
