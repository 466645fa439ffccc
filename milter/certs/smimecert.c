/* SPDX-License-Identifier: BSD-2-Clause */
/* userSMIMECertificate: takes certificates out of its forms, bounded. */
#include "certs/smimecert.h"

#include "smime/der.h"

#include <string.h>

/* ContentInfo of signedData down to the SignedData's members. */
static bool
enter_signed_data(const guchar *bytes, gsize size, DerReader *members)
{
    static const guchar signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x07, 0x02};
    DerReader reader = der_open(bytes, size);
    DerElement element;
    if (!der_read_tag(&reader, DER_SEQUENCE, &element))
        return false;
    reader = der_enter(&element);
    if (!der_read_tag(&reader, DER_OID, &element) ||
        element.size != sizeof signed_data ||
        memcmp(element.content, signed_data, element.size) != 0 ||
        !der_read_tag(&reader, DER_CONTEXT_0, &element))
        return false;
    reader = der_enter(&element);
    if (!der_read_tag(&reader, DER_SEQUENCE, &element))
        return false;
    *members = der_enter(&element);
    return true;
}

void
smimecert_extract(const guchar *bytes, gsize size_bytes, GPtrArray *into,
                  guint limit)
{
    DerReader members;
    DerElement element;
    if (!enter_signed_data(bytes, size_bytes, &members)) {
        if (into->len < limit)
            g_ptr_array_add(into, g_bytes_new(bytes, size_bytes));
        return;
    }
    /* version, digestAlgorithms, encapContentInfo, [0] certificates. */
    for (int skipped = 0; skipped < 3; skipped++)
        if (!der_read(&members, &element))
            return;
    if (!der_read_tag(&members, DER_CONTEXT_0, &element))
        return;
    DerReader certificates = der_enter(&element);
    while (into->len < limit && der_read(&certificates, &element))
        if (element.tag == DER_SEQUENCE)
            g_ptr_array_add(into,
                            g_bytes_new(element.whole, element.whole_size));
}
