/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypt: bytes and certificates to CMS EnvelopedData or AuthEnvelopedData,
 * streaming. */
#include "smime/encrypt.h"

#include "smime/algorithms.h"
#include "smime/base64.h"
#include "smime/openssl.h"

#include <openssl/rsa.h>

struct Encrypt {
    CMS_ContentInfo *cms;
    Base64 *base64;
    BIO *sink;     /* ours; the end of the chain */
    BIO *chain;    /* the filters above it, the sink included */
    GError *fault; /* of the spool, met inside a BIO callback */
    bool failed;   /* a hole in the stream: it must never be finished */
};

/* --- the sink: a BIO that writes base64 into the spool ------------------ */

static int
sink_write(BIO *bio, const char *bytes, int size)
{
    Encrypt *encrypt = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (encrypt->fault != NULL || size < 0 ||
        !base64_write(encrypt->base64, bytes, (gsize)size, &encrypt->fault))
        return -1;
    return size;
}

static long
sink_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int
sink_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static gpointer
make_method(gpointer unused)
{
    (void)unused;
    BIO_METHOD *method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "spool");
    BIO_meth_set_write(method, sink_write);
    BIO_meth_set_ctrl(method, sink_control);
    BIO_meth_set_create(method, sink_create);
    return method;
}

static BIO *
sink_new(Encrypt *encrypt)
{
    static GOnce once = G_ONCE_INIT;
    BIO *bio = BIO_new(g_once(&once, make_method, NULL));
    if (bio != NULL)
        BIO_set_data(bio, encrypt);
    return bio;
}

/* --- recipients -------------------------------------------------------- */

/* RFC 5753 with the SHA-256 KDF: the library's default is SHA-1's. */
static bool
tune_agreement(CMS_RecipientInfo *recipient)
{
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    return context != NULL &&
           EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) == 1;
}

/* RFC 3560 with SHA-256 throughout. */
static bool
tune_transport(CMS_RecipientInfo *recipient)
{
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    return context != NULL &&
           EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0;
}

static bool
tune(CMS_RecipientInfo *recipient, KeyFamily family, bool oaep)
{
    if (family == KEY_EC)
        return tune_agreement(recipient);
    return !oaep || tune_transport(recipient);
}

static bool
add_recipient(CMS_ContentInfo *cms, const Certificate *certificate, bool oaep,
              GError **error)
{
    const char *reason = certificate_check_encrypt(certificate);
    if (reason != NULL) {
        error_set(error, ERROR_INTERNAL, "certificate of %s: %s",
                  certificate_get_subject(certificate), reason);
        return false;
    }
    CMS_RecipientInfo *recipient = CMS_add1_recipient_cert(
        cms, certificate_get_x509(certificate), CMS_KEY_PARAM);
    if (recipient == NULL ||
        !tune(recipient, certificate_get_key_family(certificate), oaep))
        return openssl_fail(error, ERROR_INTERNAL, "adding a recipient");
    return true;
}

static bool
add_recipients(CMS_ContentInfo *cms, const GPtrArray *certificates, bool oaep,
               GError **error)
{
    if (certificates->len == 0) {
        error_set(error, ERROR_INTERNAL, "nobody to encrypt for");
        return false;
    }
    const Certificate *first = g_ptr_array_index(certificates, 0);
    for (guint i = 0; i < certificates->len; i++) {
        const Certificate *certificate = g_ptr_array_index(certificates, i);
        /* Older readers cannot open a message for RSA and EC keys. */
        if (certificate_get_key_family(certificate) !=
            certificate_get_key_family(first)) {
            error_set(error, ERROR_INTERNAL, "recipients of two key families");
            return false;
        }
        if (!add_recipient(cms, certificate, oaep, error))
            return false;
    }
    return true;
}

/* --- the stream -------------------------------------------------------- */

Encrypt *
encrypt_begin(const GPtrArray *certificates, const EncryptProfile *profile,
              Spool *out, GError **error)
{
    g_autoptr(Encrypt) encrypt = g_new0(Encrypt, 1);
    encrypt->base64 = base64_new(out);
    encrypt->cms =
        CMS_encrypt(NULL, NULL, algorithms_get_cipher(profile->cipher),
                    CMS_BINARY | CMS_PARTIAL | CMS_STREAM);
    if (encrypt->cms == NULL) {
        openssl_fail(error, ERROR_INTERNAL, "starting an envelope");
        return NULL;
    }
    if (!add_recipients(encrypt->cms, certificates, profile->oaep, error))
        return NULL;
    encrypt->sink = sink_new(encrypt);
    encrypt->chain =
        encrypt->sink != NULL ? BIO_new_CMS(encrypt->sink, encrypt->cms) : NULL;
    if (encrypt->chain == NULL) {
        openssl_fail(error, ERROR_INTERNAL, "starting an envelope");
        return NULL;
    }
    return g_steal_pointer(&encrypt);
}

/* The spool's own error says more than the library's. */
static bool
stop(Encrypt *encrypt, const char *what, GError **error)
{
    encrypt->failed = true;
    if (encrypt->fault == NULL)
        return openssl_fail(error, ERROR_INTERNAL, what);
    g_propagate_error(error, g_steal_pointer(&encrypt->fault));
    openssl_clear();
    return false;
}

bool
encrypt_write(Encrypt *encrypt, const void *bytes, gsize size_bytes,
              GError **error)
{
    const char *cursor = bytes;
    if (encrypt->failed || encrypt->chain == NULL)
        return stop(encrypt, "encrypting after the end", error);
    while (size_bytes > 0) {
        int part = (int)MIN(size_bytes, 1 << 20);
        int done = BIO_write(encrypt->chain, cursor, part);
        if (done <= 0 || encrypt->fault != NULL)
            return stop(encrypt, "encrypting", error);
        cursor += done;
        size_bytes -= (gsize)done;
    }
    return true;
}

/* BIO_new_CMS stacks filters on the caller's BIO: they are taken off one by
 * one from the top; the sink goes last. */
static void
free_chain(Encrypt *encrypt)
{
    BIO *bio = encrypt->chain;
    while (bio != NULL && bio != encrypt->sink) {
        BIO *below = BIO_pop(bio);
        BIO_free(bio);
        bio = below;
    }
    encrypt->chain = NULL;
    BIO_free(encrypt->sink);
    encrypt->sink = NULL;
}

bool
encrypt_end(Encrypt *encrypt, GError **error)
{
    bool flushed = !encrypt->failed && encrypt->chain != NULL &&
                   BIO_flush(encrypt->chain) == 1;
    free_chain(encrypt);
    if (!flushed || encrypt->fault != NULL)
        return stop(encrypt, "finishing an envelope", error);
    return base64_end(encrypt->base64, error);
}

void
encrypt_free(Encrypt *encrypt)
{
    if (encrypt == NULL)
        return;
    free_chain(encrypt);
    CMS_ContentInfo_free(encrypt->cms);
    base64_free(encrypt->base64);
    g_clear_error(&encrypt->fault);
    g_free(encrypt);
}
