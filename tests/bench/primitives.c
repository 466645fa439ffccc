/* SPDX-License-Identifier: BSD-2-Clause */
/* What no S/MIME filter can do without, alone: CPU microseconds of one
 * operation, once per round (a line on stdin each). */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK_BYTES 65536

static unsigned char *data;
static size_t size;
static unsigned char cipher_text[CHUNK_BYTES + EVP_MAX_BLOCK_LENGTH];
static unsigned char base64[CHUNK_BYTES * 2];
static EVP_PKEY *key;

static void
need(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "primitives: %s failed\n", what);
    exit(EXIT_FAILURE);
}

static void
do_sha256(void)
{
    unsigned char value[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    need(EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1, "digest");
    for (size_t at = 0; at < size; at += CHUNK_BYTES) {
        size_t part = size - at < CHUNK_BYTES ? size - at : CHUNK_BYTES;
        need(EVP_DigestUpdate(context, data + at, part) == 1, "digest");
    }
    need(EVP_DigestFinal_ex(context, value, NULL) == 1, "digest");
    EVP_MD_CTX_free(context);
}

/* The cipher and base64 lines of what it gives. */
static void
encrypt(const EVP_CIPHER *cipher)
{
    static const unsigned char secret[EVP_MAX_KEY_LENGTH + EVP_MAX_IV_LENGTH];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_ENCODE_CTX *encoder = EVP_ENCODE_CTX_new();
    int made = 0;
    int encoded = 0;
    EVP_EncodeInit(encoder);
    need(EVP_EncryptInit_ex(context, cipher, NULL, secret,
                            secret + EVP_MAX_KEY_LENGTH) == 1,
         "cipher");
    for (size_t at = 0; at < size; at += CHUNK_BYTES) {
        size_t part = size - at < CHUNK_BYTES ? size - at : CHUNK_BYTES;
        need(EVP_EncryptUpdate(context, cipher_text, &made, data + at,
                               (int)part) == 1,
             "cipher");
        need(EVP_EncodeUpdate(encoder, base64, &encoded, cipher_text, made) ==
                 1,
             "base64");
    }
    need(EVP_EncryptFinal_ex(context, cipher_text, &made) == 1, "cipher");
    EVP_EncodeFinal(encoder, base64, &encoded);
    EVP_ENCODE_CTX_free(encoder);
    EVP_CIPHER_CTX_free(context);
}

static void
do_cbc(void)
{
    encrypt(EVP_aes_256_cbc());
}

static void
do_gcm(void)
{
    encrypt(EVP_aes_256_gcm());
}

static void
do_sign(void)
{
    unsigned char digest[32] = {1};
    unsigned char signature[1024];
    size_t length = sizeof signature;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    need(EVP_PKEY_sign_init(context) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
             EVP_PKEY_sign(context, signature, &length, digest,
                           sizeof digest) == 1,
         "signature");
    EVP_PKEY_CTX_free(context);
}

static void
do_wrap(void)
{
    unsigned char secret[32] = {1};
    unsigned char wrapped[1024];
    size_t length = sizeof wrapped;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    need(EVP_PKEY_encrypt_init(context) == 1 &&
             EVP_PKEY_encrypt(context, wrapped, &length, secret,
                              sizeof secret) == 1,
         "encryption");
    EVP_PKEY_CTX_free(context);
}

static const struct {
    const char *name;
    void (*run)(void);
    const char *key; /* its kind, or NULL */
} operations[] = {
    {"sha256", do_sha256, NULL},  {"cbc", do_cbc, NULL},
    {"gcm", do_gcm, NULL},        {"rsa-sign", do_sign, "RSA"},
    {"p256-sign", do_sign, "EC"}, {"rsa-wrap", do_wrap, "RSA"},
};

static double
get_cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void
serve(void (*run)(void), unsigned count)
{
    char line[16];
    run(); /* what a first use sets up is not counted */
    while (fgets(line, sizeof line, stdin) != NULL) {
        double begin = get_cpu_us();
        for (unsigned i = 0; i < count; i++)
            run();
        printf("%.2f\n", (get_cpu_us() - begin) / count);
        (void)fflush(stdout);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: primitives NAME BYTES COUNT\n");
        return EXIT_FAILURE;
    }
    size = strtoul(argv[2], NULL, 10);
    data = malloc(size + 1);
    need(data != NULL, "memory");
    memset(data, 'x', size);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].name, argv[1]) != 0)
            continue;
        if (operations[i].key != NULL)
            key = strcmp(operations[i].key, "RSA") == 0 ? EVP_RSA_gen(2048)
                                                        : EVP_EC_gen("P-256");
        serve(operations[i].run, (unsigned)strtoul(argv[3], NULL, 10));
        return EXIT_SUCCESS;
    }
    need(false, argv[1]);
    return EXIT_FAILURE;
}
