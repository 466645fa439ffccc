/* SPDX-License-Identifier: BSD-2-Clause */
/* userSMIMECertificate: takes certificates out of its forms, bounded. */
#ifndef SCEAU_CERTS_SMIMECERT_H
#define SCEAU_CERTS_SMIMECERT_H

#include <glib.h>
#include <stdbool.h>

/* Appends to values (SourceValue *) the certificates of a value, and to chain
 * (GBytes *) those of CAs that came along; neither grows beyond limit. Forms:
 * SignedData in DER or BER, with content or certificates alone (RFC 5652 5.1);
 * a bare certificate; the settings of a Microsoft address book (MS-OXOABK
 * 2.2.4.36: tag and length, two octets each, little-endian, then data).
 * SMIMECapabilities beside them go with every certificate that is no CA's:
 * nothing was verified, they are the directory's word. False when bytes are
 * nothing of this, or hold no certificate: nothing was added then. */
bool smimecert_extract(const guchar *bytes, gsize size_bytes, GPtrArray *values,
                       GPtrArray *chain, guint limit);

#endif
