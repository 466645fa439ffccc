/* SPDX-License-Identifier: BSD-2-Clause */
/* Relay: hand over one copy to the SMTP service without this milter. */
#include "relay/relay.h"

#include "base/error.h"
#include "relay/greeting.h"
#include "relay/server.h"
#include "relay/smtp.h"

#include <string.h>

#define CHUNK_BYTES    65536
#define MAX_PATH_BYTES 1024
#define AT(member)     offsetof(RelaySettings, member)

static const SettingRow rows[] = {
    {.name = "server",
     .type = SETTING_TEXT,
     .offset = AT(server),
     .default_text = "unix:/var/spool/postfix/public/sceau",
     .help = "the MTA's SMTP service without this milter: unix:/path, or "
             "address:port"},
    {.name = "login",
     .type = SETTING_TEXT,
     .offset = AT(login),
     .help = "login at that service (AUTH PLAIN)"},
    {.name = "password-file",
     .type = SETTING_PATH,
     .offset = AT(password_file),
     .help = "file whose first line is the login's password"},
    {.name = "tls-ca",
     .type = SETTING_PATH,
     .offset = AT(tls_ca),
     .help = "PEM file of the authorities for its certificate; with it "
             "nothing is sent without STARTTLS"},
    {.name = "tls-name",
     .type = SETTING_TEXT,
     .offset = AT(tls_name),
     .help = "name its certificate must carry, when that is not the address "
             "in server"},
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
    Greeting greeting;
    bool unfinished; /* MAIL was said, and the message not sent */
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
    if (error_get_class(error) == ERROR_MALFORMED)
        return answer(reply, RELAY_REFUSED, -1,
                      g_strdup_printf("550 5.6.0 %s", error->message));
    return answer(reply, RELAY_LATER, -1, g_strdup(error->message));
}

/* Only what the step calls for goes on (RFC 5321 4.3.2): any 2xx, or the 354
 * of DATA. */
static RelayResult
judge(const SmtpReply *smtp, bool is_data, int recipient, RelayReply *reply)
{
    bool fine = is_data ? smtp->code == 354 : smtp->code / 100 == 2;
    char *text = g_strdup_printf("%d %s", smtp->code, smtp->text);
    if (fine)
        return answer(reply, RELAY_OK, -1, text);
    return answer(reply, smtp->code >= 500 ? RELAY_REFUSED : RELAY_LATER,
                  recipient, text);
}

/* --- paths and parameters ---------------------------------------------- */

/* What an MTA hands to a milter from sendmail(1) has no angle brackets. NULL:
 * could end the path early or begin another parameter. */
static char *
write_path(const char *path)
{
    gsize length = strlen(path);
    bool bracketed = length >= 2 && path[0] == '<' && path[length - 1] == '>';
    const char *inner = bracketed ? path + 1 : path;
    gsize inner_length = bracketed ? length - 2 : length;
    bool quoted = false;
    if (length > MAX_PATH_BYTES)
        return NULL;
    for (gsize i = 0; i < inner_length; i++) {
        if (g_ascii_iscntrl(inner[i]))
            return NULL;
        if (quoted && inner[i] == '\\' && i + 1 < inner_length)
            i++;
        else if (inner[i] == '"')
            quoted = !quoted;
        else if (!quoted && strchr("<> ", inner[i]) != NULL)
            return NULL;
    }
    return quoted ? NULL : g_strdup_printf("<%.*s>", (int)inner_length, inner);
}

static RelayResult
refuse_path(RelayReply *reply, int recipient)
{
    return answer(reply, RELAY_REFUSED, recipient,
                  g_strdup("553 5.1.3 not an address that can be relayed"));
}

static bool
is_named(const char *parameter, const char *name)
{
    gsize length = strlen(name);
    return g_ascii_strncasecmp(parameter, name, length) == 0 &&
           (parameter[length] == '\0' || parameter[length] == '=');
}

/* RFC 3461 for DSN's, RFC 6152 for BODY (binary content is not ours to send).
 * SIZE is of another message now, AUTH is not ours to pass on. */
static bool
is_kept(const Greeting *greeting, const char *parameter)
{
    static const char *const dsn[] = {"RET", "ENVID", "NOTIFY", "ORCPT", NULL};
    for (const char *const *each = dsn; *each != NULL; each++)
        if (is_named(parameter, *each))
            return greeting->dsn;
    if (g_ascii_strcasecmp(parameter, "BODY=8BITMIME") == 0)
        return greeting->eight_bit;
    return g_ascii_strcasecmp(parameter, "SMTPUTF8") == 0;
}

static char *
keep_parameters(const Greeting *greeting, const char *parameters)
{
    GString *kept = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(parameters, " ", -1);
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0' && is_kept(greeting, *word))
            g_string_append_printf(kept, " %s", *word);
    return g_string_free(kept, FALSE);
}

static bool
has_parameter(const char *parameters, const char *name)
{
    g_auto(GStrv) words = g_strsplit(parameters, " ", -1);
    for (char **word = words; *word != NULL; word++)
        if (is_named(*word, name))
            return true;
    return false;
}

/* --- the transaction --------------------------------------------------- */

static RelayResult
send_recipient(RelayCopy *copy, const RelayRecipient *recipient, int index,
               RelayReply *reply)
{
    g_auto(SmtpReply) smtp = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *path = write_path(recipient->path);
    if (path == NULL || strcmp(path, "<>") == 0)
        return refuse_path(reply, index);
    g_autofree char *kept =
        keep_parameters(&copy->greeting, recipient->parameters);
    if (!smtp_command(copy->smtp, &smtp, &error, "RCPT TO:%s%s", path, kept))
        return answer_error(reply, error);
    return judge(&smtp, false, index, reply);
}

static RelayResult
send_sender(RelayCopy *copy, const RelayEnvelope *envelope, RelayReply *reply)
{
    g_auto(SmtpReply) smtp = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *path = write_path(envelope->sender_path);
    if (path == NULL)
        return refuse_path(reply, -1);
    if (!copy->greeting.utf8 && has_parameter(envelope->parameters, "SMTPUTF8"))
        return answer(reply, RELAY_REFUSED, -1,
                      g_strdup("550 5.6.7 the relay offers no SMTPUTF8, which "
                               "this message needs"));
    g_autofree char *kept =
        keep_parameters(&copy->greeting, envelope->parameters);
    if (!smtp_command(copy->smtp, &smtp, &error, "MAIL FROM:%s%s", path, kept))
        return answer_error(reply, error);
    return judge(&smtp, false, -1, reply);
}

static RelayResult
send_envelope(RelayCopy *copy, const RelayEnvelope *envelope, RelayReply *reply)
{
    copy->unfinished = true;
    RelayResult result = send_sender(copy, envelope, reply);
    for (unsigned i = 0; i < envelope->recipient_count && result == RELAY_OK;
         i++)
        result = send_recipient(copy, &envelope->recipients[i], (int)i, reply);
    return result;
}

RelayCopy *
relay_begin(const RelaySettings *settings, const RelayEnvelope *envelope,
            RelayReply *reply)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RelayCopy) copy = g_new0(RelayCopy, 1);
    if (envelope->recipient_count == 0) {
        answer(reply, RELAY_LATER, -1, g_strdup("a copy for nobody"));
        return NULL;
    }
    copy->smtp = greeting_exchange(settings, &copy->greeting, &error);
    if (copy->smtp == NULL) {
        answer_error(reply, error);
        return NULL;
    }
    if (send_envelope(copy, envelope, reply) != RELAY_OK)
        return NULL;
    return g_steal_pointer(&copy);
}

RelayResult
relay_renew(RelayCopy *copy, const RelayEnvelope *envelope, RelayReply *reply)
{
    g_auto(SmtpReply) smtp = {0};
    g_autoptr(GError) error = NULL;
    if (envelope->recipient_count == 0)
        return answer(reply, RELAY_LATER, -1, g_strdup("a copy for nobody"));
    if (copy->unfinished) {
        if (!smtp_command(copy->smtp, &smtp, &error, "RSET"))
            return answer_error(reply, error);
        /* Nothing was refused: it only wants no more of this connection. */
        if (judge(&smtp, false, -1, reply) != RELAY_OK)
            return reply->result = RELAY_LATER;
    }
    return send_envelope(copy, envelope, reply);
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
    bool unanswered = false;
    if (!smtp_begin_content(copy->smtp, &smtp, &error))
        return answer_error(reply, error);
    RelayResult result = judge(&smtp, true, -1, reply);
    if (result != RELAY_OK)
        return result;
    if (smtp_send_content(copy->smtp, header, header_size, &error) &&
        smtp_send_content(copy->smtp, "\r\n", 2, &error) &&
        send_body(copy, body, &error) &&
        smtp_end_content(copy->smtp, &smtp, &unanswered, &error)) {
        copy->unfinished = false;
        return judge(&smtp, false, -1, reply);
    }
    /* The one window in which a copy may have left unseen. */
    if (unanswered)
        g_prefix_error(&error, "it is not known whether the copy was "
                               "accepted: ");
    return answer_error(reply, error);
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

static const char *
find_fault_in_server(const RelaySettings *relay)
{
    if (!server_is_valid(relay->server))
        return "server: neither unix:/path nor address:port (names are not "
               "looked up, only localhost)";
    if (server_is_unix(relay->server) && relay->tls_ca != NULL)
        return "server: a unix socket has no use for tls-ca";
    if (relay->tls_ca == NULL && !server_is_local(relay->server))
        return "server: mail goes to another machine only over TLS: tls-ca is "
               "missing";
    return NULL;
}

static const char *
find_fault_in_login(const RelaySettings *relay)
{
    if ((relay->login != NULL) != (relay->password_file != NULL))
        return "login and password-file go together in block relay";
    if (relay->login != NULL && *relay->login == '\0')
        return "login is empty";
    return NULL;
}

void
relay_check_settings(const Settings *settings, Problems *problems)
{
    const RelaySettings *relay = settings_get(settings, relay_settings.block);
    Position at = settings_get_position(settings, relay, "server");
    const char *fault = find_fault_in_server(relay);
    if (fault != NULL)
        problems_add(problems, &at, "%s", fault);
    at = settings_get_position(
        settings, relay, relay->login != NULL ? "login" : "password-file");
    fault = find_fault_in_login(relay);
    if (fault != NULL)
        problems_add(problems, &at, "%s", fault);
    at = settings_get_position(settings, relay, "tls-name");
    if (relay->tls_name != NULL && relay->tls_ca == NULL)
        problems_add(problems, &at, "tls-name is of no use without tls-ca");
}

bool
relay_check(const RelaySettings *settings, GError **error)
{
    Greeting greeting;
    g_autoptr(Smtp) smtp = greeting_exchange(settings, &greeting, error);
    return smtp != NULL;
}
