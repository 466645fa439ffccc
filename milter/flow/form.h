/* SPDX-License-Identifier: BSD-2-Clause */
/* Form: how a copy looks that is signed or encrypted. */
#ifndef SCEAU_FLOW_FORM_H
#define SCEAU_FLOW_FORM_H

#include "policy/policy.h"
#include "smime/certificate.h"
#include "smime/encrypt.h"

#include <stdbool.h>

/* All zero for a copy that is neither. */
typedef struct {
    EncryptProfile encryption;
    bool is_encrypted;
    bool opaque;            /* the signature's form */
    bool protect;           /* header fields inside too (RFC 9788) */
    int subject;            /* WANT_SUBJECT_… */
    const char *subject_is; /* of WANT_SUBJECT_REPLACED; the policy's */
} Form;

/* What the policy says, or else what the recipient's certificate (NULL: not
 * encrypted) tells of his software, or else what every reader opens. What has
 * no meaning for the copy is left zero, so that equal copies are equal. devices
 * (Certificate *, NULL: none) must all be able to open it. announced is what
 * their sources say beside the certificates (a Capable set that all have): it
 * raises what nobody ordered, and can lower nothing. */
Form form_make(const PolicyDecision *decision, bool sign,
               const Certificate *certificate, const GPtrArray *devices,
               unsigned announced);

bool form_is_equal(const Form *a, const Form *b);

/* Whether both have the same content to be signed or encrypted. */
bool form_has_equal_content(const Form *a, const Form *b);

#endif
