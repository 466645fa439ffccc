/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

typedef struct {
    const char *what;
    const char *bytes;
    gsize size;
    bool good;
    gsize content;
} Row;

static const Row rows[] = {
    {"an empty element", "\x05\x00", 2, true, 0},
    {"a short one", "\x04\x02zz", 4, true, 2},
    {"what follows is not its matter", "\x04\x01zz", 4, true, 1},
    {"a long length", "\x04\x81\x02zz", 5, true, 2},
    {"four length octets", "\x04\x84\x00\x00\x00\x02zz", 8, true, 2},
    {"nothing", "", 0, false, 0},
    {"a tag alone", "\x04", 1, false, 0},
    {"one octet short", "\x04\x03zz", 4, false, 0},
    {"indefinite length", "\x30\x80\x00\x00", 4, false, 0},
    {"five length octets", "\x04\x85\x00\x00\x00\x00\x01z", 8, false, 0},
    {"the reserved length", "\x04\xff", 2, false, 0},
    {"length octets cut off", "\x04\x82\x01", 3, false, 0},
    {"four gigabytes announced", "\x04\x84\xff\xff\xff\xffz", 7, false, 0},
    {"a tag of several octets", "\x1f\x81\x00\x00", 4, false, 0},
};

static void
an_element_is_read_only_inside_its_parent(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        /* A block of that very size, so that a sanitizer sees one too far. */
        g_autofree guchar *bytes = g_malloc(rows[i].size + 1);
        memcpy(bytes + 1, rows[i].bytes, rows[i].size);
        DerReader reader = der_open(bytes + 1, rows[i].size);
        DerElement element;
        if (der_read(&reader, &element) != rows[i].good)
            fail_msg("%s", rows[i].what);
        if (rows[i].good)
            assert_int_equal(element.size, rows[i].content);
    }
}

static void
elements_follow_each_other_until_the_end(void **state)
{
    (void)state;
    static const guchar bytes[] = {0x30, 0x06, 0x02, 0x01, 0x07,
                                   0x04, 0x01, 0x61, 0x05, 0x00};
    DerReader reader = der_open(bytes, sizeof bytes);
    DerElement sequence, inner;
    assert_true(der_read_tag(&reader, DER_SEQUENCE, &sequence));
    assert_int_equal(sequence.whole_size, 8);
    assert_ptr_equal(sequence.whole, bytes);
    assert_false(der_at_end(&reader));
    DerReader inside = der_enter(&sequence);
    assert_true(der_read_tag(&inside, DER_INTEGER, &inner));
    assert_false(der_read_tag(&inside, DER_SEQUENCE, &inner));
    assert_true(der_at_end(&inside));
    assert_false(der_read(&inside, &inner));
}

/* X.690 10.1: as short as can be, and what we write we read. */
static void
headers_are_as_short_as_can_be(void **state)
{
    (void)state;
    static const struct {
        guint64 content;
        gsize header;
    } sizes[] = {{0, 2},     {127, 2},   {128, 3},     {255, 3},      {256, 4},
                 {65535, 4}, {65536, 5}, {1 << 24, 6}, {1LL << 32, 7}};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GByteArray) made = g_byte_array_new();
        der_append_header(made, DER_OCTETS, sizes[i].content);
        assert_int_equal(made->len, sizes[i].header);
        assert_int_equal(der_get_header_size(sizes[i].content),
                         sizes[i].header);
        if (sizes[i].content > 65536)
            continue;
        g_byte_array_set_size(made,
                              (guint)(sizes[i].header + sizes[i].content));
        DerReader reader = der_open(made->data, made->len);
        DerElement element;
        assert_true(der_read_tag(&reader, DER_OCTETS, &element));
        assert_int_equal(element.size, sizes[i].content);
        assert_true(der_at_end(&reader));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_read_only_inside_its_parent),
        cmocka_unit_test(elements_follow_each_other_until_the_end),
        cmocka_unit_test(headers_are_as_short_as_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
