/* SPDX-License-Identifier: BSD-2-Clause */
/* Deny: takes out of an answer what the administrator has denied. */
#include "certs/deny.h"

static void
set_unusable(CertCandidate *candidate, const char *reason)
{
    candidate->class = CERT_UNUSABLE;
    candidate->reason = g_strdup(reason);
}

void
deny_candidate(Denials *denials, CertCandidate *candidate, char **silent)
{
    if (candidate->reason != NULL || candidate->certificate == NULL)
        return;
    g_autofree char *why = NULL;
    g_autofree char *denied = NULL;
    switch (denials_find(
        denials, certificate_get_sha256(candidate->certificate), &why)) {
    case STATE_NO:
        return;
    case STATE_YES:
        denied = g_strdup_printf("it is denied: %s", why);
        set_unusable(candidate, denied);
        return;
    case STATE_UNKNOWN:
        break;
    }
    set_unusable(candidate, why);
    if (*silent == NULL)
        *silent = g_steal_pointer(&why);
}

/* Takes reason. */
static void
empty(CertAnswer *answer, CertClass class, char *reason)
{
    answer->class = class;
    answer->certificate = NULL;
    g_clear_pointer(&answer->certificates, g_ptr_array_unref);
    for (guint i = 0; i < answer->candidates->len; i++) {
        CertCandidate *each = g_ptr_array_index(answer->candidates, i);
        if (each->reason == NULL)
            set_unusable(each, reason);
    }
    g_free(answer->reason);
    answer->reason = reason;
}

void
deny_answer(Denials *denials, CertAnswer *answer)
{
    g_autofree char *why = NULL;
    switch (denials_find(denials, answer->address, &why)) {
    case STATE_NO:
        return;
    case STATE_YES:
        empty(answer, CERT_UNUSABLE,
              g_strdup_printf("the address is denied: %s", why));
        return;
    case STATE_UNKNOWN:
        break;
    }
    empty(answer, CERT_DIRECTORY_DOWN, g_steal_pointer(&why));
}
