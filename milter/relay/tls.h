/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS: the encrypted half of one connection; it never waits itself. The only
 * file of relay that knows OpenSSL. */
#ifndef SCEAU_RELAY_TLS_H
#define SCEAU_RELAY_TLS_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct Tls Tls;

typedef enum {
    TLS_DONE,
    TLS_WANTS_READ, /* again when the socket can be read */
    TLS_WANTS_WRITE,
    TLS_CLOSED, /* by the peer, properly */
    TLS_FAILED
} TlsStep;

/* TLS 1.2 or newer over fd, which stays the caller's and must outlive it. The
 * peer must show a certificate for name (a host name or an address) that
 * chains to the PEM file ca_file. Errors: CONFIG. The process must ignore
 * SIGPIPE. */
Tls *tls_new(int fd, const char *ca_file, const char *name, GError **error);
void tls_free(Tls *tls); /* says goodbye if it can at once; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tls, tls_free)

/* Each does what can be done now; *done counts bytes. */
TlsStep tls_handshake(Tls *tls);
TlsStep tls_read(Tls *tls, char *buffer, gsize size_bytes, gsize *done);
TlsStep tls_write(Tls *tls, const char *bytes, gsize size_bytes, gsize *done);

/* Whether decrypted bytes wait that poll knows nothing of. */
bool tls_has_pending(const Tls *tls);

/* After TLS_FAILED: why. Caller frees. */
char *tls_explain(const Tls *tls);

#endif
