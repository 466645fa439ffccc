/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities: what a reader says his software opens (RFC 8551 2.5.2). */
#include "smime/capabilities.h"

#include "smime/der.h"
#include "smime/openssl.h"

#include <string.h>

#define MAX_CAPABILITIES 64

/* id-sha256 as rSAES-OAEP-params have it, in [0] (RFC 4055 4.1): a reader of
 * OAEP with SHA-1 alone names none. */
#define SHA256_OID "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"

static const struct {
    const char *oid; /* content octets */
    gsize size;
    Capable capable;
} known[] = {
    /* 2.16.840.1.101.3.4.1.46 and .6 (RFC 5084) */
    {"\x60\x86\x48\x01\x65\x03\x04\x01\x2e", 9, CAPABLE_AES_256_GCM},
    {"\x60\x86\x48\x01\x65\x03\x04\x01\x06", 9, CAPABLE_AES_128_GCM},
    /* 1.2.840.113549.1.1.7 */
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07", 9, CAPABLE_OAEP},
};

static bool
names_sha256(const DerElement *capability)
{
    return memmem(capability->content, capability->size, SHA256_OID,
                  sizeof SHA256_OID - 1) != NULL;
}

static unsigned
look_up(const DerElement *oid, const DerElement *capability)
{
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (oid->size != known[i].size ||
            memcmp(oid->content, known[i].oid, oid->size) != 0)
            continue;
        if (known[i].capable == CAPABLE_OAEP && !names_sha256(capability))
            return 0;
        return known[i].capable;
    }
    return 0;
}

unsigned
capabilities_parse(const guchar *der, gsize size_bytes)
{
    DerReader reader = der_open(der, size_bytes);
    DerElement list, capability, oid;
    if (!der_read_tag(&reader, DER_SEQUENCE, &list) || !der_at_end(&reader))
        return 0;
    unsigned found = 0;
    reader = der_enter(&list);
    for (unsigned count = 0; !der_at_end(&reader); count++) {
        if (count == MAX_CAPABILITIES ||
            !der_read_tag(&reader, DER_SEQUENCE, &capability))
            return 0;
        DerReader inside = der_enter(&capability);
        if (!der_read_tag(&inside, DER_OID, &oid))
            return 0;
        found |= look_up(&oid, &capability);
    }
    return found;
}

unsigned
capabilities_of_certificate(const Certificate *certificate)
{
    const X509 *x509 = certificate_get_x509(certificate);
    int at = X509_get_ext_by_NID(x509, NID_SMIMECapabilities, -1);
    if (at < 0)
        return 0;
    const ASN1_OCTET_STRING *value =
        X509_EXTENSION_get_data(X509_get_ext(x509, at));
    return capabilities_parse(ASN1_STRING_get0_data(value),
                              (gsize)ASN1_STRING_length(value));
}
