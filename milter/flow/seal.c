/* SPDX-License-Identifier: BSD-2-Clause */
/* Seal: one group -> its copy, signed and/or encrypted. */
#include "flow/seal.h"

#include "base/error.h"
#include "mime/decode.h"
#include "mime/protect.h"
#include "smime/digest.h"
#include "smime/encrypt.h"

#define CHUNK_BYTES 65536

/* Thunderbird: an hour; the clocks may differ too. */
#define DATE_TOLERANCE_S 3000

/* One content that some groups share, and its signature. */
typedef struct {
    Form form; /* of the first of them */
    Entity *inner;
    bool opaque; /* to be signed so */
    Entity *signed_entity;
} Content;

struct Seal {
    SealSource source;
    SpoolSettings spool; /* for what we make: no limit of its own */
    SignProfile profile;
    char *date;          /* to be added, when something is signed */
    Entity *inner;       /* made when first needed */
    bool opaque_only;    /* it survives no relay otherwise */
    GPtrArray *contents; /* Content * */
};

static void
free_content(gpointer pointer)
{
    Content *content = pointer;
    entity_unref(content->inner);
    entity_unref(content->signed_entity);
    g_free(content);
}

/* A reader calls a signature invalid whose time is far from the Date, or that
 * has none. 0 leaves signingTime out. */
static gint64
choose_signing_time(const SealSource *source)
{
    const char *date = message_find(source->message, "Date", 0);
    gint64 written = 0;
    if (date == NULL)
        return source->now_s;
    if (!decode_date(date, &written))
        return 0;
    return ABS(source->now_s - written) <= DATE_TOLERANCE_S ? source->now_s : 0;
}

Seal *
seal_new(const SealSource *source)
{
    Seal *seal = g_new0(Seal, 1);
    const SigningSettings *signing = source->setup->signing;
    seal->source = *source;
    seal->spool = *source->setup->spool;
    seal->spool.limit_bytes = G_MAXINT64;
    seal->profile = (SignProfile){
        .digest = signing->digest,
        .pss = signing->rsa_padding == RSA_PADDING_PSS,
        .signing_time_s = choose_signing_time(source),
    };
    if (source->signer != NULL)
        seal->profile.digest = sign_choose_digest(
            signer_get_certificate(source->signer), signing->digest);
    if (message_find(source->message, "Date", 0) == NULL)
        seal->date = outer_format_date(source->now_s);
    seal->contents = g_ptr_array_new_with_free_func(free_content);
    return seal;
}

void
seal_free(Seal *seal)
{
    if (seal == NULL)
        return;
    entity_unref(seal->inner);
    g_ptr_array_unref(seal->contents);
    g_free(seal->date);
    g_free(seal);
}

void
seal_copy_free(SealCopy *sealed)
{
    if (sealed == NULL)
        return;
    entity_unref(sealed->entity);
    outer_free(sealed->outer);
    g_free(sealed);
}

guint64
seal_copy_get_size(const SealCopy *sealed, const Spool *body)
{
    guint64 header = outer_get_size(sealed->outer) + 2;
    return header + (sealed->entity != NULL ? entity_get_size(sealed->entity)
                                            : spool_get_size(body));
}

/* --- moving bytes ------------------------------------------------------ */

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

/* --- content ----------------------------------------------------------- */

static bool
make_inner(Seal *seal, GError **error)
{
    const SealSource *source = &seal->source;
    if (seal->inner != NULL)
        return true;
    if (source->verbatim)
        seal->inner = entity_make_verbatim(source->message, source->body);
    else
        seal->inner =
            entity_make_inner(source->message, source->scan, source->body,
                              &seal->spool, &seal->opaque_only, error);
    return seal->inner != NULL;
}

/* The inner entity, with header fields where the form wants them inside. */
static Entity *
dress(Seal *seal, const Form *form, const Outer *outer, bool *opaque,
      GError **error)
{
    g_autofree char *display = form->subject == WANT_SUBJECT_REPLACED
                                   ? outer_make_display(outer)
                                   : NULL;
    g_autoptr(GPtrArray) fields = outer_list_protected(outer);
    if (display != NULL)
        return protect_make_shown(seal->inner, fields, display, opaque, error);
    if (form->protect && !seal->source.verbatim)
        return protect_make(seal->inner, fields, form->is_encrypted, opaque);
    return entity_ref(seal->inner);
}

static Content *
get_content(Seal *seal, const Form *form, const Outer *outer, GError **error)
{
    for (guint i = 0; i < seal->contents->len; i++) {
        Content *content = g_ptr_array_index(seal->contents, i);
        if (form_has_equal_content(&content->form, form))
            return content;
    }
    if (!make_inner(seal, error))
        return NULL;
    bool opaque = form->opaque || seal->opaque_only;
    Entity *inner = dress(seal, form, outer, &opaque, error);
    if (inner == NULL)
        return NULL;
    Content *content = g_new0(Content, 1);
    content->form = *form;
    content->inner = inner;
    content->opaque = opaque;
    g_ptr_array_add(seal->contents, content);
    return content;
}

/* --- signing and encrypting -------------------------------------------- */

static GBytes *
make_digest(Seal *seal, const Entity *inner, GError **error)
{
    GBytes *made = stream_take_digest(seal->source.stream, inner,
                                      seal->source.body, seal->profile.digest);
    if (made != NULL)
        return made;
    g_autoptr(Digest) digest = digest_new(seal->profile.digest, error);
    if (digest == NULL || !feed(inner, write_digest, digest, error))
        return NULL;
    return digest_finish(digest, error);
}

static GBytes *
make_signature(Seal *seal, const Entity *inner, GError **error)
{
    g_autoptr(GBytes) value = make_digest(seal, inner, error);
    if (value == NULL)
        return NULL;
    return signer_sign(seal->source.signer, &seal->profile, value, error);
}

static Entity *
make_opaque(Seal *seal, const Entity *inner, GBytes *signature, GError **error)
{
    g_autoptr(Spool) out = spool_new(&seal->spool);
    g_autoptr(SignOpaque) opaque =
        sign_opaque_begin(signature, entity_get_size(inner), out, error);
    if (opaque == NULL || !feed(inner, write_opaque, opaque, error) ||
        !sign_opaque_end(opaque, error))
        return NULL;
    return entity_make_pkcs7(PKCS7_SIGNED, out);
}

static bool
make_signed(Seal *seal, Content *content, GError **error)
{
    if (content->signed_entity != NULL)
        return true;
    if (seal->source.signer == NULL) {
        error_set(error, ERROR_INTERNAL, "a group to sign without a signer");
        return false;
    }
    g_autoptr(GBytes) signature = make_signature(seal, content->inner, error);
    if (signature == NULL)
        return false;
    /* Clear signing wherever it survives, so that readers without S/MIME
     * see the text (RFC 8551 3.5.3); opaque where it would not. */
    content->signed_entity =
        content->opaque ? make_opaque(seal, content->inner, signature, error)
                        : entity_make_signed(
                              content->inner, signature, seal->profile.digest,
                              stream_get_boundary(seal->source.stream), error);
    return content->signed_entity != NULL;
}

static Spool *
make_envelope(Seal *seal, const Entity *content, const PlanGroup *group,
              GError **error)
{
    const EncryptProfile *profile = &group->form.encryption;
    Spool *made =
        stream_take_encrypted(seal->source.stream, content, seal->source.body,
                              group->certificates, profile);
    if (made != NULL)
        return made;
    g_autoptr(Spool) out = spool_new(&seal->spool);
    g_autoptr(Encrypt) encrypt =
        encrypt_begin(group->certificates, profile, out, error);
    if (encrypt == NULL || !feed(content, write_encrypt, encrypt, error) ||
        !encrypt_end(encrypt, error))
        return NULL;
    return g_steal_pointer(&out);
}

static Entity *
make_encrypted(Seal *seal, const Entity *content, const PlanGroup *group,
               GError **error)
{
    const EncryptProfile *profile = &group->form.encryption;
    g_autoptr(Spool) out = make_envelope(seal, content, group, error);
    if (out == NULL)
        return NULL;
    return entity_make_pkcs7(cipher_is_authenticated(profile->cipher)
                                 ? PKCS7_AUTH_ENVELOPED
                                 : PKCS7_ENVELOPED,
                             out);
}

static Entity *
make_entity(Seal *seal, const PlanGroup *group, const Outer *outer,
            GError **error)
{
    bool sign = group->treatment == TREAT_SIGN ||
                group->treatment == TREAT_SIGN_ENCRYPT;
    Content *content = get_content(seal, &group->form, outer, error);
    if (content == NULL) {
        g_prefix_error(error, "taking the content out: ");
        return NULL;
    }
    /* RFC 8551 3.7: sign first, so that encryption hides who signed. */
    if (sign && !make_signed(seal, content, error)) {
        g_prefix_error(error, "signing: ");
        return NULL;
    }
    Entity *ready = sign ? content->signed_entity : content->inner;
    if (group->treatment == TREAT_SIGN)
        return entity_ref(ready);
    Entity *sealed = make_encrypted(seal, ready, group, error);
    if (sealed == NULL)
        g_prefix_error(error, "encrypting: ");
    return sealed;
}

SealCopy *
seal_group(Seal *seal, const PlanGroup *group, GError **error)
{
    bool touched = group->treatment != TREAT_UNTOUCHED;
    bool sign = group->treatment == TREAT_SIGN ||
                group->treatment == TREAT_SIGN_ENCRYPT;
    const OuterSource source = {
        .message = seal->source.message,
        .setup = seal->source.setup,
        .date = sign ? seal->date : NULL,
    };
    g_autoptr(SealCopy) sealed = g_new0(SealCopy, 1);
    sealed->outer = outer_new(&source, touched, &group->form);
    if (!touched)
        return g_steal_pointer(&sealed);
    sealed->entity = make_entity(seal, group, sealed->outer, error);
    return sealed->entity != NULL ? g_steal_pointer(&sealed) : NULL;
}
