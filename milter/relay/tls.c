/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS: the encrypted half of one connection. */
#include "relay/tls.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL_CTX, SSL_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL, SSL_free)

struct Tls {
    SSL *ssl;
    bool ready;      /* the handshake is done */
    char *complaint; /* of the call that failed */
};

/* RFC 6125 6.4, RFC 5280 4.2.1.6: an address stands in iPAddress, a name in
 * dNSName. */
static bool
demand_name(SSL *ssl, const char *name)
{
    unsigned char number[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, number) == 1 ||
        inet_pton(AF_INET6, name, number) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                    TLSEXT_NAMETYPE_host_name, (gpointer)(guintptr)name) == 1;
}

static SSL_CTX *
make_context(const char *ca_file, GError **error)
{
    g_autoptr(SSL_CTX) context = SSL_CTX_new(TLS_client_method());
    if (context == NULL ||
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        error_set(error, ERROR_INTERNAL, "TLS cannot be set up");
        return NULL;
    }
    if (SSL_CTX_load_verify_file(context, ca_file) != 1) {
        error_set(error, ERROR_CONFIG,
                  "tls-ca %s cannot be read or holds no certificate in PEM",
                  ca_file);
        return NULL;
    }
    /* What the administrator put into the file is trusted as it is, a server's
     * own certificate too. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context),
                                X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return g_steal_pointer(&context);
}

Tls *
tls_new(int fd, const char *ca_file, const char *name, GError **error)
{
    ERR_clear_error();
    g_autoptr(SSL_CTX) context = make_context(ca_file, error);
    if (context == NULL)
        return NULL;
    g_autoptr(SSL) ssl = SSL_new(context);
    if (ssl == NULL || !demand_name(ssl, name) || SSL_set_fd(ssl, fd) != 1) {
        error_set(error, ERROR_INTERNAL, "TLS cannot be set up for %s", name);
        return NULL;
    }
    SSL_set_connect_state(ssl);
    Tls *tls = g_new0(Tls, 1);
    tls->ssl = g_steal_pointer(&ssl);
    return tls;
}

void
tls_free(Tls *tls)
{
    if (tls == NULL)
        return;
    /* After a fault the protocol forbids more. */
    if (tls->ready && tls->complaint == NULL)
        (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
    SSL_free(tls->ssl);
    g_free(tls->complaint);
    g_free(tls);
}

static void
note_complaint(Tls *tls, int fault)
{
    unsigned long code = ERR_peek_error();
    long verdict = SSL_get_verify_result(tls->ssl);
    const char *why = code != 0 ? ERR_reason_error_string(code) : NULL;
    if (verdict != X509_V_OK)
        why = X509_verify_cert_error_string(verdict);
    else if (why == NULL)
        why = fault != 0 ? g_strerror(fault) : "the connection was closed";
    g_free(tls->complaint);
    tls->complaint = g_strdup_printf("TLS: %s", why);
}

static TlsStep
judge(Tls *tls, int result, int fault)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_NONE:
        return TLS_DONE;
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        note_complaint(tls, fault);
        return TLS_FAILED;
    }
}

TlsStep
tls_handshake(Tls *tls)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(tls->ssl);
    TlsStep step = judge(tls, result, errno);
    tls->ready = step == TLS_DONE;
    return step;
}

TlsStep
tls_read(Tls *tls, char *buffer, gsize size_bytes, gsize *done)
{
    ERR_clear_error();
    errno = 0;
    *done = 0;
    int result = SSL_read_ex(tls->ssl, buffer, size_bytes, done);
    return judge(tls, result, errno);
}

TlsStep
tls_write(Tls *tls, const char *bytes, gsize size_bytes, gsize *done)
{
    ERR_clear_error();
    errno = 0;
    *done = 0;
    int result = SSL_write_ex(tls->ssl, bytes, size_bytes, done);
    return judge(tls, result, errno);
}

bool
tls_has_pending(const Tls *tls)
{
    return SSL_pending(tls->ssl) > 0;
}

char *
tls_explain(const Tls *tls)
{
    return g_strdup(tls->complaint != NULL ? tls->complaint : "TLS failed");
}
