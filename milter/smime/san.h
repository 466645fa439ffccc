/* SPDX-License-Identifier: BSD-2-Clause */
/* SAN: the mail addresses that a certificate speaks for. */
#ifndef SCEAU_SMIME_SAN_H
#define SCEAU_SMIME_SAN_H

#include <openssl/x509.h>

/* The rfc822Names and SmtpUTF8Mailboxes (RFC 5280 4.2.1.6, RFC 9598) of the
 * subject alternative name as canonical mailboxes, the first 64, without
 * those that are no bare address. Two such extensions count as none.
 * NULL-terminated; caller frees with g_strfreev. */
char **san_make_addresses(const X509 *x509);

/* The same from the subject's emailAddress attributes. */
char **san_make_subject_addresses(const X509 *x509);

#endif
