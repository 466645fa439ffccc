/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz CMS: any bytes as a CMS object, whole and in pieces; what is called an
 * envelope has readers, and ends where the bytes end. */
#include "mime/cmswalk.h"
#include "mime/outline.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void
count(gpointer user, const guchar *bytes, gsize size_bytes)
{
    guint64 *sum = user;
    for (gsize i = 0; i < size_bytes; i++)
        *sum = *sum * 31 + bytes[i] + 1;
}

static CmsWalkKind
walk(const uint8_t *bytes, size_t size, size_t step, guint64 *sum,
     CmsWalk **walker)
{
    *walker = cmswalk_new(count, sum);
    for (size_t at = 0; at < size; at += step)
        cmswalk_write(*walker, bytes + at, MIN(step, size - at));
    return cmswalk_finish(*walker);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    guint64 sums[3] = {0};
    g_autoptr(CmsWalk) whole = NULL;
    g_autoptr(CmsWalk) pieces = NULL;
    g_autoptr(CmsWalk) longer = NULL;
    CmsWalkKind kind =
        walk(bytes, size_bytes, MAX(size_bytes, 1), &sums[0], &whole);
    size_t step = size_bytes > 0 ? bytes[size_bytes - 1] % 5 + 1 : 1;
    g_assert_cmpint(walk(bytes, size_bytes, step, &sums[1], &pieces), ==, kind);
    g_assert_cmpuint(sums[0], ==, sums[1]);
    if (kind != CMSWALK_ENVELOPED)
        return 0;
    g_assert_true(cmswalk_get_recipients(whole)->len > 0 ||
                  cmswalk_has_other_recipients(whole));
    g_autofree uint8_t *more = g_malloc(size_bytes + 1);
    memcpy(more, bytes, size_bytes);
    more[size_bytes] = 0;
    g_assert_cmpint(
        walk(more, size_bytes + 1, size_bytes + 1, &sums[2], &longer), ==,
        CMSWALK_INVALID);
    return 0;
}
