/* SPDX-License-Identifier: BSD-2-Clause */
/* Algorithms: one table of what we sign and encrypt with (RFC 8551 2). */
#include "smime/algorithms.h"

#include "smime/openssl.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <string.h>

static const struct {
    const char *micalg;
    const EVP_MD *(*get)(void);
} digests[] = {
    {"sha-256", EVP_sha256},
    {"sha-384", EVP_sha384},
    {"sha-512", EVP_sha512},
};

const EVP_MD *
algorithms_find_digest(const char *micalg)
{
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        if (strcmp(digests[i].micalg, micalg) == 0)
            return digests[i].get();
    return NULL;
}

const EVP_CIPHER *
algorithms_get_cipher(Cipher cipher)
{
    static const EVP_CIPHER *(*const ciphers[CIPHER_COUNT])(void) = {
        [CIPHER_AES_256_CBC] = EVP_aes_256_cbc,
        [CIPHER_AES_128_CBC] = EVP_aes_128_cbc,
        [CIPHER_AES_256_GCM] = EVP_aes_256_gcm,
        [CIPHER_AES_128_GCM] = EVP_aes_128_gcm,
    };
    return ciphers[cipher]();
}

const int *
algorithms_get_capabilities(void)
{
    static const int nids[] = {NID_aes_256_cbc, NID_aes_128_cbc, NID_undef};
    return nids;
}

static bool
is_pss(const EVP_PKEY *key, bool pss)
{
    return pss && EVP_PKEY_is_a(key, "RSA");
}

/* An X509_ALGOR as parameter of another. */
static ASN1_STRING *
pack(X509_ALGOR *algorithm)
{
    ASN1_STRING *packed = NULL;
    return ASN1_item_pack(algorithm, ASN1_ITEM_rptr(X509_ALGOR), &packed);
}

/* RFC 4055 3.1: digest, MGF1 with the same, salt as long; trailerField is its
 * default and so left out (DER). */
static bool
set_pss(X509_ALGOR *algorithm, const EVP_MD *digest)
{
    g_autoptr(RSA_PSS_PARAMS) pss = RSA_PSS_PARAMS_new();
    g_autoptr(X509_ALGOR) hash = X509_ALGOR_new();
    if (pss == NULL || hash == NULL)
        return false;
    X509_ALGOR_set_md(hash, digest);
    ASN1_STRING *inner = pack(hash);
    pss->hashAlgorithm = g_steal_pointer(&hash);
    pss->maskGenAlgorithm = X509_ALGOR_new();
    pss->saltLength = ASN1_INTEGER_new();
    if (inner == NULL || pss->maskGenAlgorithm == NULL ||
        pss->saltLength == NULL ||
        X509_ALGOR_set0(pss->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1),
                        V_ASN1_SEQUENCE, inner) != 1) {
        ASN1_STRING_free(inner);
        return false;
    }
    ASN1_STRING *packed = NULL;
    bool good =
        ASN1_INTEGER_set(pss->saltLength, EVP_MD_get_size(digest)) == 1 &&
        ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), &packed) != NULL &&
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE,
                        packed) == 1;
    if (!good)
        ASN1_STRING_free(packed);
    return good;
}

bool
algorithms_tune_signature(EVP_PKEY_CTX *context, const EVP_PKEY *key,
                          const EVP_MD *digest, bool pss)
{
    if (!is_pss(key, pss))
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) >
               0;
}

bool
algorithms_set_signature(X509_ALGOR *algorithm, const EVP_PKEY *key,
                         const EVP_MD *digest, bool pss)
{
    if (is_pss(key, pss))
        return set_pss(algorithm, digest);
    /* RFC 3370 3.2: rsaEncryption with NULL is what all readers know. */
    if (EVP_PKEY_is_a(key, "RSA"))
        return X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_rsaEncryption),
                               V_ASN1_NULL, NULL) == 1;
    int nid = NID_undef;
    if (!EVP_PKEY_is_a(key, "EC") ||
        !OBJ_find_sigid_by_algs(&nid, EVP_MD_get_type(digest),
                                NID_X9_62_id_ecPublicKey))
        return false;
    return X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), V_ASN1_UNDEF, NULL) ==
           1;
}
