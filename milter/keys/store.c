/* SPDX-License-Identifier: BSD-2-Clause */
/* Store: what every way of holding keys shares. */
#include "keys/store.h"

#include "base/error.h"

Signer *
signer_ref(Signer *signer)
{
    g_atomic_int_inc(&signer->references);
    return signer;
}

void
signer_unref(Signer *signer)
{
    if (signer != NULL && g_atomic_int_dec_and_test(&signer->references) &&
        signer->destroy != NULL)
        signer->destroy(signer);
}

const Certificate *
signer_get_certificate(const Signer *signer)
{
    return signer->get_certificate(signer);
}

GBytes *
signer_sign(Signer *signer, const SignProfile *profile, GBytes *digest,
            GError **error)
{
    GBytes *signature = signer->sign(signer, profile, digest, error);
    if (signature == NULL && error != NULL && *error == NULL)
        error_set(error, ERROR_INTERNAL, "a signer failed without a reason");
    return signature;
}
