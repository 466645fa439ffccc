/* SPDX-License-Identifier: BSD-2-Clause */
/* CertAnswer: what a finder answers, shared by all who asked. */
#include "certs/finder.h"

#include <string.h>

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
                reckon_text(answer->address) + reckon_text(answer->reason);
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
