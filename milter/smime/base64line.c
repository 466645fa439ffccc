/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 line: one whole line of base64 text (RFC 4648 4). */
#include "smime/base64line.h"

#include <stdbool.h>
#include <string.h>

/* --- on any processor -------------------------------------------------- */

#define GROUP_BYTES 6 /* of a line, become 8 characters */

/* Two characters for every twelve bits, in the order they stand in memory. */
static gpointer
make_pairs(gpointer unused)
{
    (void)unused;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static guint16 pairs[4096];
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        const char two[] = {alphabet[i >> 6], alphabet[i & 63]};
        memcpy(&pairs[i], two, sizeof two);
    }
    return pairs;
}

/* The group is the first six of these eight bytes. */
static inline void
encode_group(const guint16 *pairs, guint64 bits, guchar *to)
{
    const guint16 four[] = {pairs[bits >> 52], pairs[bits >> 40 & 0xfff],
                            pairs[bits >> 28 & 0xfff],
                            pairs[bits >> 16 & 0xfff]};
    memcpy(to, four, sizeof four);
}

static inline guint64
read_eight(const guchar *bytes)
{
    guint64 bits = 0;
    memcpy(&bits, bytes, sizeof bits);
    return GUINT64_FROM_BE(bits);
}

/* In a third of the library's time. */
void
base64line_encode_plainly(const guchar *bytes, guchar *to)
{
    static GOnce once = G_ONCE_INIT;
    const guint16 *pairs = g_once(&once, make_pairs, NULL);
    for (int i = 0; i < BASE64LINE_BYTES - GROUP_BYTES; i += GROUP_BYTES) {
        encode_group(pairs, read_eight(bytes + i), to);
        to += 8;
    }
    /* Nothing behind the line is read. */
    encode_group(pairs, read_eight(bytes + BASE64LINE_BYTES - 8) << 16, to);
}

/* --- 24 bytes at a step ------------------------------------------------ */

#ifdef __x86_64__

#include <immintrin.h>

#define WIDE       __attribute__((target("avx2")))
#define STEP_BYTES (BASE64LINE_BYTES / 2)
#define STEP_CHARS (BASE64LINE_CHARS / 2)

/* Each lane holds twelve bytes: the low one from its start, the high one from
 * its fifth byte, because it was loaded four bytes early. Of three bytes a, b,
 * c each 32 bits become b, a, c, b. */
WIDE static inline __m256i
spread(const guchar *bytes)
{
    const __m256i order = _mm256_setr_epi8(
        1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, /* low */
        5, 4, 6, 5, 8, 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14);
    const __m128i low = _mm_loadu_si128((const __m128i_u *)bytes);
    const __m128i high = _mm_loadu_si128((const __m128i_u *)(bytes + 8));
    return _mm256_shuffle_epi8(_mm256_set_m128i(high, low), order);
}

/* Multiplication is a shift of each 16 bits by its own distance: four values
 * of six bits, one a byte. */
WIDE static inline __m256i
split(__m256i spread_bytes)
{
    const __m256i first_third =
        _mm256_and_si256(spread_bytes, _mm256_set1_epi32(0x0fc0fc00));
    const __m256i second_fourth =
        _mm256_and_si256(spread_bytes, _mm256_set1_epi32(0x003f03f0));
    return _mm256_or_si256(
        _mm256_mulhi_epu16(first_third, _mm256_set1_epi32(0x04000040)),
        _mm256_mullo_epi16(second_fourth, _mm256_set1_epi32(0x01000010)));
}

/* The alphabet has five runs; what is added to a value depends on its run
 * alone: 0 is a-z, 1 to 10 the digits, 11 '+', 12 '/', 13 A-Z. */
WIDE static inline __m256i
translate(__m256i values)
{
    const __m256i added = _mm256_setr_epi8(
        'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
        '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0,
        'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
        '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    const __m256i above = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
    const __m256i capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
    const __m256i run =
        _mm256_or_si256(above, _mm256_and_si256(capital, _mm256_set1_epi8(13)));
    return _mm256_add_epi8(values, _mm256_shuffle_epi8(added, run));
}

static bool
can_go_wide(void)
{
    return __builtin_cpu_supports("avx2");
}

/* A line is exactly two steps: there are no rests to care for. */
WIDE static void
encode_widely(const guchar *bytes, guchar *to)
{
    for (gsize i = 0; i < 2; i++)
        _mm256_storeu_si256((__m256i_u *)(to + i * STEP_CHARS),
                            translate(split(spread(bytes + i * STEP_BYTES))));
}

#else

static bool
can_go_wide(void)
{
    return false;
}

#define encode_widely base64line_encode_plainly

#endif

void
base64line_encode(const guchar *bytes, guchar *to)
{
    if (can_go_wide())
        encode_widely(bytes, to);
    else
        base64line_encode_plainly(bytes, to);
}
