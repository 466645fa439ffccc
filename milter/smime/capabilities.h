/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities: what a reader says his software opens (RFC 8551 2.5.2). */
#ifndef SCEAU_SMIME_CAPABILITIES_H
#define SCEAU_SMIME_CAPABILITIES_H

#include "smime/certificate.h"

#include <glib.h>

/* Those that change what we do; the default needs none of them. */
typedef enum {
    CAPABLE_AES_256_GCM = 1 << 0,
    CAPABLE_AES_128_GCM = 1 << 1,
    CAPABLE_OAEP = 1 << 2 /* RSAES-OAEP with SHA-256 (RFC 3560) */
} Capable;

/* The Capable set of a SMIMECapabilities in DER; 0 for anything that is not
 * well formed to its end: half of a list promises nothing. */
unsigned capabilities_parse(const guchar *der, gsize size_bytes);

/* Those that the CA put into a certificate (RFC 4262); 0: none. */
unsigned capabilities_of_certificate(const Certificate *certificate);

#endif
