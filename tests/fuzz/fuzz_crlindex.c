/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz CRL index: any bytes as an index, once as they are and once with the
 * digest at their end made right; and any bytes as entries, which are searched
 * when they are believed. */
#include "certs/crlindex.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#define DIGEST_BYTES 32

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void
parse(const uint8_t *bytes, size_t size_bytes)
{
    const char *fault = NULL;
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    Crl *crl = crlindex_parse(bytes, size_bytes, nobody, g_free, NULL, &fault);
    /* Of no authority of ours, however good it is. */
    g_assert_null(crl);
}

static void
search(const uint8_t *bytes, size_t size_bytes)
{
    gsize count = size_bytes / sizeof(CrlEntry);
    g_autofree CrlEntry *entries = g_new(CrlEntry, count + 1);
    memcpy(entries, bytes, count * sizeof(CrlEntry));
    if (!crlentries_check(entries, count))
        crlentries_sort(entries, count);
    if (!crlentries_check(entries, count))
        return;
    for (gsize i = 0; i < count; i++)
        g_assert_nonnull(crlentries_find(entries, count, &entries[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    parse(bytes, size_bytes);
    search(bytes, size_bytes);
    if (size_bytes < DIGEST_BYTES)
        return 0;
    g_autofree uint8_t *copy = g_memdup2(bytes, size_bytes);
    size_t covered = size_bytes - DIGEST_BYTES;
    g_assert_true(EVP_Digest(copy, covered, copy + covered, NULL, EVP_sha256(),
                             NULL) == 1);
    parse(copy, size_bytes);
    return 0;
}
