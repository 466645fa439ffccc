/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz smimecert: any bytes as a userSMIMECertificate and as capabilities.
 * What comes out is a part of what went in, and within the limit. */
#include "certs/smimecert.h"
#include "certs/source.h"
#include "smime/capabilities.h"

#include <stdint.h>
#include <string.h>

#define LIMIT 4

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void
check_part(const uint8_t *bytes, size_t size_bytes, GBytes *part)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(part, &size);
    g_assert_true(size > 0 && memmem(bytes, size_bytes, data, size) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    g_autoptr(GPtrArray) values =
        g_ptr_array_new_with_free_func(source_value_free);
    g_autoptr(GPtrArray) chain =
        g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    bool good = smimecert_extract(bytes, size_bytes, values, chain, LIMIT);
    g_assert_true(good == (values->len + chain->len > 0));
    g_assert_true(values->len <= LIMIT && chain->len <= LIMIT);
    for (guint i = 0; i < chain->len; i++)
        check_part(bytes, size_bytes, g_ptr_array_index(chain, i));
    for (guint i = 0; i < values->len; i++) {
        const SourceValue *value = g_ptr_array_index(values, i);
        check_part(bytes, size_bytes, value->der);
        if (value->capabilities == NULL)
            continue;
        check_part(bytes, size_bytes, value->capabilities);
        gsize size = 0;
        const guchar *list = g_bytes_get_data(value->capabilities, &size);
        capabilities_parse(list, size);
    }
    capabilities_parse(bytes, size_bytes);
    return 0;
}
