/* SPDX-License-Identifier: BSD-2-Clause */
/* Relay: hand over one copy to the SMTP service without this milter. */
#ifndef SCEAU_RELAY_RELAY_H
#define SCEAU_RELAY_RELAY_H

#include "base/settings.h"
#include "base/spool.h"

#include <glib.h>
#include <stdbool.h>

typedef struct {
    SettingsHead head;
    char *server; /* "unix:/path" or "address:port" */
    char *login;
    char *password_file;
    char *tls_ca;      /* NULL: no TLS, this machine only */
    char *tls_name;    /* NULL: the address in server */
    gint64 timeout_ms; /* for each reply */
} RelaySettings;

extern const SettingsTable relay_settings; /* block "relay" */

typedef struct {
    const char *path; /* as RCPT gave it, "<bob@example.org>"; brackets may
                         be missing */
    const char *parameters; /* "NOTIFY=… ORCPT=…" or "" */
} RelayRecipient;

typedef struct {
    const char *sender_path; /* "<alice@example.fr>" or "<>" */
    const char *parameters;  /* MAIL's, kept where the relay offers them */
    const RelayRecipient *recipients;
    unsigned recipient_count;
} RelayEnvelope;

typedef enum {
    RELAY_OK,
    RELAY_LATER,  /* 4xx, a connection that failed, a deadline */
    RELAY_REFUSED /* 5xx: for the message, or for the named recipient */
} RelayResult;

/* What the relay said; text is "550 5.1.1 …" or our own words, printable
 * ASCII; recipient is an index into the envelope or -1. Begins as {0}. */
typedef struct {
    RelayResult result;
    int recipient;
    char *text;
} RelayReply;

void relay_reply_clear(RelayReply *reply);

/* One transaction. begin connects and sends MAIL and every RCPT: RELAY_OK
 * only when all were accepted (a copy for nobody is none: RELAY_LATER). Of
 * MAIL's and RCPT's parameters go out: DSN's and BODY=8BITMIME where offered,
 * and SMTPUTF8, without which such a message is refused. finish sends the
 * message: the whole header (lines with CRLF), then the body from a sealed
 * spool, dot-stuffed; RELAY_OK only on 2xx to the final dot. RELAY_LATER after
 * the dot says in its text that nobody knows. A CR or LF alone is never sent:
 * RELAY_REFUSED. Dropping an unfinished one sends nothing. One thread; the
 * process ignores SIGPIPE. */
typedef struct RelayCopy RelayCopy;

RelayCopy *relay_begin(const RelaySettings *settings,
                       const RelayEnvelope *envelope, RelayReply *reply);
RelayResult relay_finish(RelayCopy *copy, const char *header, gsize header_size,
                         const Spool *body, RelayReply *reply);

/* Another transaction on the same connection: begins it as relay_begin does,
 * after RSET where the last one is unfinished. Not RELAY_OK: the copy can only
 * be freed. Servers count RSETs: Postfix gives up after some hundred. */
RelayResult relay_renew(RelayCopy *copy, const RelayEnvelope *envelope,
                        RelayReply *reply);
void relay_copy_free(RelayCopy *copy); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RelayCopy, relay_copy_free)

/* What is wrong with the settings themselves goes to problems; asks nobody. */
void relay_check_settings(const Settings *settings, Problems *problems);

/* For "sceau check" and start: does the service let us in, greet, log us in?
 * Errors: CONFIG, TEMPORARY. */
bool relay_check(const RelaySettings *settings, GError **error);

#endif
