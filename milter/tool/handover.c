/* SPDX-License-Identifier: BSD-2-Clause */
/* Handover: what the command line says an MTA would hand over. */
#include "tool/handover.h"

#include "tool/message_reader.h"

#include <string.h>

/* What an MTA gives a milter at once. */
#define CHUNK_BYTES 65535

static bool
add_recipients(Envelope *envelope, const GPtrArray *words, GError **error)
{
    for (guint i = 0; i < words->len; i++) {
        g_autofree char *address =
            command_read_address(g_ptr_array_index(words, i), false, error);
        if (address == NULL)
            return false;
        g_autofree char *path = g_strdup_printf("<%s>", address);
        envelope_add_recipient(envelope, path, "", address);
    }
    return true;
}

Envelope *
handover_make_envelope(const Options *options, GError **error)
{
    g_autofree char *sender =
        command_read_address(options_get(options, "--from"), true, error);
    if (sender == NULL)
        return NULL;
    g_autoptr(Envelope) envelope = envelope_new();
    g_autofree char *path = g_strdup_printf("<%s>", sender);
    envelope_set_sender(envelope, path, "");
    if (!add_recipients(envelope, options_get_all(options, "--to"), error))
        return NULL;
    envelope->login = g_strdup(options_get(options, "--login"));
    envelope->client_address = g_strdup(options_get(options, "--client"));
    envelope->daemon_name = g_strdup(options_get(options, "--daemon"));
    envelope->trusted_socket = true;
    return g_steal_pointer(&envelope);
}

static Spool *
read_body(MessageReader *reader, const Setup *setup, GError **error)
{
    /* The limit is the story's to enforce. */
    SpoolSettings roomy = *setup->spool;
    roomy.limit_bytes = G_MAXINT64;
    g_autoptr(Spool) body = spool_new(&roomy);
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    for (;;) {
        ssize_t got =
            message_reader_read_body(reader, buffer, CHUNK_BYTES, error);
        if (got < 0)
            return NULL;
        if (got == 0)
            break;
        if (!spool_write(body, buffer, (size_t)got, error))
            return NULL;
    }
    return spool_seal(body, error) ? g_steal_pointer(&body) : NULL;
}

bool
handover_read_message(FILE *in, const Setup *setup, Message **message,
                      Spool **body, GError **error)
{
    *message = NULL;
    *body = NULL;
    g_autoptr(MessageReader) reader = message_reader_new(in);
    g_autoptr(Message) made = message_new();
    if (!message_reader_read_header(reader, made, error))
        return false;
    *body = read_body(reader, setup, error);
    if (*body == NULL)
        return false;
    *message = g_steal_pointer(&made);
    return true;
}

bool
handover_feed(Process *process, const Spool *body, GError **error)
{
    if (process_headers(process) == PROCESS_PASS || body == NULL)
        return true;
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    for (;;) {
        ssize_t got = spool_read_at(body, offset, buffer, CHUNK_BYTES, error);
        if (got <= 0)
            return got == 0;
        if (!process_body(process, buffer, (size_t)got))
            return true;
        offset += (guint64)got;
    }
}
