/* SPDX-License-Identifier: BSD-2-Clause */
/* Seal: one group -> one new entity, signed and/or encrypted. */
#include "flow/seal.h"

#include "base/error.h"
#include "smime/digest.h"
#include "smime/encrypt.h"

#define CHUNK_BYTES 65536

struct Seal {
    const Message *message;
    const Scan *scan;
    Spool *body;
    SpoolSettings spool; /* for what we make: no limit of its own */
    Signer *signer;
    SignProfile profile;
    bool verbatim;
    bool opaque_only;
    Entity *inner;         /* made when first needed */
    Entity *signed_entity; /* the same for every group that is signed */
};

Seal *
seal_new(const Message *message, const Scan *scan, Spool *body,
         const SpoolSettings *spool, Signer *signer, const char *digest,
         bool verbatim, gint64 signing_time_s)
{
    Seal *seal = g_new0(Seal, 1);
    seal->message = message;
    seal->scan = scan;
    seal->body = body;
    seal->spool = *spool;
    seal->spool.limit_bytes = G_MAXINT64;
    seal->signer = signer;
    seal->profile =
        (SignProfile){.digest = digest, .signing_time_s = signing_time_s};
    seal->verbatim = verbatim;
    return seal;
}

void
seal_free(Seal *seal)
{
    if (seal == NULL)
        return;
    entity_unref(seal->inner);
    entity_unref(seal->signed_entity);
    g_free(seal);
}

/* What a chunk of an entity is handed to. */
typedef bool (*WriteChunk)(gpointer to, const void *bytes, gsize size_bytes,
                           GError **error);

static bool
feed(const Entity *entity, WriteChunk write, gpointer to, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    for (;;) {
        ssize_t got =
            entity_read_at(entity, offset, buffer, CHUNK_BYTES, error);
        if (got <= 0)
            return got == 0;
        if (!write(to, buffer, (gsize)got, error))
            return false;
        offset += (guint64)got;
    }
}

static bool
write_digest(gpointer to, const void *bytes, gsize size_bytes, GError **error)
{
    return digest_write(to, bytes, size_bytes, error);
}

static bool
write_opaque(gpointer to, const void *bytes, gsize size_bytes, GError **error)
{
    return sign_opaque_write(to, bytes, size_bytes, error);
}

static bool
write_encrypt(gpointer to, const void *bytes, gsize size_bytes, GError **error)
{
    return encrypt_write(to, bytes, size_bytes, error);
}

static bool
make_inner(Seal *seal, GError **error)
{
    if (seal->inner != NULL)
        return true;
    if (seal->verbatim)
        seal->inner = entity_make_verbatim(seal->message, seal->body);
    else
        seal->inner =
            entity_make_inner(seal->message, seal->scan, seal->body,
                              &seal->spool, &seal->opaque_only, error);
    return seal->inner != NULL;
}

static GBytes *
make_signature(Seal *seal, GError **error)
{
    g_autoptr(Digest) digest = digest_new(seal->profile.digest, error);
    if (digest == NULL || !feed(seal->inner, write_digest, digest, error))
        return NULL;
    g_autoptr(GBytes) value = digest_finish(digest, error);
    if (value == NULL)
        return NULL;
    return signer_sign(seal->signer, &seal->profile, value, error);
}

static Entity *
make_opaque(Seal *seal, GBytes *signature, GError **error)
{
    g_autoptr(Spool) out = spool_new(&seal->spool);
    g_autoptr(SignOpaque) opaque =
        sign_opaque_begin(signature, entity_get_size(seal->inner), out, error);
    if (opaque == NULL || !feed(seal->inner, write_opaque, opaque, error) ||
        !sign_opaque_end(opaque, error))
        return NULL;
    return entity_make_pkcs7(PKCS7_SIGNED, out);
}

static bool
make_signed(Seal *seal, GError **error)
{
    if (seal->signed_entity != NULL)
        return true;
    if (seal->signer == NULL) {
        error_set(error, ERROR_INTERNAL, "a group to sign without a signer");
        return false;
    }
    g_autoptr(GBytes) signature = make_signature(seal, error);
    if (signature == NULL)
        return false;
    /* Clear signing wherever it survives, so that readers without S/MIME
     * see the text (RFC 8551 3.5.3); opaque where it would not. */
    seal->signed_entity = seal->opaque_only
                              ? make_opaque(seal, signature, error)
                              : entity_make_signed(seal->inner, signature,
                                                   seal->profile.digest, error);
    return seal->signed_entity != NULL;
}

static Entity *
make_encrypted(Seal *seal, const Entity *content, const PlanGroup *group,
               GError **error)
{
    g_autoptr(Spool) out = spool_new(&seal->spool);
    const EncryptProfile profile = {0};
    g_autoptr(Encrypt) encrypt = encrypt_begin(group->certificates, &profile, out, error);
    if (encrypt == NULL || !feed(content, write_encrypt, encrypt, error) ||
        !encrypt_end(encrypt, error))
        return NULL;
    return entity_make_pkcs7(PKCS7_ENVELOPED, out);
}

Entity *
seal_group(Seal *seal, const PlanGroup *group, GError **error)
{
    bool sign = group->treatment == TREAT_SIGN ||
                group->treatment == TREAT_SIGN_ENCRYPT;
    if (!make_inner(seal, error)) {
        g_prefix_error(error, "taking the content out: ");
        return NULL;
    }
    /* RFC 8551 3.7: sign first, so that encryption hides who signed. */
    if (sign && !make_signed(seal, error)) {
        g_prefix_error(error, "signing: ");
        return NULL;
    }
    Entity *content = sign ? seal->signed_entity : seal->inner;
    if (group->treatment == TREAT_SIGN)
        return entity_ref(content);
    Entity *sealed = make_encrypted(seal, content, group, error);
    if (sealed == NULL)
        g_prefix_error(error, "encrypting: ");
    return sealed;
}
