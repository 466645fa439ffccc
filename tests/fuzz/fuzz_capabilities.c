/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz capabilities: any bytes as a SMIMECapabilities. What is believed stands
 * there in so many words, and half of a list promises nothing. */
#include "smime/capabilities.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static const struct {
    unsigned capable;
    const char *oid; /* with tag and length */
} words[] = {
    {CAPABLE_AES_256_GCM, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e"},
    {CAPABLE_AES_128_GCM, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x06"},
    {CAPABLE_OAEP, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07"},
    {CAPABLE_OAEP, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"},
};

/* In memory of its own size, so that a reader past the end is found. */
static unsigned
parse_copy(const uint8_t *bytes, size_t size_bytes, size_t room)
{
    g_autofree uint8_t *copy = calloc(1, room);
    g_assert_nonnull(copy);
    memcpy(copy, bytes, MIN(size_bytes, room));
    return capabilities_parse(copy, room);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    unsigned found = capabilities_parse(bytes, size_bytes);
    unsigned known = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        known |= words[i].capable;
        if ((found & words[i].capable) != 0)
            g_assert_true(memmem(bytes, size_bytes, words[i].oid,
                                 strlen(words[i].oid)) != NULL);
    }
    g_assert_cmpuint(found & ~known, ==, 0);
    if (found == 0)
        return 0;
    g_assert_cmpuint(parse_copy(bytes, size_bytes, size_bytes - 1), ==, 0);
    g_assert_cmpuint(parse_copy(bytes, size_bytes, size_bytes + 1), ==, 0);
    return 0;
}
