/* SPDX-License-Identifier: BSD-2-Clause */
/* Form: how a copy looks that is signed or encrypted. */
#include "flow/form.h"

#include "smime/capabilities.h"

#include <glib.h>

static Cipher
choose_cipher(int wanted, unsigned capable)
{
    switch (wanted) {
    case WANT_AES_256_CBC:
        return CIPHER_AES_256_CBC;
    case WANT_AES_128_CBC:
        return CIPHER_AES_128_CBC;
    case WANT_AES_256_GCM:
        return CIPHER_AES_256_GCM;
    case WANT_AES_128_GCM:
        return CIPHER_AES_128_GCM;
    default:
        break;
    }
    return (capable & CAPABLE_AES_256_GCM) != 0 ? CIPHER_AES_256_GCM
                                                : CIPHER_AES_256_CBC;
}

static EncryptProfile
choose_encryption(const int *wanted, const Certificate *certificate,
                  const GPtrArray *devices, unsigned announced)
{
    unsigned capable = capabilities_of_certificate(certificate);
    for (guint i = 0; devices != NULL && i < devices->len; i++)
        capable &= capabilities_of_certificate(g_ptr_array_index(devices, i));
    capable |= announced;
    EncryptProfile profile = {
        .cipher = choose_cipher(wanted[FORM_CIPHER], capable),
    };
    /* The transport of an EC key is its own. */
    if (certificate_get_key_family(certificate) == KEY_RSA)
        profile.oaep = wanted[FORM_TRANSPORT] == WANT_OAEP ||
                       (wanted[FORM_TRANSPORT] == WANT_TRANSPORT_ANY &&
                        (capable & CAPABLE_OAEP) != 0);
    return profile;
}

Form
form_make(const PolicyDecision *decision, bool sign,
          const Certificate *certificate, const GPtrArray *devices,
          unsigned announced)
{
    Form form = {0};
    if (!sign && certificate == NULL)
        return form;
    form.opaque = sign && decision->form[FORM_SIGNATURE] == WANT_OPAQUE;
    form.protect = decision->form[FORM_HEADERS] == WANT_HEADERS_PROTECTED;
    form.subject = decision->form[FORM_SUBJECT];
    form.is_encrypted = certificate != NULL;
    if (certificate != NULL)
        form.encryption =
            choose_encryption(decision->form, certificate, devices, announced);
    if (form.subject == WANT_SUBJECT_REPLACED && certificate == NULL)
        form.subject = WANT_SUBJECT_KEPT;
    if (form.subject == WANT_SUBJECT_REPLACED)
        form.subject_is = decision->subject;
    return form;
}

bool
form_has_equal_content(const Form *a, const Form *b)
{
    /* The mark inside says whether it is encrypted, where there is one. */
    bool marked = a->protect || a->subject == WANT_SUBJECT_REPLACED;
    return a->opaque == b->opaque && a->protect == b->protect &&
           a->subject == b->subject &&
           g_strcmp0(a->subject_is, b->subject_is) == 0 &&
           (!marked || a->is_encrypted == b->is_encrypted);
}

bool
form_is_equal(const Form *a, const Form *b)
{
    return form_has_equal_content(a, b) && a->is_encrypted == b->is_encrypted &&
           a->encryption.cipher == b->encryption.cipher &&
           a->encryption.oaep == b->encryption.oaep;
}
