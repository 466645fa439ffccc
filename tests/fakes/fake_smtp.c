/* SPDX-License-Identifier: BSD-2-Clause */
/* A fake SMTP server: one connection, played by a thread from a script. */
#include "tests/fakes/fake_smtp.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* So that a test that fails ends at all. */
#define PATIENCE_S 10

struct FakeSmtp {
    const char *const *script;
    char *directory, *server, *ca, *path;
    int listener, fd;
    SSL *ssl;
    EVP_PKEY *key;
    X509 *certificate;
    GString *heard;
    gsize line_begin; /* in heard: what no step has read yet */
    GThread *thread;
};

/* --- certificate ------------------------------------------------------- */

static void
add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    g_assert(extension != NULL);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static void
make_certificate(FakeSmtp *fake)
{
    fake->key = EVP_EC_gen("P-256");
    fake->certificate = X509_new();
    X509_set_version(fake->certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(fake->certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(fake->certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(fake->certificate), 3600);
    X509_NAME *name = X509_get_subject_name(fake->certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"relay.test", -1, -1, 0);
    X509_set_issuer_name(fake->certificate, name);
    X509_set_pubkey(fake->certificate, fake->key);
    add_extension(fake->certificate, NID_subject_alt_name,
                  "DNS:relay.test,IP:127.0.0.1");
    g_assert(X509_sign(fake->certificate, fake->key, EVP_sha256()) > 0);
    fake->ca = g_build_filename(fake->directory, "ca.pem", NULL);
    FILE *file = fopen(fake->ca, "w");
    g_assert(file != NULL);
    PEM_write_X509(file, fake->certificate);
    fclose(file);
}

static bool
become_tls(FakeSmtp *fake)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, fake->certificate);
    SSL_CTX_use_PrivateKey(context, fake->key);
    fake->ssl = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(fake->ssl, fake->fd);
    return SSL_accept(fake->ssl) == 1;
}

/* --- bytes ------------------------------------------------------------- */

static void
say(FakeSmtp *fake, const char *bytes, gsize size)
{
    if (fake->ssl != NULL)
        (void)SSL_write(fake->ssl, bytes, (int)size);
    else
        (void)!send(fake->fd, bytes, size, MSG_NOSIGNAL);
}

static bool
hear(FakeSmtp *fake)
{
    char bytes[4096];
    ssize_t got = fake->ssl != NULL ? SSL_read(fake->ssl, bytes, sizeof bytes)
                                    : recv(fake->fd, bytes, sizeof bytes, 0);
    if (got <= 0)
        return false;
    g_string_append_len(fake->heard, bytes, got);
    return true;
}

/* Reads until what no step has read contains end; steps over it. */
static bool
hear_until(FakeSmtp *fake, const char *end)
{
    gsize from = fake->line_begin;
    for (;;) {
        const char *found = strstr(fake->heard->str + from, end);
        if (found != NULL) {
            fake->line_begin = (gsize)(found - fake->heard->str) + strlen(end);
            return true;
        }
        from =
            MAX(fake->line_begin + strlen(end), fake->heard->len) - strlen(end);
        if (!hear(fake))
            return false;
    }
}

static bool
hear_command(FakeSmtp *fake, const char *wanted)
{
    gsize begin = fake->line_begin;
    if (!hear_until(fake, "\r\n"))
        return false;
    if (g_str_has_prefix(fake->heard->str + begin, wanted))
        return true;
    if (g_str_has_suffix(fake->heard->str, "\r\nQUIT\r\n"))
        say(fake, "221 bye\r\n", strlen("221 bye\r\n"));
    else
        g_string_append_printf(fake->heard, "UNEXPECTED, not %s\n", wanted);
    return false;
}

/* --- the play ---------------------------------------------------------- */

static bool
play_step(FakeSmtp *fake, const char *step)
{
    if (g_str_has_prefix(step, "S:")) {
        g_autofree char *line = g_strconcat(step + 2, "\r\n", NULL);
        say(fake, line, strlen(line));
        return true;
    }
    if (g_str_has_prefix(step, "R:")) {
        say(fake, step + 2, strlen(step + 2));
        return true;
    }
    if (g_str_has_prefix(step, "C:"))
        return hear_command(fake, step + 2);
    if (strcmp(step, "CONTENT") == 0)
        return hear_until(fake, "\r\n.\r\n");
    if (strcmp(step, "TLS") == 0)
        return become_tls(fake);
    struct pollfd hung_up = {.fd = fake->fd};
    if (strcmp(step, "DEAF") == 0)
        (void)poll(&hung_up, 1, PATIENCE_S * 1000);
    if (strcmp(step, "FREEZE") == 0)
        while (hear(fake))
            continue;
    return false;
}

static void
say_goodbye(FakeSmtp *fake)
{
    while (hear_until(fake, "\r\n"))
        if (g_str_has_suffix(fake->heard->str, "QUIT\r\n"))
            say(fake, "221 bye\r\n", strlen("221 bye\r\n"));
}

static gpointer
play(gpointer data)
{
    FakeSmtp *fake = data;
    struct pollfd wanted = {.fd = fake->listener, .events = POLLIN};
    if (poll(&wanted, 1, PATIENCE_S * 1000) <= 0)
        return NULL;
    fake->fd = accept(fake->listener, NULL, NULL);
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(fake->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const char *const *step = fake->script;
    while (*step != NULL && play_step(fake, *step))
        step++;
    if (*step == NULL)
        say_goodbye(fake);
    SSL_free(fake->ssl);
    close(fake->fd);
    return NULL;
}

static FakeSmtp *
make_fake(const char *const *script)
{
    FakeSmtp *fake = g_new0(FakeSmtp, 1);
    fake->script = script;
    fake->heard = g_string_new(NULL);
    fake->directory = g_dir_make_tmp("fake-smtp-XXXXXX", NULL);
    g_assert(fake->directory != NULL);
    make_certificate(fake);
    return fake;
}

static FakeSmtp *
begin(FakeSmtp *fake, const struct sockaddr *address, socklen_t size)
{
    fake->listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert(bind(fake->listener, address, size) == 0);
    g_assert(listen(fake->listener, 5) == 0);
    if (fake->server == NULL) {
        struct sockaddr_in got;
        socklen_t got_size = sizeof got;
        getsockname(fake->listener, (struct sockaddr *)&got, &got_size);
        fake->server = g_strdup_printf("127.0.0.1:%u", ntohs(got.sin_port));
    }
    fake->thread = g_thread_new("fake-smtp", play, fake);
    return fake;
}

FakeSmtp *
fake_smtp_start(const char *const *script)
{
    FakeSmtp *fake = make_fake(script);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    fake->path = g_build_filename(fake->directory, "sock", NULL);
    g_strlcpy(address.sun_path, fake->path, sizeof address.sun_path);
    fake->server = g_strconcat("unix:", fake->path, NULL);
    return begin(fake, (const struct sockaddr *)&address, sizeof address);
}

FakeSmtp *
fake_smtp_start_tcp(const char *const *script)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return begin(make_fake(script), (const struct sockaddr *)&address,
                 sizeof address);
}

const char *
fake_smtp_get_server(const FakeSmtp *fake)
{
    return fake->server;
}

const char *
fake_smtp_get_ca(const FakeSmtp *fake)
{
    return fake->ca;
}

char *
fake_smtp_finish(FakeSmtp *fake)
{
    g_thread_join(fake->thread);
    close(fake->listener);
    if (fake->path != NULL)
        (void)g_unlink(fake->path);
    (void)g_unlink(fake->ca);
    (void)g_rmdir(fake->directory);
    X509_free(fake->certificate);
    EVP_PKEY_free(fake->key);
    g_free(fake->path);
    g_free(fake->ca);
    g_free(fake->server);
    g_free(fake->directory);
    char *heard = g_string_free(fake->heard, FALSE);
    g_free(fake);
    return heard;
}
