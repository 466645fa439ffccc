/* SPDX-License-Identifier: BSD-2-Clause */
/* Digest: SHA-2 over bytes as they pass. */
#include "smime/digest.h"

#include "smime/algorithms.h"
#include "smime/openssl.h"

struct Digest {
    EVP_MD_CTX *context;
};

Digest *
digest_new(const char *algorithm, GError **error)
{
    const EVP_MD *md = algorithms_find_digest(algorithm);
    if (md == NULL) {
        error_set(error, ERROR_INTERNAL, "unknown digest %s", algorithm);
        return NULL;
    }
    g_autoptr(Digest) digest = g_new0(Digest, 1);
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL ||
        EVP_DigestInit_ex(digest->context, md, NULL) != 1) {
        openssl_fail(error, ERROR_INTERNAL, "starting a digest");
        return NULL;
    }
    return g_steal_pointer(&digest);
}

void
digest_free(Digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    g_free(digest);
}

bool
digest_write(Digest *digest, const void *bytes, gsize size_bytes,
             GError **error)
{
    return EVP_DigestUpdate(digest->context, bytes, size_bytes) == 1 ||
           openssl_fail(error, ERROR_INTERNAL, "digesting");
}

GBytes *
digest_finish(Digest *digest, GError **error)
{
    guchar value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(digest->context, value, &size) != 1) {
        openssl_fail(error, ERROR_INTERNAL, "finishing a digest");
        return NULL;
    }
    return g_bytes_new(value, size);
}
