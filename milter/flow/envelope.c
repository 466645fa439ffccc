/* SPDX-License-Identifier: BSD-2-Clause */
/* Envelope: the SMTP side of a message, a plain value. */
#include "flow/envelope.h"

#include "base/mailbox.h"

#include <string.h>

static void
recipient_free(gpointer pointer)
{
    EnvelopeRecipient *recipient = pointer;
    g_free(recipient->path);
    g_free(recipient->parameters);
    g_free(recipient->address);
    g_free(recipient);
}

Envelope *
envelope_new(void)
{
    Envelope *envelope = g_new0(Envelope, 1);
    envelope->sender_path = g_strdup("<>");
    envelope->sender_parameters = g_strdup("");
    envelope->sender = g_strdup("");
    envelope->recipients = g_ptr_array_new_with_free_func(recipient_free);
    return envelope;
}

void
envelope_free(Envelope *envelope)
{
    if (envelope == NULL)
        return;
    g_free(envelope->sender_path);
    g_free(envelope->sender_parameters);
    g_free(envelope->sender);
    g_ptr_array_unref(envelope->recipients);
    g_free(envelope->login);
    g_free(envelope->client_address);
    g_free(envelope->daemon_name);
    g_free(envelope->cert_issuer);
    g_free(envelope->cert_subject);
    g_free(envelope->queue_id);
    g_free(envelope);
}

/* A path without domain is a local mailbox of the MTA ("postmaster", what
 * sendmail(1) hands in): kept as the bare name, without its brackets. */
static char *
read_bare_name(const char *path)
{
    size_t length = strlen(path);
    if (length >= 2 && path[0] == '<' && path[length - 1] == '>') {
        path++;
        length -= 2;
    }
    if (length == 0 || length > 64)
        return NULL;
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(path[i]) && strchr("-_.+", path[i]) == NULL)
            return NULL;
    return g_strndup(path, length);
}

static char *
read_address(const char *path)
{
    char *address = mailbox_parse(path);
    if (address != NULL && *address == '\0')
        g_clear_pointer(&address, g_free);
    return address != NULL ? address : read_bare_name(path);
}

void
envelope_set_sender(Envelope *envelope, const char *path,
                    const char *parameters)
{
    g_free(envelope->sender_path);
    g_free(envelope->sender_parameters);
    g_free(envelope->sender);
    envelope->sender_path = g_strdup(path);
    envelope->sender_parameters = g_strdup(parameters ? parameters : "");
    envelope->sender = mailbox_parse(path);
    if (envelope->sender == NULL)
        envelope->sender = read_bare_name(path);
    if (envelope->sender == NULL)
        envelope->sender = g_strdup("");
}

void
envelope_add_recipient(Envelope *envelope, const char *path,
                       const char *parameters, const char *canonical)
{
    EnvelopeRecipient *recipient = g_new0(EnvelopeRecipient, 1);
    recipient->path = g_strdup(path);
    recipient->parameters = g_strdup(parameters ? parameters : "");
    if (canonical != NULL && *canonical != '\0')
        recipient->address = read_address(canonical);
    if (recipient->address == NULL)
        recipient->address = read_address(path);
    g_ptr_array_add(envelope->recipients, recipient);
}

const EnvelopeRecipient *
envelope_get_recipient(const Envelope *envelope, unsigned index)
{
    return g_ptr_array_index(envelope->recipients, index);
}

char *
envelope_find_parameter(const char *parameters, const char *name)
{
    g_auto(GStrv) words = g_strsplit(parameters, " ", -1);
    size_t length = strlen(name);
    for (char **word = words; *word != NULL; word++)
        if (g_ascii_strncasecmp(*word, name, length) == 0 &&
            (*word)[length] == '=')
            return g_strdup(*word + length + 1);
    return NULL;
}
