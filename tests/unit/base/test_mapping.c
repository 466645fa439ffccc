/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define MIB (1024 * 1024)

static void
all_of_them_stay_within_the_budget(void **state)
{
    (void)state;
    Mapping one = {0};
    Mapping other = {0};
    assert_true(mapping_open(&one, 8 * MIB));
    assert_true(mapping_open(&other, 8 * MIB));
    assert_ptr_not_equal(one.bytes, other.bytes);
    assert_int_equal(mapping_get_granted(), 0);
    assert_true(mapping_grant(&one, 2 * MIB + 1, 6 * MIB));
    assert_int_equal(one.granted_bytes, 4 * MIB);
    assert_true(mapping_grant(&one, 4 * MIB, 0));
    assert_false(mapping_grant(&other, 2 * MIB + 1, 6 * MIB));
    assert_int_equal(other.granted_bytes, 0);
    assert_true(mapping_grant(&other, 2 * MIB, 6 * MIB));
    memset(one.bytes, 'a', 4 * MIB);
    memset(other.bytes, 'b', 2 * MIB);
    assert_int_equal(one.bytes[4 * MIB - 1], 'a');
    mapping_close(&one);
    mapping_close(&other);
}

static void
there_is_no_more_than_its_size(void **state)
{
    (void)state;
    Mapping mapping = {0};
    assert_true(mapping_open(&mapping, 3 * MIB / 2));
    assert_false(mapping_grant(&mapping, 3 * MIB / 2 + 1, 64 * MIB));
    assert_true(mapping_grant(&mapping, 3 * MIB / 2, 64 * MIB));
    assert_int_equal(mapping.granted_bytes, 3 * MIB / 2);
    mapping_close(&mapping);
}

/* What the first left is the next one's; nobody in need waits for it. */
static void
what_is_kept_gives_way(void **state)
{
    (void)state;
    Mapping first = {0};
    assert_true(mapping_open(&first, 5 * MIB));
    assert_true(mapping_grant(&first, 4 * MIB, 4 * MIB));
    const char *bytes = first.bytes;
    mapping_close(&first);
    assert_null(first.bytes);
    mapping_close(&first);
    Mapping again = {0};
    assert_true(mapping_open(&again, 5 * MIB));
    assert_ptr_equal(again.bytes, bytes);
    assert_int_equal(again.granted_bytes, 4 * MIB);
    mapping_close(&again);
    Mapping other = {0};
    assert_true(mapping_open(&other, 6 * MIB));
    assert_true(mapping_grant(&other, 4 * MIB, 4 * MIB));
    assert_int_equal(mapping_get_granted(), 4 * MIB);
    mapping_close(&other);
}

static void
more_than_there_are_addresses_is_refused(void **state)
{
    (void)state;
    Mapping mapping = {0};
    assert_false(mapping_open(&mapping, G_MAXSIZE / 2));
    mapping_close(&mapping);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_stay_within_the_budget),
        cmocka_unit_test(there_is_no_more_than_its_size),
        cmocka_unit_test(what_is_kept_gives_way),
        cmocka_unit_test(more_than_there_are_addresses_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
