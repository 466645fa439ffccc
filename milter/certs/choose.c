/* SPDX-License-Identifier: BSD-2-Clause */
/* Choose: many certificates -> the usable one, and why not the others. */
#include "certs/choose.h"

#include "base/mailbox.h"

#include <string.h>

#define MIN_RSA_BITS 2048
#define MIN_EC_BITS  256

static bool
holds(const Certificate *certificate, const char *address)
{
    char *const *each = certificate_get_addresses(certificate);
    for (; *each != NULL; each++)
        if (mailbox_equal(*each, address))
            return true;
    return false;
}

static char *
format_day(gint64 time_s)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time_s);
    return date != NULL ? g_date_time_format(date, "%Y-%m-%d")
                        : g_strdup("an unreadable date");
}

static char *
check_address(const Certificate *certificate, const char *address)
{
    if (holds(certificate, address))
        return NULL;
    g_autofree char *others = g_strjoinv(
        ", ", (char **)(guintptr)certificate_get_addresses(certificate));
    return *others != '\0'
               ? g_strdup_printf("it is for another address (%s)", others)
               : g_strdup("it holds no e-mail address");
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
check_strength(const Certificate *certificate)
{
    KeyFamily family = certificate_get_key_family(certificate);
    unsigned least = family == KEY_RSA ? MIN_RSA_BITS : MIN_EC_BITS;
    if (certificate_get_key_bits(certificate) >= least)
        return NULL;
    return g_strdup_printf("its key is too weak (%s)",
                           certificate_get_key_name(certificate));
}

/* The first thing against it, the plainest first. */
static char *
find_fault(const Certificate *certificate, const char *address, gint64 now_s)
{
    char *fault = check_address(certificate, address);
    if (fault == NULL)
        fault = check_dates(certificate, now_s);
    if (fault == NULL)
        fault = g_strdup(certificate_check_encrypt(certificate));
    return fault != NULL ? fault : check_strength(certificate);
}

CertCandidate *
choose_judge(Trust *trust, const char *address, const Source *source,
             const SourceAnswer *answer, const SourceValue *value, gint64 now_s)
{
    CertCandidate *candidate = g_new0(CertCandidate, 1);
    candidate->source = g_strdup(source->name);
    candidate->class = CERT_UNUSABLE;
    g_autoptr(GError) error = NULL;
    candidate->certificate = trust_parse(trust, value->der, &error);
    if (candidate->certificate == NULL) {
        candidate->reason = g_strdup(error->message);
        return candidate;
    }
    candidate->reason = find_fault(candidate->certificate, address, now_s);
    if (candidate->reason != NULL)
        return candidate;
    const TrustQuestion question = {
        .domain = mailbox_get_domain(address),
        .source = source->name,
        .certificate = candidate->certificate,
        .chain = answer->chain,
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
    return a->certificate != NULL && b->certificate != NULL &&
           strcmp(certificate_get_sha256(a->certificate),
                  certificate_get_sha256(b->certificate)) == 0;
}

void
choose_sort(GPtrArray *candidates)
{
    g_ptr_array_sort(candidates, compare);
    for (guint i = 1; i < candidates->len;) {
        if (is_same(g_ptr_array_index(candidates, i - 1),
                    g_ptr_array_index(candidates, i)))
            g_ptr_array_remove_index(candidates, i);
        else
            i++;
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
