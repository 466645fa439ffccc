/* SPDX-License-Identifier: BSD-2-Clause */
/* SPKI: looks at a certificate's public key on raw DER. */
#include "smime/spki.h"

#include "smime/der.h"

#include <string.h>

#define MIN_RSA_BITS       512
#define MAX_RSA_BITS       16384
#define MAX_EXPONENT_BYTES 8
#define MAX_POINT_BYTES    134 /* P-521, uncompressed, unused-bits octet */

typedef const char *(*CheckKey)(const DerElement *parameters,
                                const DerElement *key);

static unsigned
count_bits(const DerElement *integer)
{
    gsize i = 0;
    while (i < integer->size && integer->content[i] == 0)
        i++;
    if (i == integer->size)
        return 0;
    unsigned bits = (unsigned)(integer->size - i) * 8;
    for (guchar top = integer->content[i]; (top & 0x80) == 0; top <<= 1)
        bits--;
    return bits;
}

static const char *
check_rsa(const DerElement *parameters, const DerElement *key)
{
    (void)parameters;
    DerReader outer = der_open(key->content + 1, key->size - 1);
    DerElement sequence, modulus, exponent;
    if (!der_read_tag(&outer, DER_SEQUENCE, &sequence))
        return "its RSA key cannot be read";
    DerReader inner = der_enter(&sequence);
    if (!der_read_tag(&inner, DER_INTEGER, &modulus) ||
        !der_read_tag(&inner, DER_INTEGER, &exponent))
        return "its RSA key cannot be read";
    unsigned bits = count_bits(&modulus);
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
        return "its RSA key has an absurd size";
    if (exponent.size > MAX_EXPONENT_BYTES + 1)
        return "its RSA key has an absurd exponent";
    return NULL;
}

/* Explicit curve parameters are a whole curve to be verified: refused. */
static const char *
check_ec(const DerElement *parameters, const DerElement *key)
{
    if (parameters->tag != DER_OID)
        return "its EC key is not on a named curve";
    if (key->size > MAX_POINT_BYTES)
        return "its EC key has an absurd size";
    return NULL;
}

static const char *
check_small(const DerElement *parameters, const DerElement *key)
{
    (void)parameters;
    return key->size <= 58 ? NULL : "its key has an absurd size";
}

static const struct {
    const char *oid; /* content octets */
    gsize size;
    CheckKey check;
} types[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9, check_rsa},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 9, check_rsa}, /* RSASSA-PSS */
    {"\x2a\x86\x48\xce\x3d\x02\x01", 7, check_ec},
    {"\x2b\x65\x6e", 3, check_small}, /* X25519 */
    {"\x2b\x65\x6f", 3, check_small}, /* X448 */
    {"\x2b\x65\x70", 3, check_small}, /* Ed25519 */
    {"\x2b\x65\x71", 3, check_small}, /* Ed448 */
};

static const char *
check_key(const DerElement *algorithm, const DerElement *key)
{
    DerReader reader = der_enter(algorithm);
    DerElement oid;
    DerElement parameters = {0};
    if (!der_read_tag(&reader, DER_OID, &oid))
        return "its type of key cannot be read";
    if (!der_at_end(&reader) && !der_read(&reader, &parameters))
        return "its type of key cannot be read";
    if (key->size < 2)
        return "its key is empty";
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (oid.size == types[i].size &&
            memcmp(oid.content, types[i].oid, oid.size) == 0)
            return types[i].check(&parameters, key);
    return "its type of key is not supported";
}

/* RFC 5280 4.1: version [0], serial, signature, issuer, validity, subject,
 * subjectPublicKeyInfo. */
static bool
find_spki(const guchar *der, gsize size_bytes, DerElement *spki)
{
    DerReader file = der_open(der, size_bytes);
    DerElement element;
    if (!der_read_tag(&file, DER_SEQUENCE, &element))
        return false;
    DerReader certificate = der_enter(&element);
    if (!der_read_tag(&certificate, DER_SEQUENCE, &element))
        return false;
    DerReader tbs = der_enter(&element);
    if (!der_read(&tbs, &element))
        return false;
    if (element.tag == DER_CONTEXT_0 && !der_read(&tbs, &element))
        return false;
    if (element.tag != DER_INTEGER)
        return false;
    for (int skipped = 0; skipped < 4; skipped++)
        if (!der_read_tag(&tbs, DER_SEQUENCE, &element))
            return false;
    return der_read_tag(&tbs, DER_SEQUENCE, spki);
}

const char *
spki_check(const guchar *der, gsize size_bytes)
{
    DerElement spki, algorithm, key;
    if (!find_spki(der, size_bytes, &spki))
        return "not a certificate";
    DerReader reader = der_enter(&spki);
    if (!der_read_tag(&reader, DER_SEQUENCE, &algorithm) ||
        !der_read_tag(&reader, DER_BIT_STRING, &key))
        return "its key cannot be read";
    return check_key(&algorithm, &key);
}
