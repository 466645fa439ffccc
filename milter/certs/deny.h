/* SPDX-License-Identifier: BSD-2-Clause */
/* Deny: takes out of an answer what the administrator has denied. */
#ifndef SCEAU_CERTS_DENY_H
#define SCEAU_CERTS_DENY_H

#include "base/denials.h"
#include "certs/finder.h"

/* A usable candidate whose certificate is denied becomes CERT_UNUSABLE, with
 * the reason. When that could not be asked it may not be used either: silent,
 * unless it is set, gets a sentence that the caller frees. */
void deny_candidate(Denials *denials, CertCandidate *candidate, char **silent);

/* The same for the address of a finished answer: nothing in it may be used,
 * and its class is CERT_UNUSABLE, or CERT_DIRECTORY_DOWN when that could not
 * be asked. */
void deny_answer(Denials *denials, CertAnswer *answer);

#endif
