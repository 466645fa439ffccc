/* SPDX-License-Identifier: BSD-2-Clause */
/* Greeting: from a connection to a relay that is ready for a transaction. */
#include "relay/greeting.h"

#include "base/error.h"
#include "relay/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUR_NAME           "sceau.localhost"
#define MAX_PASSWORD_BYTES 255

/* --- EHLO -------------------------------------------------------------- */

static bool
fail_as_told(const RelaySettings *settings, ErrorClass class, const char *what,
             const SmtpReply *reply, GError **error)
{
    error_set(error, class, "relay %s: %s: %d %s", settings->server, what,
              reply->code, reply->text);
    return false;
}

static bool
say_hello(Smtp *smtp, const RelaySettings *settings, Greeting *greeting,
          GError **error)
{
    g_auto(SmtpReply) reply = {0};
    if (!smtp_command(smtp, &reply, error, "EHLO " OUR_NAME))
        return false;
    if (reply.code != 250)
        return fail_as_told(settings, ERROR_TEMPORARY, "no service", &reply,
                            error);
    *greeting = (Greeting){
        .dsn = smtp_reply_offers(&reply, "DSN", NULL),
        .eight_bit = smtp_reply_offers(&reply, "8BITMIME", NULL),
        .utf8 = smtp_reply_offers(&reply, "SMTPUTF8", NULL),
        .start_tls = smtp_reply_offers(&reply, "STARTTLS", NULL),
        .auth_plain = smtp_reply_offers(&reply, "AUTH", "PLAIN"),
    };
    return true;
}

static bool
take_greeting(Smtp *smtp, const RelaySettings *settings, GError **error)
{
    g_auto(SmtpReply) reply = {0};
    if (!smtp_read_reply(smtp, &reply, error))
        return false;
    /* A service that does not greet is away, whatever number it says. */
    return reply.code == 220 ||
           fail_as_told(settings, ERROR_TEMPORARY, "no service", &reply, error);
}

/* --- TLS --------------------------------------------------------------- */

static bool
start_tls(Smtp *smtp, const RelaySettings *settings, Greeting *greeting,
          GError **error)
{
    g_auto(SmtpReply) reply = {0};
    if (!greeting->start_tls) {
        error_set(error, ERROR_CONFIG,
                  "relay %s: tls-ca is set, but it offers no STARTTLS",
                  settings->server);
        return false;
    }
    if (!smtp_command(smtp, &reply, error, "STARTTLS"))
        return false;
    if (reply.code != 220)
        return fail_as_told(settings, ERROR_TEMPORARY, "STARTTLS", &reply,
                            error);
    g_autofree char *host = settings->tls_name != NULL
                                ? g_strdup(settings->tls_name)
                                : server_get_host(settings->server);
    /* RFC 3207 4.2: what was said before counts no more. */
    return smtp_start_tls(smtp, settings->tls_ca, host, error) &&
           say_hello(smtp, settings, greeting, error);
}

/* --- login ------------------------------------------------------------- */

/* NULL: CONFIG, and why. */
static char *
read_password(int fd, const char *path, GError **error)
{
    struct stat status;
    char bytes[MAX_PASSWORD_BYTES + 2];
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_mode & 0007) != 0) {
        error_set(error, ERROR_CONFIG,
                  "relay: password file %s is open to others, or no file",
                  path);
        return NULL;
    }
    ssize_t got = read(fd, bytes, sizeof bytes);
    gsize size = got > 0 ? (gsize)got : 0;
    gsize length = 0;
    while (length < size && bytes[length] != '\n' && bytes[length] != '\r')
        length++;
    char *password = NULL;
    if (length == 0 || length > MAX_PASSWORD_BYTES ||
        memchr(bytes, '\0', length) != NULL)
        error_set(error, ERROR_CONFIG,
                  "relay: the first line of password file %s is empty, or no "
                  "password of 1 to %d bytes",
                  path, MAX_PASSWORD_BYTES);
    else
        password = g_strndup(bytes, length);
    explicit_bzero(bytes, sizeof bytes);
    return password;
}

static char *
load_password(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_set(error, ERROR_CONFIG, "relay: password file %s: %s", path,
                  g_strerror(errno));
        return NULL;
    }
    char *password = read_password(fd, path, error);
    close(fd);
    return password;
}

/* RFC 4616: authorisation identity, login, password, NUL between them. */
static char *
encode_plain(const char *login, const char *password)
{
    gsize login_size = strlen(login) + 1;
    gsize size = 1 + login_size + strlen(password);
    char *plain = g_malloc0(size);
    memcpy(plain + 1, login, login_size);
    memcpy(plain + 1 + login_size, password, strlen(password));
    char *encoded = g_base64_encode((const guchar *)plain, size);
    explicit_bzero(plain, size);
    g_free(plain);
    return encoded;
}

static bool
log_in(Smtp *smtp, const RelaySettings *settings, const Greeting *greeting,
       GError **error)
{
    g_auto(SmtpReply) reply = {0};
    if (!greeting->auth_plain) {
        error_set(error, ERROR_CONFIG,
                  "relay %s: offers no AUTH PLAIN for login %s",
                  settings->server, settings->login);
        return false;
    }
    char *password = load_password(settings->password_file, error);
    if (password == NULL)
        return false;
    char *plain = encode_plain(settings->login, password);
    bool answered = smtp_command(smtp, &reply, error, "AUTH PLAIN %s", plain);
    explicit_bzero(password, strlen(password));
    explicit_bzero(plain, strlen(plain));
    g_free(password);
    g_free(plain);
    if (!answered || reply.code == 235)
        return answered;
    g_autofree char *what =
        g_strdup_printf("login %s refused", settings->login);
    return fail_as_told(settings,
                        reply.code >= 500 ? ERROR_CONFIG : ERROR_TEMPORARY,
                        what, &reply, error);
}

/* --- the story --------------------------------------------------------- */

Smtp *
greeting_exchange(const RelaySettings *settings, Greeting *greeting,
                  GError **error)
{
    /* Neither mail nor a password leaves the machine in clear. */
    if (settings->tls_ca == NULL && !server_is_local(settings->server)) {
        error_set(error, ERROR_CONFIG,
                  "relay %s: not on this machine, and no tls-ca",
                  settings->server);
        return NULL;
    }
    g_autoptr(Smtp) smtp =
        smtp_connect(settings->server, settings->timeout_ms, error);
    if (smtp == NULL || !take_greeting(smtp, settings, error) ||
        !say_hello(smtp, settings, greeting, error))
        return NULL;
    if (settings->tls_ca != NULL && !start_tls(smtp, settings, greeting, error))
        return NULL;
    if (settings->login != NULL && !log_in(smtp, settings, greeting, error))
        return NULL;
    return g_steal_pointer(&smtp);
}
