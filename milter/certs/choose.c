/* SPDX-License-Identifier: BSD-2-Clause */
/* Choose: many certificates -> the usable one, and why not the others. */
#include "certs/choose.h"

#include "base/mailbox.h"
#include "smime/capabilities.h"
#include "certs/match.h"

#include <string.h>

static char *
format_day(gint64 time_s)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time_s);
    return date != NULL ? g_date_time_format(date, "%Y-%m-%d")
                        : g_strdup("an unreadable date");
}

static char *
check_dates(const Certificate *certificate, gint64 now_s)
{
    bool early = now_s < certificate_get_not_before(certificate);
    bool late = now_s > certificate_get_not_after(certificate);
    if (!early && !late)
        return NULL;
    g_autofree char *day =
        format_day(early ? certificate_get_not_before(certificate)
                         : certificate_get_not_after(certificate));
    return g_strdup_printf(early ? "it is valid from %s" : "it expired on %s",
                           day);
}

static char *
check_strength(const Certificate *certificate, const TrustRule *rule)
{
    KeyFamily family = certificate_get_key_family(certificate);
    unsigned least = family == KEY_RSA ? rule->min_rsa_bits : rule->min_ec_bits;
    if (certificate_get_key_bits(certificate) >= least)
        return NULL;
    return g_strdup_printf("its key is too weak (%s)",
                           certificate_get_key_name(certificate));
}

/* The first thing against it, the plainest first. */
static char *
find_fault(const Certificate *certificate, const char *address,
           const Source *source, const SourceAnswer *answer,
           const TrustRule *rule, gint64 now_s)
{
    const MatchRule match = {
        .exact_case = rule->exact_case,
        .subject = rule->subject_address,
        .other_addresses = source->other_addresses,
    };
    char *fault = source->gateway ? NULL
                                  : match_check(certificate, address,
                                                answer->owned, &match);
    if (fault == NULL)
        fault = check_dates(certificate, now_s);
    if (fault == NULL)
        fault = g_strdup(certificate_check_encrypt(certificate));
    return fault != NULL ? fault : check_strength(certificate, rule);
}

static unsigned
read_capabilities(const SourceValue *value)
{
    if (value->capabilities == NULL)
        return 0;
    gsize size = 0;
    const guchar *der = g_bytes_get_data(value->capabilities, &size);
    return capabilities_parse(der, size);
}

CertCandidate *
choose_judge(Trust *trust, const char *address, const Source *source,
             const SourceAnswer *answer, const SourceValue *value, gint64 now_s)
{
    CertCandidate *candidate = g_new0(CertCandidate, 1);
    candidate->source = g_strdup(source->name);
    candidate->gateway = source->gateway;
    candidate->class = CERT_UNUSABLE;
    g_autoptr(GError) error = NULL;
    candidate->certificate = trust_parse(trust, value->der, &error);
    if (candidate->certificate == NULL) {
        candidate->reason = g_strdup(error->message);
        return candidate;
    }
    candidate->capable = read_capabilities(value);
    const TrustRule rule =
        trust_find_rule(trust, mailbox_get_domain(address), source->name);
    candidate->reason = find_fault(candidate->certificate, address, source,
                                   answer, &rule, now_s);
    if (candidate->reason != NULL)
        return candidate;
    const TrustQuestion question = {
        .domain = mailbox_get_domain(address),
        .source = source->name,
        .certificate = candidate->certificate,
        .chain = answer->chain,
        .authorities = source->authorities,
        .now_s = now_s,
        .revocation = &candidate->revocation,
    };
    candidate->class = trust_check(trust, &question, &candidate->reason);
    return candidate;
}

void
choose_candidate_free(CertCandidate *candidate)
{
    if (candidate == NULL)
        return;
    certificate_unref(candidate->certificate);
    g_free(candidate->source);
    g_free(candidate->reason);
    g_free(candidate->revocation);
    g_free(candidate);
}

/* --- ranking ----------------------------------------------------------- */

static int
compare_numbers(gint64 a, gint64 b)
{
    return a > b ? -1 : a < b ? 1 : 0;
}

static int
compare(gconstpointer a, gconstpointer b)
{
    const CertCandidate *left = *(CertCandidate *const *)a;
    const CertCandidate *right = *(CertCandidate *const *)b;
    bool usable = left->class == CERT_FOUND;
    if (usable != (right->class == CERT_FOUND))
        return usable ? -1 : 1;
    if (left->gateway != right->gateway)
        return left->gateway ? 1 : -1;
    if (left->certificate == NULL || right->certificate == NULL)
        return left->certificate != NULL    ? -1
               : right->certificate != NULL ? 1
                                            : 0;
    bool dedicated = certificate_check_sign(left->certificate) != NULL;
    if (dedicated != (certificate_check_sign(right->certificate) != NULL))
        return dedicated ? -1 : 1;
    int order = compare_numbers(certificate_get_not_before(left->certificate),
                                certificate_get_not_before(right->certificate));
    if (order == 0)
        order = compare_numbers(certificate_get_not_after(left->certificate),
                                certificate_get_not_after(right->certificate));
    return order != 0 ? order
                      : strcmp(certificate_get_sha256(left->certificate),
                               certificate_get_sha256(right->certificate));
}

static bool
is_same(const CertCandidate *a, const CertCandidate *b)
{
    return a->gateway == b->gateway && a->certificate != NULL &&
           b->certificate != NULL &&
           strcmp(certificate_get_sha256(a->certificate),
                  certificate_get_sha256(b->certificate)) == 0;
}

void
choose_sort(GPtrArray *candidates)
{
    g_ptr_array_sort(candidates, compare);
    for (guint i = 1; i < candidates->len;) {
        CertCandidate *kept = g_ptr_array_index(candidates, i - 1);
        const CertCandidate *twin = g_ptr_array_index(candidates, i);
        if (is_same(kept, twin)) {
            kept->capable |= twin->capable;
            g_ptr_array_remove_index(candidates, i);
        } else {
            i++;
        }
    }
}

CertClass
choose_get_class(const GPtrArray *candidates)
{
    /* By how much hope is left. */
    static const CertClass order[] = {CERT_FOUND, CERT_REVOCATION_UNKNOWN,
                                      CERT_ON_HOLD, CERT_REVOKED,
                                      CERT_UNUSABLE};
    for (gsize k = 0; k < G_N_ELEMENTS(order); k++)
        for (guint i = 0; i < candidates->len; i++) {
            const CertCandidate *each = g_ptr_array_index(candidates, i);
            if (each->class == order[k])
                return order[k];
        }
    return CERT_NONE;
}

/* --- several devices --------------------------------------------------- */

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

/* Whether certificate may stand in one envelope with those of list, and adds
 * a reader to them. */
static bool
joins(const GPtrArray *list, const Certificate *certificate)
{
    for (guint i = 0; i < list->len; i++) {
        const Certificate *each = g_ptr_array_index(list, i);
        if (certificate_get_key_family(each) !=
                certificate_get_key_family(certificate) ||
            certificate_is_same_key(each, certificate))
            return false;
    }
    return true;
}

GPtrArray *
choose_list(const GPtrArray *candidates, bool all)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(drop_certificate);
    for (guint i = 0; i < candidates->len && (all || list->len == 0); i++) {
        const CertCandidate *each = g_ptr_array_index(candidates, i);
        if (each->class == CERT_FOUND && joins(list, each->certificate))
            g_ptr_array_add(list, certificate_ref(each->certificate));
    }
    return list;
}

static unsigned
find_announced(const GPtrArray *candidates, const Certificate *certificate)
{
    for (guint i = 0; i < candidates->len; i++) {
        const CertCandidate *each = g_ptr_array_index(candidates, i);
        if (each->certificate == certificate)
            return each->capable;
    }
    return 0;
}

unsigned
choose_get_capable(const GPtrArray *candidates, const GPtrArray *list)
{
    unsigned capable = list->len > 0 ? ~0U : 0;
    for (guint i = 0; i < list->len; i++) {
        const Certificate *each = g_ptr_array_index(list, i);
        capable &= capabilities_of_certificate(each) |
                   find_announced(candidates, each);
    }
    return capable;
}
