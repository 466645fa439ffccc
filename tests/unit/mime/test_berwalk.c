/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/berwalk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* What the walker tells, as text: "(30 " begin, "x3" content, ")" end. */
static bool
begin(gpointer user, unsigned depth, guchar tag, const guchar *header,
      gsize header_size)
{
    (void)depth;
    assert_int_equal(header[0], tag);
    assert_true(header_size >= 2);
    g_string_append_printf(user, "(%02x", tag);
    return tag != 0x05; /* NULL stands for "not wanted" */
}

static bool
content(gpointer user, unsigned depth, const guchar *bytes, gsize size_bytes)
{
    (void)depth;
    (void)bytes;
    for (gsize i = 0; i < size_bytes; i++)
        g_string_append_c(user, '.');
    return true;
}

static bool
end(gpointer user, unsigned depth)
{
    (void)depth;
    g_string_append_c(user, ')');
    return true;
}

static const BerWalkEvents events = {begin, content, end};

static char *
walk(const char *bytes, gsize size, gsize chunk, bool *good)
{
    GString *told = g_string_new(NULL);
    g_autoptr(BerWalk) walker = berwalk_new(&events, told);
    for (gsize at = 0; at < size; at += chunk)
        berwalk_write(walker, bytes + at, MIN(chunk, size - at));
    *good = berwalk_finish(walker);
    return g_string_free(told, FALSE);
}

#define BYTES(text) text, sizeof text - 1

static void
elements_are_told_or_the_stream_is_bad(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        gsize size;
        const char *told; /* NULL: must be invalid */
    } rows[] = {
        {BYTES("\x30\x00"), "(30)"},
        {BYTES("\x02\x01\x07"), "(02.)"},
        {BYTES("\x30\x03\x02\x01\x07"), "(30(02.))"},
        {BYTES("\x30\x81\x03\x02\x01\x07"), "(30(02.))"},
        {BYTES("\x30\x80\x02\x01\x07\x00\x00"), "(30(02.))"},
        {BYTES("\x30\x80\x30\x80\x00\x00\x00\x00"), "(30(30))"},
        {BYTES("\x30\x04\x30\x80\x00\x00"), "(30(30))"},
        {BYTES("\x30\x04\x04\x00\x04\x00"), "(30(04)(04))"},
        {BYTES(""), NULL},
        {BYTES("\x30"), NULL},
        {BYTES("\x30\x03\x02\x01"), NULL},
        {BYTES("\x30\x03\x02\x02\x07\x07"), NULL},
        {BYTES("\x30\x00\x00"), NULL},
        {BYTES("\x30\x00\x30\x00"), NULL},
        {BYTES("\x30\x80"), NULL},
        {BYTES("\x30\x80\x00"), NULL},
        {BYTES("\x30\x02\x30\x80"), NULL},
        {BYTES("\x30\x03\x30\x80\x00\x00"), NULL},
        {BYTES("\x04\x80\x00\x00"), NULL},
        {BYTES("\x30\x02\x00\x00"), NULL},
        {BYTES("\x00\x00"), NULL},
        {BYTES("\x1f\x20\x00"), NULL},
        {BYTES("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff"), NULL},
        {BYTES("\x30\x02\x05\x00"), NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize chunk = 1; chunk < 20; chunk += 18) {
            bool good = false;
            g_autofree char *told =
                walk(rows[i].bytes, rows[i].size, chunk, &good);
            if (good != (rows[i].told != NULL))
                fail_msg("row %zu: %d, %s", i, good, told);
            if (good)
                assert_string_equal(told, rows[i].told);
        }
}

static void
depth_is_bounded(void **state)
{
    (void)state;
    for (unsigned depth = 38; depth < 44; depth++) {
        g_autoptr(GString) bytes = g_string_new(NULL);
        for (unsigned i = 0; i < depth; i++)
            g_string_append_len(bytes, "\x30\x80", 2);
        for (unsigned i = 0; i < depth; i++)
            g_string_append_len(bytes, "\0\0", 2);
        bool good = false;
        g_free(walk(bytes->str, bytes->len, 1000, &good));
        assert_int_equal(good, depth <= BERWALK_MAX_DEPTH);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_told_or_the_stream_is_bad),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
