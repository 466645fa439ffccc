/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe lines: the many lines of a body that need no second look. */
#include "mime/safelines.h"

#include <stdbool.h>
#include <string.h>

/* One bad line costs the look at a block; most bodies have few. */
#define BLOCK_BYTES  4096
#define VECTOR_BYTES 16

/* The compiler makes vector instructions of these, or plain ones where there
 * are none. A comparison gives all ones where it holds. */
typedef unsigned char Vector __attribute__((vector_size(VECTOR_BYTES)));

static inline Vector
load(const char *bytes)
{
    Vector vector;
    memcpy(&vector, bytes, sizeof vector);
    return vector;
}

/* Non-zero where the byte in the middle is not what may follow the one before
 * it (and, at a line's start, precede the one after it). */
static inline Vector
compare(const char *middle)
{
    const Vector before = load(middle - 1);
    const Vector here = load(middle);
    const Vector after = load(middle + 1);
    const Vector ends = (Vector)(here == '\n');
    const Vector starts = (Vector)(before == '\n');
    const Vector lone = (Vector)(before == '\r') ^ ends;
    const Vector blank = (Vector)(here == '\r') &
                         ((Vector)(before == ' ') | (Vector)(before == '\t'));
    const Vector marked = ((Vector)(here == '-') & (Vector)(after == '-')) |
                          ((Vector)(here == 'F') & (Vector)(after == 'r'));
    return (here & 0x80) | (Vector)(here == 0) | lone | blank |
           (starts & marked);
}

static bool
is_any(Vector vector)
{
    unsigned long long halves[2];
    memcpy(halves, &vector, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/* The first two bytes have nobody before them, or are a line's start. */
static bool
is_start_safe(const char *bytes)
{
    return bytes[0] != '\n' && bytes[0] != '\0' && (bytes[0] & 0x80) == 0 &&
           memcmp(bytes, "--", 2) != 0 && memcmp(bytes, "Fr", 2) != 0;
}

/* size is at least two vectors, and the last byte is a line feed. */
static bool
is_content_safe(const char *bytes, size_t size)
{
    Vector found = {0};
    size_t last = size - 1 - VECTOR_BYTES;
    for (size_t at = 1; at < last; at += VECTOR_BYTES)
        found |= compare(bytes + at);
    found |= compare(bytes + last);
    /* The very last has nobody after it. */
    return !is_any(found) && bytes[size - 2] == '\r';
}

static bool
has_long_line(const char *bytes, size_t size, size_t longest)
{
    size_t reach = longest + 2;
    while (size > reach) {
        const char *end = memrchr(bytes, '\n', reach);
        if (end == NULL)
            return true;
        size -= (size_t)(end + 1 - bytes);
        bytes = end + 1;
    }
    return false;
}

static bool
is_block_safe(const char *bytes, size_t size, size_t longest)
{
    return is_start_safe(bytes) && is_content_safe(bytes, size) &&
           !has_long_line(bytes, size, longest);
}

size_t
safelines_measure(const char *bytes, size_t size_bytes, size_t longest)
{
    size_t safe = 0;
    for (;;) {
        size_t left = size_bytes - safe;
        const char *block = bytes + safe;
        size_t part = left < BLOCK_BYTES ? left : BLOCK_BYTES;
        const char *end = part > 0 ? memrchr(block, '\n', part) : NULL;
        size_t size = end != NULL ? (size_t)(end + 1 - block) : 0;
        if (size < 2 * VECTOR_BYTES + 2 || !is_block_safe(block, size, longest))
            return safe;
        safe += size;
    }
}
