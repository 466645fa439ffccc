/* SPDX-License-Identifier: BSD-2-Clause */
/* Cipher: what content may be encrypted with, by name. */
#ifndef SCEAU_SMIME_CIPHER_H
#define SCEAU_SMIME_CIPHER_H

#include <stdbool.h>

/* The first is what every reader opens. */
typedef enum {
    CIPHER_AES_256_CBC,
    CIPHER_AES_128_CBC,
    CIPHER_AES_256_GCM,
    CIPHER_AES_128_GCM,
    CIPHER_COUNT
} Cipher;

/* As in policies and logs: "aes-256-cbc". */
const char *cipher_get_name(Cipher cipher);

/* Whether it makes an AuthEnvelopedData (RFC 5083) of the message. */
bool cipher_is_authenticated(Cipher cipher);

#endif
