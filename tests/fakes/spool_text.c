/* SPDX-License-Identifier: BSD-2-Clause */
/* Spools from text and back, for tests. */
#include "spool_text.h"

#include <string.h>

Spool *
spool_text_new(const char *text)
{
    static const SpoolSettings place = {.path = (char *)(guintptr) "/tmp",
                                        .memory_bytes = 65536,
                                        .limit_bytes = 1 << 30};
    Spool *spool = spool_new(&place);
    g_assert_true(spool_write(spool, text, strlen(text), NULL));
    return spool;
}

char *
spool_text_read(const Spool *spool)
{
    gsize size = (gsize)spool_get_size(spool);
    char *text = g_malloc0(size + 1);
    g_assert_cmpint(spool_read_at(spool, 0, text, size, NULL), ==, size);
    return text;
}
