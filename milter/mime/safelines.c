/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe lines: the many lines of a body that need no second look. */
#include "mime/safelines.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define BLOCK_BYTES 64 /* as many as a mask has bits */

#define INLINE static inline __attribute__((always_inline))

/* Where the line ends of a block are: the lowest bit is its first byte. */
typedef struct {
    uint64_t feeds;   /* LF */
    uint64_t returns; /* CR */
    bool bad;         /* a NUL or an octet above 127 is among them */
} Block;

typedef void (*LookAtBlock)(const char *bytes, Block *block);

/* --- without special instructions: eight bytes at a time --------------- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (uint64_t)(byte))

/* The highest bit of each byte of word that is zero. No carry leaves a byte,
 * so none is marked because of its neighbour. */
INLINE uint64_t
find_zeros(uint64_t word)
{
    const uint64_t low = EACH(0x7f);
    return ~(((word & low) + low) | word | low);
}

/* The highest bits of eight bytes, as one byte. */
INLINE uint64_t
gather(uint64_t marks)
{
    return ((marks >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

INLINE uint64_t
read_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

INLINE void
look_plainly(const char *bytes, Block *block)
{
    uint64_t bad = 0;
    *block = (Block){0};
    for (unsigned at = 0; at < BLOCK_BYTES; at += sizeof(uint64_t)) {
        uint64_t word = read_word(bytes + at);
        bad |= (word & EACH(0x80)) | find_zeros(word);
        block->feeds |= gather(find_zeros(word ^ EACH('\n'))) << at;
        block->returns |= gather(find_zeros(word ^ EACH('\r'))) << at;
    }
    block->bad = bad != 0;
}

/* --- with them --------------------------------------------------------- */

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2")))

AVX2 INLINE uint64_t
find(__m256i low, __m256i high, char byte)
{
    const __m256i wanted = _mm256_set1_epi8(byte);
    uint64_t first =
        (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint64_t second =
        (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return first | second << 32;
}

AVX2 INLINE void
look_widely(const char *bytes, Block *block)
{
    __m256i low;
    __m256i high;
    memcpy(&low, bytes, sizeof low);
    memcpy(&high, bytes + sizeof low, sizeof high);
    const __m256i zero =
        _mm256_cmpeq_epi8(_mm256_min_epu8(low, high), _mm256_setzero_si256());
    const __m256i bad = _mm256_or_si256(zero, _mm256_or_si256(low, high));
    block->bad = _mm256_movemask_epi8(bad) != 0;
    block->feeds = find(low, high, '\n');
    block->returns = find(low, high, '\r');
}
#endif

/* --- lines ------------------------------------------------------------- */

/* Of a line from start on whose line feed, after a CR, is at feed. */
INLINE bool
is_line_safe(const char *start, const char *feed, size_t longest)
{
    size_t length = (size_t)(feed - start) - 1;
    if (length == 0)
        return true;
    return length <= longest && feed[-2] != ' ' && feed[-2] != '\t' &&
           memcmp(start, "--", 2) != 0 &&
           (length < strlen("From ") ||
            memcmp(start, "From ", strlen("From ")) != 0);
}

/* How far we are. */
typedef struct {
    const char *bytes;
    size_t longest;
    size_t safe;      /* where the line begins that has no end yet */
    uint64_t carried; /* 1: the last byte of the block before was a CR */
} Progress;

/* The lines that end in the block, which begins at at: false at the first that
 * is not safe. Every LF needs its CR and every CR its LF, across blocks too. */
INLINE bool
pass_block(Progress *progress, size_t at, const Block *block)
{
    if (block->bad || block->feeds != (block->returns << 1 | progress->carried))
        return false;
    progress->carried = block->returns >> (BLOCK_BYTES - 1);
    for (uint64_t left = block->feeds; left != 0; left &= left - 1) {
        size_t feed = at + (size_t)__builtin_ctzll(left);
        if (!is_line_safe(progress->bytes + progress->safe,
                          progress->bytes + feed, progress->longest))
            return false;
        progress->safe = feed + 1;
    }
    return true;
}

INLINE size_t
measure(const char *bytes, size_t size_bytes, size_t longest, LookAtBlock look)
{
    Progress progress = {.bytes = bytes, .longest = longest};
    Block block;
    size_t at = 0;
    for (; size_bytes - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
        look(bytes + at, &block);
        if (!pass_block(&progress, at, &block))
            return progress.safe;
    }
    char rest[BLOCK_BYTES];
    memset(rest, 'x', sizeof rest);
    memcpy(rest, bytes + at, size_bytes - at);
    look(rest, &block);
    (void)pass_block(&progress, at, &block);
    return progress.safe;
}

#ifdef __x86_64__
AVX2 static size_t
measure_widely(const char *bytes, size_t size_bytes, size_t longest)
{
    return measure(bytes, size_bytes, longest, look_widely);
}
#endif

size_t
safelines_measure_plainly(const char *bytes, size_t size_bytes, size_t longest)
{
    return measure(bytes, size_bytes, longest, look_plainly);
}

size_t
safelines_measure(const char *bytes, size_t size_bytes, size_t longest)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return measure_widely(bytes, size_bytes, longest);
#endif
    return safelines_measure_plainly(bytes, size_bytes, longest);
}
