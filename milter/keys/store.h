/* SPDX-License-Identifier: BSD-2-Clause */
/* Store: the interface every way of holding keys fulfils. A signer takes a
 * digest and gives a SignedData: neither messages nor keys cross it. */
#ifndef SCEAU_KEYS_STORE_H
#define SCEAU_KEYS_STORE_H

#include "smime/certificate.h"
#include "smime/sign.h"

#include <glib.h>

/* Reference-counted, any thread. Implementations embed it as first member. */
typedef struct Signer Signer;

struct Signer {
    gint references; /* atomic */
    const Certificate *(*get_certificate)(const Signer *signer);
    GBytes *(*sign)(Signer *signer, const SignProfile *profile, GBytes *digest,
                    GError **error);
    void (*destroy)(Signer *signer);
};

Signer *signer_ref(Signer *signer);
void signer_unref(Signer *signer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Signer, signer_unref)

/* The certificate readers will see. Borrowed. */
const Certificate *signer_get_certificate(const Signer *signer);

/* DER of a detached SignedData over digest (of the profile's algorithm).
 * Errors: TEMPORARY (key locked, keyd or token away), INTERNAL. */
GBytes *signer_sign(Signer *signer, const SignProfile *profile, GBytes *digest,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
