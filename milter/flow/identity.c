/* SPDX-License-Identifier: BSD-2-Clause */
/* Identity: the same message on a retry, another one otherwise. */
#include "flow/identity.h"

#include "smime/digest.h"

#include <string.h>

#define CHUNK_BYTES 65536

static bool
add_text(Digest *digest, const char *text, GError **error)
{
    /* The NUL separates: "ab" + "c" is not "a" + "bc". */
    return digest_write(digest, text != NULL ? text : "",
                        text != NULL ? strlen(text) + 1 : 1, error);
}

static bool
is_own_id(const Envelope *envelope, const char *message_id)
{
    if (message_id == NULL)
        return false;
    return envelope->queue_id == NULL || *envelope->queue_id == '\0' ||
           strstr(message_id, envelope->queue_id) == NULL;
}

static bool
add_header(Digest *digest, const Message *message, GError **error)
{
    for (unsigned i = 0; i < message_count_fields(message); i++) {
        const Field *field = message_get_field(message, i);
        if (g_ascii_strcasecmp(field->name, "Received") == 0)
            continue;
        if (!add_text(digest, field->name, error) ||
            !add_text(digest, field->value, error))
            return false;
    }
    return true;
}

static bool
add_body(Digest *digest, const Spool *body, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    for (;;) {
        ssize_t got = spool_read_at(body, offset, buffer, CHUNK_BYTES, error);
        if (got <= 0)
            return got == 0;
        if (!digest_write(digest, buffer, (gsize)got, error))
            return false;
        offset += (guint64)got;
    }
}

static char *
to_hex(GBytes *value)
{
    gsize size = 0;
    const guchar *bytes = g_bytes_get_data(value, &size);
    GString *hex = g_string_sized_new(size * 2);
    for (gsize i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    return g_string_free(hex, FALSE);
}

char *
identity_make(const Envelope *envelope, const Message *message,
              const Spool *body, GError **error)
{
    g_autoptr(Digest) digest = digest_new("sha-256", error);
    if (digest == NULL)
        return NULL;
    g_autofree char *envid =
        envelope_find_parameter(envelope->sender_parameters, "ENVID");
    const char *message_id = message_find(message, "Message-ID", 0);
    const char *queue_id =
        is_own_id(envelope, message_id) ? NULL : envelope->queue_id;
    if (!add_text(digest, envelope->sender, error) ||
        !add_text(digest, envelope->login, error) ||
        !add_text(digest, envid, error) || !add_text(digest, queue_id, error) ||
        !add_header(digest, message, error) || !add_body(digest, body, error))
        return NULL;
    g_autoptr(GBytes) value = digest_finish(digest, error);
    return value != NULL ? to_hex(value) : NULL;
}
