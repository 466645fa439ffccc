/* SPDX-License-Identifier: BSD-2-Clause */
/* Relay: hand over one copy to the SMTP service without this milter. */
#include "relay/relay.h"

#include "base/error.h"
#include "relay/smtp.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES        65536
#define MAX_PASSWORD_BYTES 1024
#define AT(member)         offsetof(RelaySettings, member)

static const SettingRow rows[] = {
    {.name = "server",
     .type = SETTING_TEXT,
     .offset = AT(server),
     .default_text = "unix:/var/spool/postfix/public/sceau",
     .help = "the MTA's SMTP service without this milter: unix:/path, or "
             "address:port on the loopback"},
    {.name = "login",
     .type = SETTING_TEXT,
     .offset = AT(login),
     .help = "login at that service (AUTH PLAIN)"},
    {.name = "password-file",
     .type = SETTING_PATH,
     .offset = AT(password_file),
     .help = "file whose first line is the login's password"},
    {.name = "timeout",
     .type = SETTING_DURATION,
     .offset = AT(timeout_ms),
     .default_text = "60s",
     .minimum = 1000,
     .maximum = 280000,
     .help = "longest wait for each of its replies"},
    {0}};

const SettingsTable relay_settings = {
    .block = "relay",
    .size_bytes = sizeof(RelaySettings),
    .rows = rows,
    .help = "the way out of copies for recipients that are treated apart",
};

struct RelayCopy {
    Smtp *smtp;
    /* what the service offers */
    bool dsn, eight_bit, utf8, auth_plain;
};

void
relay_reply_clear(RelayReply *reply)
{
    g_clear_pointer(&reply->text, g_free);
}

/* --- replies ----------------------------------------------------------- */

static RelayResult
answer(RelayReply *reply, RelayResult result, int recipient, char *text)
{
    relay_reply_clear(reply);
    reply->result = result;
    reply->recipient = recipient;
    reply->text = text;
    return result;
}

static RelayResult
answer_error(RelayReply *reply, GError *error)
{
    return answer(reply, RELAY_LATER, -1, g_strdup(error->message));
}

/* 2xx and 3xx go on. */
static RelayResult
judge(const SmtpReply *smtp, int recipient, RelayReply *reply)
{
    if (smtp->code < 400)
        return RELAY_OK;
    return answer(reply, smtp->code < 500 ? RELAY_LATER : RELAY_REFUSED,
                  recipient, g_strdup_printf("%d %s", smtp->code, smtp->text));
}

/* --- greeting ---------------------------------------------------------- */

static bool
has_word(const char *text, const char *word)
{
    g_auto(GStrv) words = g_strsplit_set(text, " =", -1);
    for (char **each = words; *each != NULL; each++)
        if (g_ascii_strcasecmp(*each, word) == 0)
            return true;
    return false;
}

/* The joined text of EHLO's reply holds each keyword as a word. */
static bool
greet(RelayCopy *copy, SmtpReply *reply, GError **error)
{
    if (!smtp_read_reply(copy->smtp, reply, error))
        return false;
    if (reply->code >= 400)
        return true;
    if (!smtp_command(copy->smtp, reply, error, "EHLO sceau.localhost"))
        return false;
    copy->dsn = has_word(reply->text, "DSN");
    copy->eight_bit = has_word(reply->text, "8BITMIME");
    copy->utf8 = has_word(reply->text, "SMTPUTF8");
    copy->auth_plain =
        has_word(reply->text, "AUTH") && has_word(reply->text, "PLAIN");
    return true;
}

static char *
load_password(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0 || (status.st_mode & 0007) != 0) {
        error_set(error, ERROR_CONFIG,
                  "relay: password file %s cannot be read or is open to "
                  "others",
                  path);
        return NULL;
    }
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, &size, &cause)) {
        error_set(error, ERROR_CONFIG, "relay: %s", cause->message);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    if (*text == '\0' || strlen(text) > MAX_PASSWORD_BYTES) {
        error_set(error, ERROR_CONFIG, "relay: password file %s is empty",
                  path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

/* RFC 4616: authorisation identity, login, password, NUL between them. */
static bool
log_in(RelayCopy *copy, const RelaySettings *settings, SmtpReply *reply,
       GError **error)
{
    if (settings->login == NULL)
        return true;
    if (!copy->auth_plain) {
        error_set(error, ERROR_CONFIG,
                  "relay %s: offers no AUTH PLAIN for login %s",
                  settings->server, settings->login);
        return false;
    }
    g_autofree char *password = load_password(settings->password_file, error);
    if (password == NULL)
        return false;
    g_autoptr(GByteArray) plain = g_byte_array_new();
    g_byte_array_append(plain, (const guint8 *)"", 1);
    g_byte_array_append(plain, (const guint8 *)settings->login,
                        (guint)strlen(settings->login) + 1);
    g_byte_array_append(plain, (const guint8 *)password,
                        (guint)strlen(password));
    g_autofree char *encoded = g_base64_encode(plain->data, plain->len);
    if (!smtp_command(copy->smtp, reply, error, "AUTH PLAIN %s", encoded))
        return false;
    if (reply->code == 235)
        return true;
    error_set(error, ERROR_TEMPORARY, "relay %s: login %s refused: %d %s",
              settings->server, settings->login, reply->code, reply->text);
    return false;
}

static RelayCopy *
open_session(const RelaySettings *settings, SmtpReply *smtp, GError **error)
{
    g_autoptr(RelayCopy) copy = g_new0(RelayCopy, 1);
    copy->smtp = smtp_connect(settings->server, settings->timeout_ms, error);
    if (copy->smtp == NULL || !greet(copy, smtp, error))
        return NULL;
    if (smtp->code < 400 && !log_in(copy, settings, smtp, error))
        return NULL;
    return g_steal_pointer(&copy);
}

/* --- parameters -------------------------------------------------------- */

/* RFC 3461 for DSN's; SIZE is of another message now, AUTH is not ours to
 * pass on. */
static bool
is_kept(const RelayCopy *copy, const char *parameter)
{
    g_autofree char *name = g_strndup(parameter, strcspn(parameter, "="));
    static const char *const dsn[] = {"RET", "ENVID", "NOTIFY", "ORCPT", NULL};
    for (const char *const *each = dsn; *each != NULL; each++)
        if (g_ascii_strcasecmp(name, *each) == 0)
            return copy->dsn;
    if (g_ascii_strcasecmp(name, "BODY") == 0)
        return copy->eight_bit;
    return g_ascii_strcasecmp(name, "SMTPUTF8") == 0;
}

static char *
keep_parameters(const RelayCopy *copy, const char *parameters)
{
    GString *kept = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(parameters, " ", -1);
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0' && is_kept(copy, *word))
            g_string_append_printf(kept, " %s", *word);
    return g_string_free(kept, FALSE);
}

/* --- the transaction --------------------------------------------------- */

static RelayResult
send_recipients(RelayCopy *copy, const RelayEnvelope *envelope,
                RelayReply *reply)
{
    g_auto(SmtpReply) smtp = {0};
    for (unsigned i = 0; i < envelope->recipient_count; i++) {
        const RelayRecipient *recipient = &envelope->recipients[i];
        g_autoptr(GError) error = NULL;
        g_autofree char *kept = keep_parameters(copy, recipient->parameters);
        if (!smtp_command(copy->smtp, &smtp, &error, "RCPT TO:%s%s",
                          recipient->path, kept))
            return answer_error(reply, error);
        RelayResult result = judge(&smtp, (int)i, reply);
        if (result != RELAY_OK)
            return result;
    }
    return RELAY_OK;
}

static RelayResult
send_envelope(RelayCopy *copy, const RelayEnvelope *envelope, RelayReply *reply)
{
    g_auto(SmtpReply) smtp = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *kept = keep_parameters(copy, envelope->parameters);
    if (!copy->utf8 && has_word(envelope->parameters, "SMTPUTF8"))
        return answer(reply, RELAY_REFUSED, -1,
                      g_strdup("550 the relay does not offer SMTPUTF8"));
    if (!smtp_command(copy->smtp, &smtp, &error, "MAIL FROM:%s%s",
                      envelope->sender_path, kept))
        return answer_error(reply, error);
    RelayResult result = judge(&smtp, -1, reply);
    return result != RELAY_OK ? result : send_recipients(copy, envelope, reply);
}

RelayCopy *
relay_begin(const RelaySettings *settings, const RelayEnvelope *envelope,
            RelayReply *reply)
{
    g_auto(SmtpReply) smtp = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(RelayCopy) copy = open_session(settings, &smtp, &error);
    if (copy == NULL) {
        answer_error(reply, error);
        return NULL;
    }
    /* A service that does not greet is away, whatever number it says. */
    if (smtp.code >= 400) {
        answer(reply, RELAY_LATER, -1,
               g_strdup_printf("%d %s", smtp.code, smtp.text));
        return NULL;
    }
    if (envelope->recipient_count == 0) {
        answer(reply, RELAY_LATER, -1, g_strdup("a copy for nobody"));
        return NULL;
    }
    if (send_envelope(copy, envelope, reply) != RELAY_OK)
        return NULL;
    answer(reply, RELAY_OK, -1, NULL);
    return g_steal_pointer(&copy);
}

static bool
send_body(RelayCopy *copy, const Spool *body, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    for (;;) {
        ssize_t got = spool_read_at(body, offset, buffer, CHUNK_BYTES, error);
        if (got <= 0)
            return got == 0;
        if (!smtp_send_content(copy->smtp, buffer, (gsize)got, error))
            return false;
        offset += (guint64)got;
    }
}

RelayResult
relay_finish(RelayCopy *copy, const char *header, gsize header_size,
             const Spool *body, RelayReply *reply)
{
    g_auto(SmtpReply) smtp = {0};
    g_autoptr(GError) error = NULL;
    if (!smtp_command(copy->smtp, &smtp, &error, "DATA"))
        return answer_error(reply, error);
    RelayResult result = judge(&smtp, -1, reply);
    if (result != RELAY_OK)
        return result;
    if (!smtp_send_content(copy->smtp, header, header_size, &error) ||
        !smtp_send_content(copy->smtp, "\r\n", 2, &error) ||
        !send_body(copy, body, &error))
        return answer_error(reply, error);
    if (!smtp_end_content(copy->smtp, &smtp, &error)) {
        /* The one window in which a copy may have left unseen. */
        g_prefix_error(&error, "it is not known whether the copy was "
                               "accepted: ");
        return answer_error(reply, error);
    }
    result = judge(&smtp, -1, reply);
    if (result == RELAY_OK)
        answer(reply, RELAY_OK, -1,
               g_strdup_printf("%d %s", smtp.code, smtp.text));
    return result;
}

void
relay_copy_free(RelayCopy *copy)
{
    if (copy == NULL)
        return;
    smtp_free(copy->smtp);
    g_free(copy);
}

/* --- checking ---------------------------------------------------------- */

void
relay_check_settings(const Settings *settings, Problems *problems)
{
    const RelaySettings *relay = settings_get(settings, relay_settings.block);
    Position at = settings_get_position(settings, relay, "server");
    if (!smtp_is_local(relay->server))
        problems_add(problems, &at,
                     "server: only unix:/path or address:port on the "
                     "loopback; a relay on another machine (TLS) comes with "
                     "a later version");
    at = settings_get_position(settings, relay, "login");
    if ((relay->login != NULL) != (relay->password_file != NULL))
        problems_add(problems, &at,
                     "login and password-file go together in block relay");
}

bool
relay_check(const RelaySettings *settings, GError **error)
{
    g_auto(SmtpReply) smtp = {0};
    g_autoptr(RelayCopy) copy = open_session(settings, &smtp, error);
    if (copy == NULL)
        return false;
    if (smtp.code < 400)
        return true;
    error_set(error, ERROR_TEMPORARY, "relay %s: %d %s", settings->server,
              smtp.code, smtp.text);
    return false;
}
