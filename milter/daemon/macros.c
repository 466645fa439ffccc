/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros: what the MTA tells about a message besides its bytes. */
#include "daemon/macros.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

static const struct {
    int stage;
    const char *names;
} requests[] = {
    {SMFIM_CONNECT, "j _ v {daemon_name} {daemon_addr} {daemon_port} "
                    "{client_addr} {client_name} {client_ptr} {client_port}"},
    {SMFIM_HELO, "{tls_version} {cipher} {cipher_bits} {verify} "
                 "{cert_subject} {cert_issuer} {cn_subject}"},
    {SMFIM_ENVFROM, "i {auth_authen} {auth_type} {auth_author} {mail_addr}"},
    {SMFIM_ENVRCPT, "i {rcpt_addr} {rcpt_mailer}"},
    {SMFIM_DATA, "i {nrcpts}"},
    {SMFIM_EOH, "i"},
    {SMFIM_EOM, "i {msg_id} {msg_size}"},
};

void
macros_request(SMFICTX *ctx)
{
    for (gsize i = 0; i < G_N_ELEMENTS(requests); i++) {
        g_autofree char *names = g_strdup(requests[i].names);
        if (smfi_setsymlist(ctx, requests[i].stage, names) != MI_SUCCESS)
            log_event(LOG_LEVEL_WARNING, "macros-not-requested", "names",
                      requests[i].names, NULL);
    }
}

/* NULL for an absent and for an empty macro. Borrowed. */
static const char *
get(SMFICTX *ctx, const char *name)
{
    g_autofree char *own = g_strdup(name);
    const char *value = smfi_getsymval(ctx, own);
    return value != NULL && *value != '\0' ? value : NULL;
}

static bool
is_postfix(SMFICTX *ctx)
{
    const char *version = get(ctx, "v");
    return version != NULL && g_str_has_prefix(version, "Postfix");
}

static char *
format_six(const struct in6_addr *six)
{
    char text[INET6_ADDRSTRLEN];
    const char *made = NULL;
    if (IN6_IS_ADDR_V4MAPPED(six))
        made = inet_ntop(AF_INET, &six->s6_addr[12], text, sizeof text);
    else
        made = inet_ntop(AF_INET6, six, text, sizeof text);
    return g_strdup(made);
}

static char *
format_address(const _SOCK_ADDR *address)
{
    if (address == NULL)
        return NULL;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        char text[INET_ADDRSTRLEN];
        memcpy(&four, address, sizeof four);
        return g_strdup(inet_ntop(AF_INET, &four.sin_addr, text, sizeof text));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof six);
        return format_six(&six.sin6_addr);
    }
    return NULL;
}

char *
macros_get_client(SMFICTX *ctx, const _SOCK_ADDR *address)
{
    char *client = format_address(address);
    return client != NULL ? client : g_strdup(get(ctx, "{client_addr}"));
}

const char *
macros_get_recipient(SMFICTX *ctx)
{
    return is_postfix(ctx) ? get(ctx, "{rcpt_addr}") : NULL;
}

/* Postfix tells a certificate only when it verified; Sendmail tells any, and
 * says in {verify} what it thinks of it. */
static bool
is_verified(SMFICTX *ctx)
{
    return is_postfix(ctx) || g_strcmp0(get(ctx, "{verify}"), "OK") == 0;
}

static void
set(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

void
macros_fill_envelope(SMFICTX *ctx, Envelope *envelope)
{
    /* Never {auth_author}: that is the client's own word. */
    set(&envelope->login, get(ctx, "{auth_authen}"));
    set(&envelope->daemon_name, get(ctx, "{daemon_name}"));
    set(&envelope->queue_id, get(ctx, "i"));
    if (is_verified(ctx)) {
        set(&envelope->cert_issuer, get(ctx, "{cert_issuer}"));
        set(&envelope->cert_subject, get(ctx, "{cert_subject}"));
    }
}
