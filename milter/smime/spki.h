/* SPDX-License-Identifier: BSD-2-Clause */
/* SPKI: looks at a certificate's public key on raw DER, before OpenSSL
 * does: huge or strange keys are a way to burn our time. */
#ifndef SCEAU_SMIME_SPKI_H
#define SCEAU_SMIME_SPKI_H

#include <glib.h>

/* Key types and sizes that may be parsed: RSA of 512 to 16384 bits with an
 * exponent up to 64 bits, EC on a named curve, Ed/X25519, Ed/X448. Whether
 * they may be used is another question. NULL when it may be parsed, else why
 * not (static text). der is one certificate, any bytes are safe. */
const char *spki_check(const guchar *der, gsize size_bytes);

#endif
