/* SPDX-License-Identifier: BSD-2-Clause */
/* Algorithms: one table of what we sign and encrypt with (RFC 8551 2). */
#include "smime/algorithms.h"

#include <openssl/objects.h>
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
algorithms_get_cipher(void)
{
    return EVP_aes_256_cbc();
}

const int *
algorithms_get_capabilities(void)
{
    static const int nids[] = {NID_aes_256_cbc, NID_aes_128_cbc, NID_undef};
    return nids;
}

bool
algorithms_set_signature(X509_ALGOR *algorithm, const EVP_PKEY *key,
                         const EVP_MD *digest)
{
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
