/* SPDX-License-Identifier: BSD-2-Clause */
/* Usage: what a certificate says it is for, in words. */
#ifndef SCEAU_SMIME_USAGE_H
#define SCEAU_SMIME_USAGE_H

#include "smime/certificate.h"

/* "digitalSignature, keyEncipherment; emailProtection": key usage (RFC 5280
 * 4.2.1.3), then extended key usage; "any" for one that is absent. For people:
 * whether it may be used so is certificate_check_encrypt's question. Caller
 * frees. */
char *usage_describe(const Certificate *certificate);

#endif
