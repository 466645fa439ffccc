/* SPDX-License-Identifier: BSD-2-Clause */
/* Inquiry: one address while its sources answer, and what they come to. */
#include "certs/inquiry.h"

#include "base/clock.h"
#include "base/mailbox.h"
#include "certs/choose.h"
#include "certs/deny.h"
#include "certs/gateway.h"

struct Inquiry {
    const InquiryRule *rule;
    CertAnswer *answer;
    char *silent;    /* why a source could not be asked, or NULL */
    char *ambiguous; /* why an address is not one person's, or NULL */
    /* How long what was said may be believed, if it leads to a certificate
     * and if it does not. */
    gint64 until_found_us, until_none_us;
    bool old; /* some of it is known for too long to say there is none */
};

Inquiry *
inquiry_new(const InquiryRule *rule, const char *address)
{
    Inquiry *inquiry = g_new0(Inquiry, 1);
    inquiry->rule = rule;
    inquiry->answer = cert_answer_new(address);
    inquiry->until_found_us = inquiry->until_none_us = G_MAXINT64;
    return inquiry;
}

void
inquiry_free(Inquiry *inquiry)
{
    if (inquiry == NULL)
        return;
    cert_answer_unref(inquiry->answer);
    g_free(inquiry->silent);
    g_free(inquiry->ambiguous);
    g_free(inquiry);
}

const char *
inquiry_get_address(const Inquiry *inquiry)
{
    return inquiry->answer->address;
}

bool
inquiry_is_settled(const Inquiry *inquiry)
{
    return inquiry->ambiguous != NULL ||
           (!inquiry->rule->merge && inquiry->answer->certificate != NULL);
}

/* All others have spoken, and none of them has a certificate to use. */
static bool
needs_gateway(const Inquiry *inquiry)
{
    return inquiry->silent == NULL && inquiry->ambiguous == NULL &&
           gateway_may_stand_for(choose_get_class(inquiry->answer->candidates));
}

bool
inquiry_concerns(const Inquiry *inquiry, const Source *source)
{
    return !inquiry_is_settled(inquiry) &&
           (!source->gateway || needs_gateway(inquiry)) &&
           (source->domains[0] == NULL ||
            mailbox_matches_any(inquiry->answer->address, source->domains));
}

/* --- answers ----------------------------------------------------------- */

static void
note_asked(Inquiry *inquiry, const Source *source, const SourceAnswer *from,
           const char *reason)
{
    CertAsked *asked = g_new0(CertAsked, 1);
    asked->source = g_strdup(source->name);
    asked->server = g_strdup(from->server);
    asked->filter = g_strdup(from->filter);
    asked->entry = g_strdup(from->entry);
    asked->reason = g_strdup(reason);
    g_ptr_array_add(inquiry->answer->asked, asked);
}

static void
note_age(Inquiry *inquiry, const Source *source, const SourceAnswer *from,
         bool known)
{
    if (source->local)
        return;
    const Cache *cache = inquiry->rule->cache;
    gint64 found_us = from->time_us + cache_get_age_us(cache, from, true);
    gint64 none_us = from->time_us + cache_get_age_us(cache, from, false);
    inquiry->until_found_us = MIN(inquiry->until_found_us, found_us);
    inquiry->until_none_us = MIN(inquiry->until_none_us, none_us);
    if (known && clock_monotonic_us() >= none_us)
        inquiry->old = true;
}

static void
note_silence(Inquiry *inquiry, const char *reason)
{
    if (inquiry->silent == NULL)
        inquiry->silent = g_strdup(reason);
}

static void
choose_certificates(Inquiry *inquiry)
{
    CertAnswer *answer = inquiry->answer;
    choose_sort(answer->candidates);
    if (answer->candidates->len == 0)
        return;
    const CertCandidate *best = g_ptr_array_index(answer->candidates, 0);
    TrustRule rule =
        trust_find_rule(inquiry->rule->trust,
                        mailbox_get_domain(answer->address), best->source);
    g_autoptr(GPtrArray) list =
        choose_list(answer->candidates, rule.all_devices);
    if (list->len == 0)
        return;
    g_clear_pointer(&answer->certificates, g_ptr_array_unref);
    answer->certificate = g_ptr_array_index(list, 0);
    answer->capable = choose_get_capable(answer->candidates, list);
    answer->certificates = g_steal_pointer(&list);
}

static void
judge_values(Inquiry *inquiry, const Source *source, const SourceAnswer *from)
{
    CertAnswer *answer = inquiry->answer;
    for (guint i = 0; i < from->values->len; i++) {
        CertCandidate *candidate =
            choose_judge(inquiry->rule->trust, answer->address, source, from,
                         g_ptr_array_index(from->values, i), clock_now());
        deny_candidate(inquiry->rule->denials, candidate, &inquiry->silent);
        g_ptr_array_add(answer->candidates, candidate);
    }
    choose_certificates(inquiry);
}

void
inquiry_take(Inquiry *inquiry, const Source *source, const SourceAnswer *answer,
             bool known)
{
    note_asked(inquiry, source, answer, answer->reason);
    note_age(inquiry, source, answer, known);
    switch (answer->state) {
    case SOURCE_ANSWERED:
        judge_values(inquiry, source, answer);
        return;
    case SOURCE_AMBIGUOUS:
        inquiry->ambiguous = g_strdup(answer->reason);
        return;
    case SOURCE_SILENT:
        break;
    }
    note_silence(inquiry, answer->reason);
}

void
inquiry_take_stale(Inquiry *inquiry, const Source *source,
                   const SourceAnswer *stale, const SourceAnswer *silence)
{
    note_asked(inquiry, source, stale, silence->reason);
    note_age(inquiry, source, silence, false);
    judge_values(inquiry, source, stale);
    note_silence(inquiry, silence->reason);
}

void
inquiry_take_silence(Inquiry *inquiry, const Source *source)
{
    g_autofree char *reason =
        g_strdup_printf("%s did not answer in time", source->name);
    const SourceAnswer silence = {.state = SOURCE_SILENT};
    note_asked(inquiry, source, &silence, reason);
    note_silence(inquiry, reason);
    inquiry->until_found_us = inquiry->until_none_us = 0;
}

/* --- the end ----------------------------------------------------------- */

static char *
describe_best(const GPtrArray *candidates, CertClass class)
{
    for (guint i = 0; i < candidates->len; i++) {
        const CertCandidate *each = g_ptr_array_index(candidates, i);
        if (each->class != class || each->reason == NULL)
            continue;
        return each->gateway ? g_strdup_printf("gateway %s: %s", each->source,
                                               each->reason)
                             : g_strdup(each->reason);
    }
    return NULL;
}

/* The same dates as now, as long as none begins or ends. */
static void
limit_dates(const GPtrArray *candidates, CacheTerm *term)
{
    gint64 now_s = clock_now();
    term->from_s = 0;
    term->until_s = G_MAXINT64;
    for (guint i = 0; i < candidates->len; i++) {
        const CertCandidate *each = g_ptr_array_index(candidates, i);
        if (each->certificate == NULL)
            continue;
        const gint64 edges[] = {certificate_get_not_before(each->certificate),
                                certificate_get_not_after(each->certificate) +
                                    1};
        for (gsize k = 0; k < G_N_ELEMENTS(edges); k++)
            if (now_s < edges[k])
                term->until_s = MIN(term->until_s, edges[k] - 1);
            else
                term->from_s = MAX(term->from_s, edges[k]);
    }
}

static void
drop_certificates(CertAnswer *answer)
{
    g_clear_pointer(&answer->certificates, g_ptr_array_unref);
    answer->certificate = NULL;
    answer->capable = 0;
}

static void
note_gateway(CertAnswer *answer)
{
    if (answer->class != CERT_FOUND)
        return;
    const CertCandidate *best = g_ptr_array_index(answer->candidates, 0);
    answer->gateway = best->gateway ? g_strdup(best->source) : NULL;
}

/* A gateway stands for somebody as long as he has no certificate: that holds no
 * longer than the answers that say so. */
static bool
rests_on_none(const CertAnswer *answer)
{
    return answer->class != CERT_FOUND || answer->gateway != NULL;
}

CertAnswer *
inquiry_conclude(Inquiry *inquiry, CacheTerm *term)
{
    CertAnswer *answer = inquiry->answer;
    if (inquiry->ambiguous != NULL) {
        drop_certificates(answer);
        answer->class = CERT_AMBIGUOUS;
        answer->reason = g_strdup(inquiry->ambiguous);
    } else if (answer->certificate != NULL) {
        answer->class = CERT_FOUND;
    } else if (inquiry->silent != NULL) {
        /* The silent one may have had it: none is not what we know. */
        answer->class = CERT_DIRECTORY_DOWN;
        answer->reason = g_strdup(inquiry->silent);
    } else {
        answer->class = choose_get_class(answer->candidates);
        answer->reason = describe_best(answer->candidates, answer->class);
    }
    deny_answer(inquiry->rule->denials, answer);
    note_gateway(answer);
    limit_dates(answer->candidates, term);
    term->until_us = MIN(clock_monotonic_us() + CACHE_VERDICT_US,
                         rests_on_none(answer) ? inquiry->until_none_us
                                               : inquiry->until_found_us);
    return cert_answer_ref(answer);
}

bool
inquiry_is_outdated(const Inquiry *inquiry)
{
    return inquiry->old && rests_on_none(inquiry->answer);
}
