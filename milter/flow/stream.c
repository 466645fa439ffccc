/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream: what a message will probably become, made while its body arrives. */
#include "flow/stream.h"

#include "smime/digest.h"

#include <string.h>

#define CHUNK_BYTES 65536

struct Stream {
    guint64 body_bytes; /* that went through */
    /* Signing: NULL after any trouble, or when taken. */
    GBytes *inner_head;
    char *algorithm;
    Digest *digest;
    /* Encrypting: the same. */
    GBytes *content_head; /* what went through before the body */
    char *boundary;       /* of the multipart/signed in it; NULL: not one */
    GPtrArray *certificates;
    EncryptProfile encryption;
    Encrypt *encrypt;
    Spool *out;
};

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

void
stream_free(Stream *stream)
{
    if (stream == NULL)
        return;
    g_clear_pointer(&stream->inner_head, g_bytes_unref);
    g_free(stream->algorithm);
    digest_free(stream->digest);
    g_clear_pointer(&stream->content_head, g_bytes_unref);
    g_free(stream->boundary);
    g_clear_pointer(&stream->certificates, g_ptr_array_unref);
    encrypt_free(stream->encrypt);
    spool_unref(stream->out);
    g_free(stream);
}

/* --- writing ----------------------------------------------------------- */

static void
write_digest(Stream *stream, const void *bytes, gsize size_bytes)
{
    if (stream->digest != NULL &&
        !digest_write(stream->digest, bytes, size_bytes, NULL))
        g_clear_pointer(&stream->digest, digest_free);
}

static void
write_encrypt(Stream *stream, const void *bytes, gsize size_bytes)
{
    if (stream->encrypt != NULL &&
        !encrypt_write(stream->encrypt, bytes, size_bytes, NULL))
        g_clear_pointer(&stream->encrypt, encrypt_free);
}

void
stream_write(Stream *stream, const void *bytes, gsize size_bytes)
{
    write_digest(stream, bytes, size_bytes);
    write_encrypt(stream, bytes, size_bytes);
    stream->body_bytes += size_bytes;
}

/* --- beginning --------------------------------------------------------- */

static void
begin_digest(Stream *stream, const StreamWish *wish)
{
    gsize size = 0;
    const void *head = g_bytes_get_data(stream->inner_head, &size);
    stream->algorithm = g_strdup(wish->digest);
    stream->digest = digest_new(wish->digest, NULL);
    write_digest(stream, head, size);
}

static void
begin_encrypt(Stream *stream, const StreamWish *wish)
{
    SpoolSettings settings = *wish->spool;
    settings.limit_bytes = G_MAXINT64; /* the message has met its own */
    if (wish->digest != NULL) {
        stream->boundary = entity_make_boundary(NULL);
        if (stream->boundary == NULL)
            return;
        stream->content_head = entity_begin_signed(
            stream->inner_head, stream->boundary, wish->digest);
    } else {
        stream->content_head = g_bytes_ref(stream->inner_head);
    }
    stream->certificates = g_ptr_array_new_with_free_func(drop_certificate);
    for (guint i = 0; i < wish->certificates->len; i++)
        g_ptr_array_add(stream->certificates, certificate_ref(g_ptr_array_index(
                                                  wish->certificates, i)));
    stream->encryption = wish->encryption;
    stream->out = spool_new(&settings);
    stream->encrypt = encrypt_begin(stream->certificates, &stream->encryption,
                                    stream->out, NULL);
    gsize size = 0;
    const void *head = g_bytes_get_data(stream->content_head, &size);
    write_encrypt(stream, head, size);
}

Stream *
stream_new(const StreamWish *wish)
{
    Stream *stream = g_new0(Stream, 1);
    stream->inner_head = entity_begin_inner(wish->message);
    if (wish->digest != NULL)
        begin_digest(stream, wish);
    if (wish->certificates != NULL)
        begin_encrypt(stream, wish);
    return stream;
}

const char *
stream_get_boundary(const Stream *stream)
{
    return stream != NULL ? stream->boundary : NULL;
}

/* --- taking ------------------------------------------------------------ */

/* Whether what went through are entity's first bytes. */
static bool
is_beginning_of(const Stream *stream, GBytes *head, const Entity *entity,
                const Spool *body)
{
    return stream->body_bytes == spool_get_size(body) &&
           entity_begins_with(entity, head, body);
}

GBytes *
stream_take_digest(Stream *stream, const Entity *inner, const Spool *body,
                   const char *algorithm)
{
    if (stream == NULL || stream->digest == NULL ||
        strcmp(stream->algorithm, algorithm) != 0 ||
        !is_beginning_of(stream, stream->inner_head, inner, body) ||
        entity_get_size(inner) !=
            g_bytes_get_size(stream->inner_head) + stream->body_bytes)
        return NULL;
    GBytes *value = digest_finish(stream->digest, NULL);
    g_clear_pointer(&stream->digest, digest_free);
    return value;
}

static bool
is_for(const Stream *stream, const GPtrArray *certificates,
       const EncryptProfile *profile)
{
    if (stream->encryption.cipher != profile->cipher ||
        stream->encryption.oaep != profile->oaep ||
        stream->certificates->len != certificates->len)
        return false;
    for (guint i = 0; i < certificates->len; i++) {
        const Certificate *mine = g_ptr_array_index(stream->certificates, i);
        const Certificate *wanted = g_ptr_array_index(certificates, i);
        if (strcmp(certificate_get_sha256(mine),
                   certificate_get_sha256(wanted)) != 0)
            return false;
    }
    return true;
}

static bool
write_rest(Stream *stream, const Entity *content)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset =
        g_bytes_get_size(stream->content_head) + stream->body_bytes;
    for (;;) {
        ssize_t got =
            entity_read_at(content, offset, buffer, CHUNK_BYTES, NULL);
        if (got <= 0)
            return got == 0;
        if (!encrypt_write(stream->encrypt, buffer, (gsize)got, NULL))
            return false;
        offset += (guint64)got;
    }
}

Spool *
stream_take_encrypted(Stream *stream, const Entity *content, const Spool *body,
                      const GPtrArray *certificates,
                      const EncryptProfile *profile)
{
    if (stream == NULL || stream->encrypt == NULL ||
        !is_for(stream, certificates, profile) ||
        !is_beginning_of(stream, stream->content_head, content, body))
        return NULL;
    bool good =
        write_rest(stream, content) && encrypt_end(stream->encrypt, NULL);
    g_clear_pointer(&stream->encrypt, encrypt_free);
    return good ? g_steal_pointer(&stream->out) : NULL;
}
