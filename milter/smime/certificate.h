/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificate: read-only view of an X.509 certificate, made once. */
#ifndef SCEAU_SMIME_CERTIFICATE_H
#define SCEAU_SMIME_CERTIFICATE_H

#include <glib.h>
#include <stdbool.h>

struct x509_st; /* OpenSSL's X509: for smime, certs and keys only */

/* Immutable, reference-counted; any thread. */
typedef struct Certificate Certificate;

typedef enum { KEY_RSA, KEY_EC, KEY_OTHER } KeyFamily;

/* Largest DER we parse. */
#define CERTIFICATE_MAX_BYTES (16 * 1024)

/* One DER certificate without trailing bytes. Key type and size are checked
 * on raw DER before OpenSSL sees it: RSA of 512 to 16384 bits, EC on a named
 * curve, Ed25519 and the like may be looked at, whether they are strong enough
 * is for certs/choose.h and keys/store_files.h to say; anything else (DSA, DH)
 * is refused here. Errors: MALFORMED with the reason. */
Certificate *certificate_parse(const void *der, gsize size_bytes,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All certificates of a file: PEM (1 to 1000) or one DER, of at most 4 MiB.
 * Elements are Certificate *. One bad one spoils the file. Errors: CONFIG
 * naming the file. */
GPtrArray *certificate_load_file(const char *path,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same from PEM text in memory; whole blocks that are no certificates (a
 * key beside it) are passed over. path is for messages. May be empty. */
GPtrArray *certificate_parse_pem(const char *text, gsize size_bytes,
                                 const char *path,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

Certificate *certificate_ref(Certificate *certificate);
void certificate_unref(Certificate *certificate); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Certificate, certificate_unref)

/* All borrowed until the last unref. Names are RFC 4514 text, not quoted for
 * any sink. */
const char *certificate_get_subject(const Certificate *certificate);
const char *certificate_get_issuer(const Certificate *certificate);
const char *certificate_get_serial(const Certificate *certificate); /* hex */
const char *certificate_get_sha256(const Certificate *certificate); /* hex */
GBytes *certificate_get_der(const Certificate *certificate);
/* Raw parts for matching RecipientInfos: DER Name, content bytes of the
 * serial INTEGER, subjectKeyIdentifier (NULL: none). */
GBytes *certificate_get_issuer_der(const Certificate *certificate);
GBytes *certificate_get_serial_der(const Certificate *certificate);
GBytes *certificate_get_key_id(const Certificate *certificate);

KeyFamily certificate_get_key_family(const Certificate *certificate);
unsigned certificate_get_key_bits(const Certificate *certificate);
const char *certificate_get_key_name(const Certificate *certificate);
gint64 certificate_get_not_before(const Certificate *certificate); /* s */
gint64 certificate_get_not_after(const Certificate *certificate);  /* s */

/* Addresses of the SAN (rfc822Name, SmtpUTF8Mailbox), canonical mailboxes,
 * NULL-terminated, the first 64; the subject's emailAddress is not among
 * them. A name that is no bare address, or holds a NUL, is left out. */
char *const *certificate_get_addresses(const Certificate *certificate);

/* The emailAddresses of the subject, in the same form (RFC 8550 3 has them
 * for old readers only). */
char *const *certificate_get_subject_addresses(const Certificate *certificate);

/* Whether both are of one key. */
bool certificate_is_same_key(const Certificate *a, const Certificate *b);

/* Key usage and EKU, absent extensions allow (RFC 5280 4.2.1.3, RFC 8550
 * 4.4; EC: keyAgreement). NULL when it may be used so, else
 * the reason as static text. */
const char *certificate_check_encrypt(const Certificate *certificate);
const char *certificate_check_sign(const Certificate *certificate);

/* OpenSSL's object, borrowed. */
struct x509_st *certificate_get_x509(const Certificate *certificate);

#endif
