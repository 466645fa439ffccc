/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz message: any bytes as a message: scanned whole and in pieces, looked
 * into, and made an entity to sign, which must survive any relay. */
#include "mime/decode.h"
#include "mime/entity.h"
#include "mime/outline.h"
#include "mime/unpack.h"

#include <stdint.h>
#include <string.h>

#define MAX_BYTES (256 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static const SpoolSettings place = {.path = (char *)(guintptr) "/tmp",
                                    .memory_bytes = 1 << 24,
                                    .limit_bytes = 1 << 24};

static char *
read_all(const Entity *entity, gsize *size)
{
    *size = (gsize)entity_get_size(entity);
    char *text = g_malloc(*size + 1);
    for (gsize at = 0; at < *size;) {
        ssize_t got = entity_read_at(entity, at, text + at, *size - at, NULL);
        g_assert_cmpint(got, >, 0);
        at += (gsize)got;
    }
    text[*size] = '\0';
    return text;
}

/* RFC 8551 3.1: seven bits, CRLF, short lines without blanks at their ends. */
static void
check_safe(const char *text, gsize size)
{
    gsize start = 0;
    for (gsize i = 0; i < size; i++) {
        g_assert_true((guint8)text[i] < 128 && text[i] != '\0');
        if (text[i] == '\r')
            g_assert_true(i + 1 < size && text[i + 1] == '\n');
        if (text[i] != '\n')
            continue;
        g_assert_true(i > 0 && text[i - 1] == '\r');
        g_assert_cmpuint(i - 1 - start, <=, 989);
        start = i + 1;
    }
}

static void
make_inner(const Message *message, const Scan *scan, Spool *body)
{
    bool opaque = false;
    g_autoptr(GError) error = NULL;
    g_autoptr(Entity) inner =
        entity_make_inner(message, scan, body, &place, &opaque, &error);
    g_assert_true((inner == NULL) == (error != NULL));
    if (inner == NULL || opaque)
        return;
    gsize size = 0;
    g_autofree char *text = read_all(inner, &size);
    check_safe(text, size);
}

static bool
is_encrypted(const Unpack *unpack)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Outline) outline =
        outline_make(unpack_get_message(unpack), unpack_get_scan(unpack),
                     unpack_get_body(unpack), &error);
    g_assert_nonnull(outline);
    return outline->seal == SEAL_ENCRYPTED ||
           outline->seal == SEAL_PGP_ENCRYPTED;
}

/* What is encrypted is not any more when a line of clear text follows it. */
static void
check_nothing_may_follow(const uint8_t *bytes, size_t size_bytes,
                         const Spool *like)
{
    static const char more[] = "\r\n\r\nclear text\r\n";
    g_autoptr(Unpack) longer = unpack_new(like);
    unpack_write(longer, bytes, size_bytes);
    unpack_write(longer, more, sizeof more - 1);
    g_assert_true(unpack_end(longer, NULL));
    g_assert_false(is_encrypted(longer));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    decode_init();
    g_autoptr(Spool) like = spool_new(&place);
    g_autoptr(Unpack) whole = unpack_new(like), pieces = unpack_new(like);
    size_bytes = MIN(size_bytes, MAX_BYTES);
    unpack_write(whole, bytes, size_bytes);
    gsize step = size_bytes > 0 ? bytes[0] % 7 + 1 : 1;
    for (gsize at = 0; at < size_bytes; at += step)
        unpack_write(pieces, bytes + at, MIN(step, size_bytes - at));
    g_assert_true(unpack_end(whole, NULL) && unpack_end(pieces, NULL));
    /* A header cut off depends on where chunks ended. */
    if (!unpack_is_incomplete(whole) && !unpack_is_incomplete(pieces))
        g_assert_cmpuint(scan_get_faults(unpack_get_scan(whole)), ==,
                         scan_get_faults(unpack_get_scan(pieces)));
    if (is_encrypted(whole))
        check_nothing_may_follow(bytes, size_bytes, like);
    make_inner(unpack_get_message(whole), unpack_get_scan(whole),
               (Spool *)(guintptr)unpack_get_body(whole));
    return 0;
}
