/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/tls_probe.h"

#include "base/clock.h"
#include "smime/openssl.h"
#include "tests/fakes/pki.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define HOUR 3600

/* --- certificates ------------------------------------------------------ */

typedef struct {
    X509 *x509;
    EVP_PKEY *key;
} Identity;

/* Valid from and until these seconds from now; issuer NULL: by itself. */
static Identity
make_identity(const char *name, const char *names, long from_s, long until_s,
              const Identity *issuer)
{
    Identity made = {.x509 = X509_new(), .key = EVP_EC_gen("P-256")};
    X509_NAME *subject = X509_get_subject_name(made.x509);
    const Identity *by = issuer != NULL ? issuer : &made;
    X509_set_version(made.x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.x509),
                     g_random_int_range(1, 1 << 30));
    X509_gmtime_adj(X509_getm_notBefore(made.x509), from_s);
    X509_gmtime_adj(X509_getm_notAfter(made.x509), until_s);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const guchar *)name, -1, -1, 0);
    X509_set_issuer_name(made.x509, X509_get_subject_name(by->x509));
    X509_set_pubkey(made.x509, made.key);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(
        NULL, NULL,
        names != NULL ? NID_subject_alt_name : NID_basic_constraints,
        names != NULL ? names : "critical,CA:TRUE");
    assert_non_null(extension);
    X509_add_ext(made.x509, extension, -1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(made.x509, by->key, EVP_sha256()) > 0);
    return made;
}

static void
drop_identity(Identity *identity)
{
    X509_free(identity->x509);
    EVP_PKEY_free(identity->key);
}

static char *dir;

static char *
write_ca(const Identity *identity)
{
    g_autofree char *path = g_build_filename(dir, "ca.pem", NULL);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, identity->x509), 1);
    assert_int_equal(fclose(file), 0);
    return g_steal_pointer(&path);
}

/* --- a server ---------------------------------------------------------- */

typedef enum {
    SPEAKS_TLS,
    SPEAKS_OLD_TLS,
    SPEAKS_NO_TLS,
    CLOSES,
    SILENT,
    STARTS_TLS,
    REFUSES_START
} Habit;

typedef struct {
    Habit habit;
    const Identity *identity;
    int fd;
    guint port;
    GThread *thread;
} Server;

static SSL_CTX *
make_context(const Server *server)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, server->identity->x509);
    SSL_CTX_use_PrivateKey(context, server->identity->key);
    if (server->habit == SPEAKS_OLD_TLS) {
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    }
    return context;
}

static void
speak_tls(const Server *server, int fd)
{
    SSL_CTX *context = make_context(server);
    SSL *ssl = SSL_new(context);
    char one = 0;
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1)
        (void)SSL_read(ssl, &one, 1); /* until the other side has gone */
    SSL_free(ssl);
    SSL_CTX_free(context);
}

static void
serve_one(const Server *server, int fd)
{
    static const char yes[] = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00"
                              "\x04\x00";
    static const char no[] = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00"
                             "\x04\x00";
    char asked[64];
    switch (server->habit) {
    case SPEAKS_TLS:
    case SPEAKS_OLD_TLS:
        speak_tls(server, fd);
        return;
    case SPEAKS_NO_TLS:
        assert_int_equal(write(fd, "220 hello\r\n", 11), 11);
        (void)!read(fd, asked, sizeof asked);
        return;
    case CLOSES:
        (void)!read(fd, asked, sizeof asked);
        return;
    case SILENT:
        while (read(fd, asked, sizeof asked) > 0)
            ;
        return;
    case STARTS_TLS:
        assert_int_equal(read(fd, asked, sizeof asked), 31);
        assert_int_equal(write(fd, yes, 14), 14);
        speak_tls(server, fd);
        return;
    case REFUSES_START:
        assert_int_equal(read(fd, asked, sizeof asked), 31);
        assert_int_equal(write(fd, no, 14), 14);
        return;
    }
}

static gpointer
serve(gpointer pointer)
{
    const Server *server = pointer;
    for (int fd; (fd = accept(server->fd, NULL, NULL)) >= 0; close(fd))
        serve_one(server, fd);
    return NULL;
}

static void
start_server(Server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->fd, 5), 0);
    assert_int_equal(
        getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    server->thread = g_thread_new("server", serve, server);
}

static void
stop_server(Server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    g_thread_join(server->thread);
    close(server->fd);
}

/* --- what is said ------------------------------------------------------ */

/* A server with that habit and certificate, asked by somebody who trusts
 * ca. Caller frees what is said. */
static char *
ask(Habit habit, const Identity *identity, const Identity *ca, bool *good)
{
    Server server = {.habit = habit, .identity = identity};
    g_autofree char *path = write_ca(ca);
    bool start = habit >= STARTS_TLS;
    const DirectorySettings settings = {.tls_ca = path, .start_tls = start};
    start_server(&server);
    g_autofree char *uri = g_strdup_printf(
        "%s://127.0.0.1:%u", start ? "ldap" : "ldaps", server.port);
    gint64 limit_us = habit == SILENT ? 300000 : 10 * G_USEC_PER_SEC;
    char *text = NULL;
    *good =
        tls_probe_ask(&settings, uri, clock_monotonic_us() + limit_us, &text);
    stop_server(&server);
    return text;
}

static int
make_dir(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    dir = pki_scratch_new();
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    pki_scratch_remove(dir);
    return 0;
}

static void
each_fault_has_its_sentence(void **state)
{
    (void)state;
    enum { GOOD, SELF, LATE, EARLY, NAMED, MANY, BY_CA, COUNT };
    Identity ca = make_identity("Our CA", NULL, -HOUR, HOUR, NULL);
    const char *const host = "IP:127.0.0.1";
    Identity all[COUNT] = {
        [GOOD] = make_identity("good", host, -HOUR, HOUR, &ca),
        [SELF] = make_identity("self", host, -HOUR, HOUR, NULL),
        [LATE] = make_identity("late", host, -3 * HOUR, -HOUR, &ca),
        [EARLY] = make_identity("early", host, HOUR, 3 * HOUR, &ca),
        [NAMED] = make_identity("n", "DNS:ldap1.example.fr", -HOUR, HOUR, &ca),
        [MANY] = make_identity("m", "DNS:a.x,DNS:b.x,DNS:c.x,DNS:d.x,DNS:e.x",
                               -HOUR, -1, &ca),
        [BY_CA] = make_identity("by", host, -HOUR, HOUR, &ca),
    };
    const struct {
        Habit habit;
        int identity;
        bool trusted; /* the CA is in tls-ca, else another certificate */
        bool good;
        const char *said[3];
    } rows[] = {
        {SPEAKS_TLS,
         GOOD,
         true,
         true,
         {"TLSv1.3, certificate of CN=good until"}},
        {STARTS_TLS, GOOD, true, true, {"certificate of CN=good until "}},
        {SPEAKS_TLS,
         LATE,
         true,
         false,
         {"its certificate (CN=late) expired on ", "renew it on the server"}},
        {SPEAKS_TLS,
         EARLY,
         true,
         false,
         {"is valid from ", "is the clock right"}},
        {SPEAKS_TLS,
         NAMED,
         true,
         false,
         {"is for ldap1.example.fr and not for 127.0.0.1: use one of its"}},
        {SPEAKS_TLS,
         MANY,
         true,
         false,
         {"expired on ", "; its certificate is for a.x, b.x, c.x and 2 more"}},
        {SPEAKS_TLS,
         SELF,
         true,
         false,
         {"(CN=self) is self-signed and not in ", "ca.pem (tls-ca)"}},
        {SPEAKS_TLS,
         BY_CA,
         false,
         false,
         {"CN=by was issued by CN=Our CA, which is neither in ", "nor sent"}},
        {SPEAKS_OLD_TLS,
         GOOD,
         true,
         false,
         {"no newer version than TLSv1", "at least TLS 1.2 is needed"}},
        {SPEAKS_NO_TLS, GOOD, true, false, {"does not speak TLS"}},
        {CLOSES, GOOD, true, false, {"closes the connection in the middle"}},
        {SILENT,
         GOOD,
         true,
         false,
         {"does not answer the TLS greeting in time"}},
        {REFUSES_START, GOOD, true, false, {"it refuses StartTLS"}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool good = false;
        g_autofree char *text = ask(rows[i].habit, &all[rows[i].identity],
                                    rows[i].trusted ? &ca : &all[SELF], &good);
        for (int k = 0; k < 3 && rows[i].said[k] != NULL; k++)
            if (good != rows[i].good || text == NULL ||
                strstr(text, rows[i].said[k]) == NULL)
                fail_msg("row %zu: %s", i, text != NULL ? text : "nothing");
    }
    for (int i = 0; i < COUNT; i++)
        drop_identity(&all[i]);
    drop_identity(&ca);
}

static void
nobody_there_is_told(void **state)
{
    (void)state;
    Server server = {.habit = CLOSES};
    start_server(&server);
    g_autofree char *uri = g_strdup_printf("ldaps://127.0.0.1:%u", server.port);
    stop_server(&server);
    const DirectorySettings settings = {0};
    g_autofree char *text = NULL;
    gint64 deadline_us = clock_monotonic_us() + 10 * G_USEC_PER_SEC;
    assert_false(tls_probe_ask(&settings, uri, deadline_us, &text));
    assert_non_null(strstr(text, "refused: is the server running"));
}

static void
without_tls_nothing_is_told(void **state)
{
    (void)state;
    const DirectorySettings settings = {0};
    static const char *const uris[] = {"ldap://127.0.0.1:9", "ldapi://%2Fx"};
    for (gsize i = 0; i < G_N_ELEMENTS(uris); i++) {
        char *text = NULL;
        assert_true(tls_probe_ask(&settings, uris[i], 0, &text));
        assert_null(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_has_its_sentence),
        cmocka_unit_test(nobody_there_is_told),
        cmocka_unit_test(without_tls_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
