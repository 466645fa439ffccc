/* SPDX-License-Identifier: BSD-2-Clause */
/* CertAnswer: what a finder answers, shared by all who asked. */
#include "certs/choose.h"
#include "certs/finder.h"

#include <string.h>

static void
drop_candidate(gpointer candidate)
{
    choose_candidate_free(candidate);
}

static void
free_asked(gpointer pointer)
{
    CertAsked *asked = pointer;
    g_free(asked->source);
    g_free(asked->server);
    g_free(asked->filter);
    g_free(asked->entry);
    g_free(asked->reason);
    g_free(asked);
}

CertAnswer *
cert_answer_new(const char *address)
{
    CertAnswer *answer = g_new0(CertAnswer, 1);
    answer->references = 1;
    answer->address = g_strdup(address);
    answer->class = CERT_DIRECTORY_DOWN;
    answer->candidates = g_ptr_array_new_with_free_func(drop_candidate);
    answer->asked = g_ptr_array_new_with_free_func(free_asked);
    return answer;
}

static gpointer
copy_candidate(const CertCandidate *candidate)
{
    CertCandidate *copy = g_memdup2(candidate, sizeof *candidate);
    if (copy->certificate != NULL)
        copy->certificate = certificate_ref(copy->certificate);
    copy->source = g_strdup(candidate->source);
    copy->reason = g_strdup(candidate->reason);
    copy->revocation = g_strdup(candidate->revocation);
    return copy;
}

static gpointer
copy_asked(const CertAsked *asked)
{
    CertAsked *copy = g_new0(CertAsked, 1);
    copy->source = g_strdup(asked->source);
    copy->server = g_strdup(asked->server);
    copy->filter = g_strdup(asked->filter);
    copy->entry = g_strdup(asked->entry);
    copy->reason = g_strdup(asked->reason);
    return copy;
}

CertAnswer *
cert_answer_copy_as(const CertAnswer *answer, CertClass class, char *reason)
{
    CertAnswer *copy = cert_answer_new(answer->address);
    copy->class = class;
    copy->reason = reason;
    for (guint i = 0; i < answer->candidates->len; i++)
        g_ptr_array_add(copy->candidates, copy_candidate(g_ptr_array_index(
                                              answer->candidates, i)));
    for (guint i = 0; i < answer->asked->len; i++)
        g_ptr_array_add(copy->asked,
                        copy_asked(g_ptr_array_index(answer->asked, i)));
    return copy;
}

CertAnswer *
cert_answer_ref(CertAnswer *answer)
{
    g_atomic_int_inc(&answer->references);
    return answer;
}

void
cert_answer_unref(CertAnswer *answer)
{
    if (answer == NULL || !g_atomic_int_dec_and_test(&answer->references))
        return;
    g_ptr_array_unref(answer->candidates);
    g_clear_pointer(&answer->certificates, g_ptr_array_unref);
    g_ptr_array_unref(answer->asked);
    g_free(answer->address);
    g_free(answer->gateway);
    g_free(answer->reason);
    g_free(answer);
}

/* With OpenSSL's object and the texts made of it. */
#define CERTIFICATE_BYTES 10000
#define PIECE_BYTES       24

static gsize
reckon_text(const char *text)
{
    return text != NULL ? strlen(text) + PIECE_BYTES : 0;
}

gsize
cert_answer_reckon(const CertAnswer *answer)
{
    gsize sum = sizeof *answer + 9 * PIECE_BYTES + 144 +
                reckon_text(answer->address) + reckon_text(answer->gateway) +
                reckon_text(answer->reason);
    for (guint i = 0; i < answer->candidates->len; i++) {
        const CertCandidate *each = g_ptr_array_index(answer->candidates, i);
        sum += sizeof *each + PIECE_BYTES + reckon_text(each->source) +
               reckon_text(each->reason) + reckon_text(each->revocation);
        if (each->certificate != NULL)
            sum += CERTIFICATE_BYTES;
    }
    for (guint i = 0; i < answer->asked->len; i++) {
        const CertAsked *each = g_ptr_array_index(answer->asked, i);
        sum += sizeof *each + PIECE_BYTES + reckon_text(each->source) +
               reckon_text(each->server) + reckon_text(each->filter) +
               reckon_text(each->entry) + reckon_text(each->reason);
    }
    return sum;
}

const char *
cert_class_get_name(CertClass class)
{
    switch (class) {
    case CERT_FOUND:
        return "found";
    case CERT_NONE:
        return "none";
    case CERT_UNUSABLE:
        return "unusable";
    case CERT_REVOKED:
        return "revoked";
    case CERT_ON_HOLD:
        return "on-hold";
    case CERT_REVOCATION_UNKNOWN:
        return "revocation-unknown";
    case CERT_LOST:
        return "lost";
    case CERT_AMBIGUOUS:
        return "ambiguous";
    case CERT_DIRECTORY_DOWN:
        break;
    }
    return "directory-down";
}
