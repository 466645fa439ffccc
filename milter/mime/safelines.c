/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe lines: the many lines of a body that need no second look. */
#include "mime/safelines.h"

#include <stdbool.h>
#include <string.h>

/* One bad line costs the look at a block; most bodies have few. */
#define BLOCK_BYTES  4096
#define VECTOR_BYTES 32

/* The compiler makes of these the processor's widest instructions it may use,
 * or plain ones. A comparison gives all ones where it holds. */
typedef unsigned char Vector __attribute__((vector_size(VECTOR_BYTES)));

#define INLINE static inline __attribute__((always_inline))

/* Notes in found where the byte in the middle is not what may follow the one
 * before it (and, at a line's start, precede the one after it). Nothing is
 * passed by value: that would depend on the instructions. */
INLINE void
compare(Vector *found, const char *middle)
{
    Vector before;
    Vector here;
    Vector after;
    memcpy(&before, middle - 1, sizeof before);
    memcpy(&here, middle, sizeof here);
    memcpy(&after, middle + 1, sizeof after);
    const Vector ends = (Vector)(here == '\n');
    const Vector starts = (Vector)(before == '\n');
    const Vector lone = (Vector)(before == '\r') ^ ends;
    const Vector blank = (Vector)(here == '\r') &
                         ((Vector)(before == ' ') | (Vector)(before == '\t'));
    const Vector marked = ((Vector)(here == '-') & (Vector)(after == '-')) |
                          ((Vector)(here == 'F') & (Vector)(after == 'r'));
    *found |=
        (here & 0x80) | (Vector)(here == 0) | lone | blank | (starts & marked);
}

INLINE bool
is_any(const Vector *vector)
{
    unsigned long long parts[VECTOR_BYTES / sizeof(unsigned long long)];
    memcpy(parts, vector, sizeof parts);
    return (parts[0] | parts[1] | parts[2] | parts[3]) != 0;
}

/* The first two bytes have nobody before them, or are a line's start. */
static bool
is_start_safe(const char *bytes)
{
    return bytes[0] != '\n' && bytes[0] != '\0' && (bytes[0] & 0x80) == 0 &&
           memcmp(bytes, "--", 2) != 0 && memcmp(bytes, "Fr", 2) != 0;
}

/* size is at least two vectors, and the last byte is a line feed. */
INLINE bool
look_at_content(const char *bytes, size_t size)
{
    Vector found = {0};
    size_t last = size - 1 - VECTOR_BYTES;
    for (size_t at = 1; at < last; at += VECTOR_BYTES)
        compare(&found, bytes + at);
    compare(&found, bytes + last);
    /* The very last has nobody after it. */
    return !is_any(&found) && bytes[size - 2] == '\r';
}

typedef bool (*LookAtContent)(const char *bytes, size_t size);

static bool
look_plainly(const char *bytes, size_t size)
{
    return look_at_content(bytes, size);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static bool
look_widely(const char *bytes, size_t size)
{
    return look_at_content(bytes, size);
}
#endif

static LookAtContent
choose_look(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return look_widely;
#endif
    return look_plainly;
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

static size_t
measure(const char *bytes, size_t size_bytes, size_t longest,
        LookAtContent is_content_safe)
{
    size_t safe = 0;
    for (;;) {
        size_t left = size_bytes - safe;
        const char *block = bytes + safe;
        size_t part = left < BLOCK_BYTES ? left : BLOCK_BYTES;
        const char *end = part > 0 ? memrchr(block, '\n', part) : NULL;
        size_t size = end != NULL ? (size_t)(end + 1 - block) : 0;
        if (size < 2 * VECTOR_BYTES + 2 || !is_start_safe(block) ||
            !is_content_safe(block, size) ||
            has_long_line(block, size, longest))
            return safe;
        safe += size;
    }
}

size_t
safelines_measure(const char *bytes, size_t size_bytes, size_t longest)
{
    return measure(bytes, size_bytes, longest, choose_look());
}

size_t
safelines_measure_plainly(const char *bytes, size_t size_bytes, size_t longest)
{
    return measure(bytes, size_bytes, longest, look_plainly);
}
