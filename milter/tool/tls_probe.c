/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS probe: what is wrong with the TLS of a directory's server. */
#include "tool/tls_probe.h"

#include "base/clock.h"
#include "certs/dial.h"
#include "smime/openssl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAMES  3 /* of a certificate that are shown */
#define MAX_ANSWER 512

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL_CTX, SSL_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL, SSL_free)

/* One server while it is asked. */
typedef struct {
    const DirectorySettings *settings;
    const char *uri;
    char *host;
    gint64 deadline_us;
    bool old; /* any version of TLS will do */
} Probe;

typedef enum { HAND_DONE, HAND_LATE, HAND_CLOSED, HAND_FAILED } Hand;

static bool
await(int fd, short events, gint64 deadline_us)
{
    for (;;) {
        gint64 left_us = deadline_us - clock_monotonic_us();
        struct pollfd wanted = {.fd = fd, .events = events};
        if (left_us <= 0)
            return false;
        int got = poll(&wanted, 1, (int)(left_us / 1000) + 1);
        if (got > 0)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
    }
}

/* --- StartTLS ---------------------------------------------------------- */

/* RFC 4511 4.14.1: message 1, ExtendedRequest with this OID alone. */
#define START_TLS                                                              \
    "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"                                     \
    "1.3.6.1.4.1.1466.20037"

/* Whether octets hold message 1, ExtendedResponse, resultCode success. */
static bool
is_success(const guchar *octets, gssize size)
{
    return size >= 10 && octets[0] == 0x30 && octets[1] < 0x80 &&
           memcmp(octets + 2, "\x02\x01\x01\x78", 4) == 0 &&
           memcmp(octets + 7, "\x0a\x01\x00", 3) == 0;
}

static bool
start_tls(const Probe *probe, int fd, char **text)
{
    guchar answer[MAX_ANSWER];
    gsize size = sizeof START_TLS - 1;
    gssize got = -1;
    if (write(fd, START_TLS, size) == (gssize)size &&
        await(fd, POLLIN, probe->deadline_us))
        got = read(fd, answer, sizeof answer);
    if (is_success(answer, got))
        return true;
    *text = g_strdup(
        got <= 0 ? "it does not answer to StartTLS: is that a directory?"
                 : "it refuses StartTLS: give it a certificate and a key, or "
                   "name it as ldaps:// if it has a port for that");
    return false;
}

/* --- names and dates --------------------------------------------------- */

static char *
format_name(const X509_NAME *name)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    if (bio == NULL || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0)
        return g_strdup("?");
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    return size > 0 ? g_strndup(text, (gsize)size) : g_strdup("no name");
}

static char *
format_day(const ASN1_TIME *time)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return g_strdup("an unreadable date");
    return g_strdup_printf("%04d-%02d-%02d", parts.tm_year + 1900,
                           parts.tm_mon + 1, parts.tm_mday);
}

/* NULL: a name of another kind. */
static char *
format_general(const GENERAL_NAME *name)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (name->type == GEN_DNS)
        return g_strndup((const char *)ASN1_STRING_get0_data(name->d.dNSName),
                         (gsize)ASN1_STRING_length(name->d.dNSName));
    if (name->type != GEN_IPADD)
        return NULL;
    int size = ASN1_STRING_length(name->d.iPAddress);
    const guchar *octets = ASN1_STRING_get0_data(name->d.iPAddress);
    if (size != 4 && size != 16)
        return NULL;
    return g_strdup(
        inet_ntop(size == 4 ? AF_INET : AF_INET6, octets, text, sizeof text));
}

/* The first of its names as a server. */
static char *
list_names(const X509 *x509)
{
    g_autoptr(GENERAL_NAMES) all =
        X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    g_autoptr(GString) list = g_string_new(NULL);
    int count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        g_autofree char *name = format_general(sk_GENERAL_NAME_value(all, i));
        if (name == NULL || ++count > MAX_NAMES)
            continue;
        g_string_append_printf(list, "%s%s", count > 1 ? ", " : "", name);
    }
    if (count == 0)
        return format_name(X509_get_subject_name(x509));
    if (count > MAX_NAMES)
        g_string_append_printf(list, " and %d more", count - MAX_NAMES);
    return g_strdup(list->str);
}

/* --- what the server shows --------------------------------------------- */

static bool
is_address(const char *host)
{
    guchar number[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, number) == 1 ||
           inet_pton(AF_INET6, host, number) == 1;
}

static char *
check_name(const Probe *probe, X509 *leaf)
{
    const char *host = probe->host;
    int good = is_address(host) ? X509_check_ip_asc(leaf, host, 0)
                                : X509_check_host(leaf, host, 0, 0, NULL);
    if (good == 1)
        return NULL;
    g_autofree char *names = list_names(leaf);
    return g_strdup_printf("its certificate is for %s and not for %s: use one "
                           "of its names in uri, or have one issued for %s",
                           names, host, host);
}

static char *
check_dates(const X509 *leaf)
{
    const ASN1_TIME *from = X509_get0_notBefore(leaf);
    const ASN1_TIME *until = X509_get0_notAfter(leaf);
    bool late = X509_cmp_current_time(until) < 0;
    if (!late && X509_cmp_current_time(from) < 0)
        return NULL;
    g_autofree char *name = format_name(X509_get_subject_name(leaf));
    g_autofree char *day = format_day(late ? until : from);
    return late ? g_strdup_printf("its certificate (%s) expired on %s: renew "
                                  "it on the server",
                                  name, day)
                : g_strdup_printf("its certificate (%s) is valid from %s: is "
                                  "the clock right, here and there?",
                                  name, day);
}

static const char *
name_ca(const Probe *probe)
{
    return probe->settings->tls_ca != NULL ? probe->settings->tls_ca
                                           : "the system's CAs";
}

static char *
describe_unknown(const Probe *probe, const X509 *last)
{
    g_autofree char *name = format_name(X509_get_subject_name(last));
    g_autofree char *issuer = format_name(X509_get_issuer_name(last));
    bool self = X509_NAME_cmp(X509_get_subject_name(last),
                              X509_get_issuer_name(last)) == 0;
    if (self)
        return g_strdup_printf("its root %s is not in %s (tls-ca): put it "
                               "there after having compared its fingerprint",
                               name, name_ca(probe));
    return g_strdup_printf("the certificate of %s was issued by %s, which is "
                           "neither in %s (tls-ca) nor sent by the server",
                           name, issuer, name_ca(probe));
}

static char *
describe_chain(const Probe *probe, X509_STORE_CTX *context)
{
    const X509 *at = X509_STORE_CTX_get_current_cert(context);
    int code = X509_STORE_CTX_get_error(context);
    g_autofree char *name =
        at != NULL ? format_name(X509_get_subject_name(at)) : g_strdup("?");
    switch (code) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return g_strdup_printf("its certificate (%s) is self-signed and not "
                               "in %s (tls-ca): put it there after having "
                               "compared its fingerprint, or have a CA issue "
                               "one",
                               name, name_ca(probe));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return at != NULL ? describe_unknown(probe, at)
                          : g_strdup("its CA is not known");
    case X509_V_ERR_INVALID_PURPOSE:
        return g_strdup_printf("%s is not for servers (extended key usage)",
                               name);
    default:
        return g_strdup_printf("the certificate of %s: %s", name,
                               X509_verify_cert_error_string(code));
    }
}

/* The leaf's own dates are told by check_dates. */
static int
pass_dates(int good, X509_STORE_CTX *context)
{
    int code = X509_STORE_CTX_get_error(context);
    if (X509_STORE_CTX_get_error_depth(context) == 0 &&
        (code == X509_V_ERR_CERT_HAS_EXPIRED ||
         code == X509_V_ERR_CERT_NOT_YET_VALID))
        return 1;
    return good;
}

static char *
check_chain(const Probe *probe, X509 *leaf, STACK_OF(X509) * chain)
{
    g_autoptr(X509_STORE) store = X509_STORE_new();
    g_autoptr(X509_STORE_CTX) context = X509_STORE_CTX_new();
    const char *ca = probe->settings->tls_ca;
    if ((ca != NULL ? X509_STORE_load_file(store, ca)
                    : X509_STORE_set_default_paths(store)) != 1)
        return g_strdup_printf("%s (tls-ca) cannot be read or holds no "
                               "certificate in PEM",
                               name_ca(probe));
    /* As libldap has it, what stands in the file is trusted as it is. */
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_STORE_CTX_init(context, store, leaf, chain) != 1)
        return g_strdup("its chain cannot be looked at");
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_STORE_CTX_set_verify_cb(context, pass_dates);
    return X509_verify_cert(context) == 1 ? NULL
                                          : describe_chain(probe, context);
}

static bool
judge(const Probe *probe, SSL *ssl, char **text)
{
    X509 *leaf = SSL_get0_peer_certificate(ssl);
    if (leaf == NULL) {
        *text = g_strdup("it shows no certificate");
        return false;
    }
    g_autofree char *chain =
        check_chain(probe, leaf, SSL_get_peer_cert_chain(ssl));
    g_autofree char *dates = check_dates(leaf);
    g_autofree char *name = check_name(probe, leaf);
    const char *faults[4] = {NULL};
    guint count = 0;
    const char *const all[] = {dates, name, chain};
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i] != NULL)
            faults[count++] = all[i];
    if (count > 0) {
        *text = g_strjoinv("; ", (char **)(guintptr)faults);
        return false;
    }
    g_autofree char *subject = format_name(X509_get_subject_name(leaf));
    g_autofree char *until = format_day(X509_get0_notAfter(leaf));
    *text = g_strdup_printf("%s, certificate of %s until %s",
                            SSL_get_version(ssl), subject, until);
    return true;
}

/* --- the handshake ----------------------------------------------------- */

static SSL_CTX *
make_context(const Probe *probe)
{
    g_autoptr(SSL_CTX) context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        return NULL;
    const char *certificate = probe->settings->tls_certificate;
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_min_proto_version(context,
                                  probe->old ? TLS1_VERSION : TLS1_2_VERSION);
    if (probe->old)
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    if (certificate != NULL) {
        SSL_CTX_use_certificate_chain_file(context, certificate);
        SSL_CTX_use_PrivateKey_file(context, probe->settings->tls_key,
                                    SSL_FILETYPE_PEM);
    }
    ERR_clear_error();
    return g_steal_pointer(&context);
}

static Hand
shake(const Probe *probe, SSL *ssl, int fd)
{
    for (;;) {
        ERR_clear_error();
        int result = SSL_do_handshake(ssl);
        short events = 0;
        switch (SSL_get_error(ssl, result)) {
        case SSL_ERROR_NONE:
            return HAND_DONE;
        case SSL_ERROR_WANT_READ:
            events = POLLIN;
            break;
        case SSL_ERROR_WANT_WRITE:
            events = POLLOUT;
            break;
        case SSL_ERROR_SYSCALL:
        case SSL_ERROR_ZERO_RETURN:
            return HAND_CLOSED;
        default:
            return ERR_GET_REASON(ERR_peek_error()) ==
                           SSL_R_UNEXPECTED_EOF_WHILE_READING
                       ? HAND_CLOSED
                       : HAND_FAILED;
        }
        if (!await(fd, events, probe->deadline_us))
            return HAND_LATE;
    }
}

static char *
describe_failure(Hand hand)
{
    if (hand == HAND_LATE)
        return g_strdup("it is connected to but does not answer the TLS "
                        "greeting in time: is it overloaded, or stopped?");
    if (hand == HAND_CLOSED)
        return g_strdup("it closes the connection in the middle of the TLS "
                        "handshake: has it a certificate, and is that its port "
                        "for ldaps:// and not the one for ldap://?");
    unsigned long code = ERR_peek_error();
    const char *why = ERR_reason_error_string(code);
    switch (ERR_GET_REASON(code)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
        return g_strdup("what answers there does not speak TLS: is it the port "
                        "for ldap://, which wants start-tls?");
    default:
        return g_strdup_printf("the TLS handshake fails: %s; the server's log "
                               "tells its side",
                               why != NULL ? why : "no reason is given");
    }
}

static int
dial(const Probe *probe, char **text)
{
    g_autoptr(GError) error = NULL;
    int fd = dial_open(probe->uri, probe->deadline_us, &error);
    if (fd < 0) {
        *text = g_strdup_printf("%s: is the server running, is its name and "
                                "port right, is there a firewall?",
                                error->message);
        return -1;
    }
    if (g_str_has_prefix(probe->uri, "ldap://") &&
        !start_tls(probe, fd, text)) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

/* *hand is HAND_FAILED only when another version may help. */
static bool
ask(const Probe *probe, Hand *hand, char **text)
{
    *hand = HAND_DONE;
    int fd = dial(probe, text);
    if (fd < 0)
        return false;
    g_autoptr(SSL_CTX) context = make_context(probe);
    g_autoptr(SSL) ssl = context != NULL ? SSL_new(context) : NULL;
    bool good = false;
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
        (!is_address(probe->host) &&
         SSL_set_tlsext_host_name(ssl, probe->host) != 1)) {
        *text = g_strdup("TLS cannot be set up here");
    } else {
        SSL_set_connect_state(ssl);
        *hand = shake(probe, ssl, fd);
        if (*hand != HAND_DONE)
            *text = describe_failure(*hand);
        else if (SSL_version(ssl) < TLS1_2_VERSION)
            *text = g_strdup_printf("it speaks no newer version than %s, and "
                                    "at least TLS 1.2 is needed: allow it on "
                                    "the server",
                                    SSL_get_version(ssl));
        else if (probe->old)
            *text = g_strdup("it speaks with weak ciphers or keys only: allow "
                             "those of today on the server");
        else
            good = judge(probe, ssl, text);
    }
    ERR_clear_error();
    close(fd);
    return good;
}

bool
tls_probe_ask(const DirectorySettings *settings, const char *uri,
              gint64 deadline_us, char **text)
{
    *text = NULL;
    bool tls = g_str_has_prefix(uri, "ldaps://") ||
               (g_str_has_prefix(uri, "ldap://") && settings->start_tls);
    g_autoptr(GUri) parsed =
        tls ? g_uri_parse(uri, G_URI_FLAGS_NONE, NULL) : NULL;
    if (parsed == NULL)
        return true;
    Probe probe = {.settings = settings,
                   .uri = uri,
                   .host = (char *)(guintptr)g_uri_get_host(parsed),
                   .deadline_us = deadline_us};
    Hand hand = HAND_DONE;
    bool good = ask(&probe, &hand, text);
    if (hand != HAND_FAILED && hand != HAND_CLOSED)
        return good;
    /* What an older version comes to says more, if it comes to anything. */
    g_autofree char *second = NULL;
    probe.old = true;
    (void)ask(&probe, &hand, &second);
    if (hand == HAND_DONE && second != NULL) {
        g_free(*text);
        *text = g_steal_pointer(&second);
    }
    return false;
}
