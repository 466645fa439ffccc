/* SPDX-License-Identifier: BSD-2-Clause */
/* userSMIMECertificate: takes certificates out of its forms, bounded. Own
 * walker: no reader of CMS may see what anybody can write into a directory. */
#include "certs/smimecert.h"

#include "certs/source.h"
#include "smime/der.h"

#include <string.h>

#define MAX_DEPTH   32 /* of indefinite lengths inside each other */
#define MAX_SIGNERS 8

#define DER_BOOLEAN   0x01
#define DER_CONTEXT_1 0xA1
#define DER_CONTEXT_3 0xA3

typedef struct {
    GPtrArray *certificates; /* GBytes * */
    GPtrArray *authorities;  /* GBytes * */
    GBytes *capabilities;
    guint limit;
} Taken;

/* --- BER --------------------------------------------------------------- */

static bool
is_indefinite(const DerReader *reader)
{
    return reader->end - reader->cursor >= 2 && reader->cursor[1] == 0x80 &&
           (reader->cursor[0] & 0x20) != 0 &&
           (reader->cursor[0] & 0x1F) != 0x1F;
}

/* Walks to the end-of-contents octets that match; X.690 8.1.5. */
static bool
read_indefinite(DerReader *reader, DerElement *element)
{
    *element = (DerElement){.tag = reader->cursor[0],
                            .whole = reader->cursor,
                            .content = reader->cursor + 2};
    DerReader walk = {.cursor = reader->cursor + 2, .end = reader->end};
    for (unsigned depth = 1; depth > 0;) {
        DerElement inside;
        if (is_indefinite(&walk)) {
            if (++depth > MAX_DEPTH)
                return false;
            walk.cursor += 2;
        } else if (!der_read(&walk, &inside)) {
            return false;
        } else if (inside.tag == 0 && inside.size == 0) {
            depth--;
            element->size = (gsize)(inside.whole - element->content);
        }
    }
    reader->cursor = walk.cursor;
    element->whole_size = (gsize)(walk.cursor - element->whole);
    return true;
}

/* As der_read, indefinite lengths too. */
static bool
ber_read(DerReader *reader, DerElement *element)
{
    return is_indefinite(reader) ? read_indefinite(reader, element)
                                 : der_read(reader, element);
}

static bool
ber_read_tag(DerReader *reader, guchar tag, DerElement *element)
{
    return ber_read(reader, element) && element->tag == tag;
}

static bool
is_oid(const DerElement *element, const char *octets)
{
    return element->tag == DER_OID && element->size == strlen(octets) &&
           memcmp(element->content, octets, element->size) == 0;
}

/* --- certificates ------------------------------------------------------ */

/* RFC 5280 4.1: SEQUENCE { tbsCertificate, algorithm, signature } and no octet
 * more; *tbs is a reader over the first. */
static bool
open_certificate(const guchar *bytes, gsize size, DerReader *tbs)
{
    DerReader reader = der_open(bytes, size);
    DerElement whole, first, second, third;
    if (!der_read_tag(&reader, DER_SEQUENCE, &whole) || !der_at_end(&reader))
        return false;
    reader = der_enter(&whole);
    if (!der_read_tag(&reader, DER_SEQUENCE, &first) ||
        !der_read_tag(&reader, DER_SEQUENCE, &second) ||
        !der_read_tag(&reader, DER_BIT_STRING, &third) || !der_at_end(&reader))
        return false;
    *tbs = der_enter(&first);
    return true;
}

/* RFC 5280 4.2.1.9: SEQUENCE { id-ce-basicConstraints, critical DEFAULT FALSE,
 * OCTET STRING holding SEQUENCE { cA DEFAULT FALSE, … } } */
static bool
makes_authority(const DerElement *extension)
{
    DerReader reader = der_enter(extension);
    DerElement element;
    if (!der_read(&reader, &element) || !is_oid(&element, "\x55\x1d\x13") ||
        !der_read(&reader, &element) ||
        (element.tag == DER_BOOLEAN && !der_read(&reader, &element)) ||
        element.tag != DER_OCTETS)
        return false;
    reader = der_enter(&element);
    if (!der_read_tag(&reader, DER_SEQUENCE, &element))
        return false;
    reader = der_enter(&element);
    return der_read_tag(&reader, DER_BOOLEAN, &element) && element.size == 1 &&
           element.content[0] != 0;
}

static bool
is_authority(DerReader tbs)
{
    DerElement element;
    while (der_read(&tbs, &element))
        if (element.tag == DER_CONTEXT_3) {
            DerReader reader = der_enter(&element);
            if (!der_read_tag(&reader, DER_SEQUENCE, &element))
                return false;
            reader = der_enter(&element);
            while (der_read_tag(&reader, DER_SEQUENCE, &element))
                if (makes_authority(&element))
                    return true;
        }
    return false;
}

static void
take_certificate(const guchar *bytes, gsize size, Taken *taken)
{
    DerReader tbs;
    if (!open_certificate(bytes, size, &tbs))
        return;
    GPtrArray *into =
        is_authority(tbs) ? taken->authorities : taken->certificates;
    if (into->len < taken->limit)
        g_ptr_array_add(into, g_bytes_new(bytes, size));
}

/* --- capabilities ------------------------------------------------------ */

/* Attribute ::= SEQUENCE { smimeCapabilities, SET { SMIMECapabilities } } */
static void
take_attributes(const DerElement *attributes, Taken *taken)
{
    DerReader reader = der_enter(attributes);
    DerElement attribute, element;
    while (ber_read_tag(&reader, DER_SEQUENCE, &attribute)) {
        DerReader inside = der_enter(&attribute);
        if (!ber_read(&inside, &element) ||
            !is_oid(&element, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f") ||
            !ber_read_tag(&inside, DER_SET, &element))
            continue;
        inside = der_enter(&element);
        if (taken->capabilities == NULL &&
            der_read_tag(&inside, DER_SEQUENCE, &element))
            taken->capabilities =
                g_bytes_new(element.whole, element.whole_size);
    }
}

/* SignerInfo: its signed attributes are [0], the unsigned ones [1]; the signer
 * himself may be named by [0] too, but before the digest algorithm. */
static void
take_signer(const DerElement *signer, Taken *taken)
{
    DerReader reader = der_enter(signer);
    DerElement element;
    for (int skipped = 0; skipped < 3; skipped++)
        if (!ber_read(&reader, &element))
            return;
    while (ber_read(&reader, &element))
        if (element.tag == DER_CONTEXT_0 || element.tag == DER_CONTEXT_1)
            take_attributes(&element, taken);
}

/* --- forms ------------------------------------------------------------- */

/* ContentInfo of signedData down to the SignedData's members. */
static bool
enter_signed_data(const guchar *bytes, gsize size, DerReader *members)
{
    DerReader reader = der_open(bytes, size);
    DerElement element;
    if (!ber_read_tag(&reader, DER_SEQUENCE, &element))
        return false;
    reader = der_enter(&element);
    if (!ber_read(&reader, &element) ||
        !is_oid(&element, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02") ||
        !ber_read_tag(&reader, DER_CONTEXT_0, &element))
        return false;
    reader = der_enter(&element);
    if (!ber_read_tag(&reader, DER_SEQUENCE, &element))
        return false;
    *members = der_enter(&element);
    return true;
}

/* version, digestAlgorithms, encapContentInfo, [0] certificates, [1] crls,
 * signerInfos. */
static void
take_signed_data(DerReader members, Taken *taken)
{
    DerElement element, each;
    for (int skipped = 0; skipped < 3; skipped++)
        if (!ber_read(&members, &element))
            return;
    while (ber_read(&members, &element)) {
        DerReader inside = der_enter(&element);
        if (element.tag == DER_CONTEXT_0)
            while (der_read(&inside, &each))
                take_certificate(each.whole, each.whole_size, taken);
        else if (element.tag == DER_SET)
            for (int i = 0; i < MAX_SIGNERS && ber_read(&inside, &each); i++)
                take_signer(&each, taken);
    }
}

/* The settings differ by tag in what a certificate is for; its key usage says
 * it better. Capabilities are SEQUENCE { SEQUENCE { OID, … } … }. */
static void
take_setting(const guchar *data, gsize size, Taken *taken)
{
    DerReader reader = der_open(data, size);
    DerElement list, element;
    take_certificate(data, size, taken);
    if (taken->capabilities != NULL ||
        !der_read_tag(&reader, DER_SEQUENCE, &list) || !der_at_end(&reader))
        return;
    reader = der_enter(&list);
    if (!der_read_tag(&reader, DER_SEQUENCE, &element))
        return;
    reader = der_enter(&element);
    if (der_read_tag(&reader, DER_OID, &element))
        taken->capabilities = g_bytes_new(list.whole, list.whole_size);
}

static void
take_settings(const guchar *bytes, gsize size, Taken *taken)
{
    while (size >= 4) {
        gsize length = (gsize)bytes[2] | (gsize)bytes[3] << 8;
        if (length < 4 || length > size)
            return;
        take_setting(bytes + 4, length - 4, taken);
        bytes += length;
        size -= length;
    }
}

static void
take_value(const guchar *bytes, gsize size, Taken *taken)
{
    DerReader members, tbs;
    if (size == 0)
        return;
    if (bytes[0] != DER_SEQUENCE)
        take_settings(bytes, size, taken);
    else if (enter_signed_data(bytes, size, &members))
        take_signed_data(members, taken);
    else if (open_certificate(bytes, size, &tbs))
        g_ptr_array_add(taken->certificates, g_bytes_new(bytes, size));
}

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

bool
smimecert_extract(const guchar *bytes, gsize size_bytes, GPtrArray *values,
                  GPtrArray *chain, guint limit)
{
    g_autoptr(GPtrArray) certificates =
        g_ptr_array_new_with_free_func(drop_bytes);
    g_autoptr(GPtrArray) authorities =
        g_ptr_array_new_with_free_func(drop_bytes);
    Taken taken = {.certificates = certificates,
                   .authorities = authorities,
                   .limit = limit};
    take_value(bytes, size_bytes, &taken);
    g_autoptr(GBytes) capabilities = taken.capabilities;
    for (guint i = 0; i < certificates->len && values->len < limit; i++) {
        GBytes *beside =
            capabilities != NULL ? g_bytes_ref(capabilities) : NULL;
        g_ptr_array_add(
            values,
            source_value_new(g_bytes_ref(g_ptr_array_index(certificates, i)),
                             beside));
    }
    for (guint i = 0; i < authorities->len && chain->len < limit; i++)
        g_ptr_array_add(chain, g_bytes_ref(g_ptr_array_index(authorities, i)));
    return certificates->len + authorities->len > 0;
}
