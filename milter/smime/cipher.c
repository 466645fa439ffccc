/* SPDX-License-Identifier: BSD-2-Clause */
/* Cipher: what content may be encrypted with, by name. */
#include "smime/cipher.h"

const char *
cipher_get_name(Cipher cipher)
{
    static const char *const names[CIPHER_COUNT] = {
        [CIPHER_AES_256_CBC] = "aes-256-cbc",
        [CIPHER_AES_128_CBC] = "aes-128-cbc",
        [CIPHER_AES_256_GCM] = "aes-256-gcm",
        [CIPHER_AES_128_GCM] = "aes-128-gcm",
    };
    return names[cipher];
}

bool
cipher_is_authenticated(Cipher cipher)
{
    return cipher == CIPHER_AES_256_GCM || cipher == CIPHER_AES_128_GCM;
}
