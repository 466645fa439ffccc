/* SPDX-License-Identifier: BSD-2-Clause */
/* userSMIMECertificate: takes certificates out of its forms, bounded. */
#ifndef SCEAU_CERTS_SMIMECERT_H
#define SCEAU_CERTS_SMIMECERT_H

#include <glib.h>

/* Appends to into (GBytes *, at most limit in all) every certificate of a
 * value: a certs-only or other SignedData in DER (RFC 5652 5.1), or a bare
 * certificate. Anything else adds nothing. */
void smimecert_extract(const guchar *bytes, gsize size_bytes, GPtrArray *into,
                       guint limit);

#endif
