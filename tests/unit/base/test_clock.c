/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
a_set_clock_stands_still(void **state)
{
    (void)state;
    clock_set(1000);
    assert_int_equal(clock_now(), 1000);
    clock_set(-1);
    assert_true(clock_now() > 1000);
}

static void
the_monotonic_clock_ignores_it(void **state)
{
    (void)state;
    clock_set(1000);
    gint64 before = clock_monotonic_us();
    assert_true(clock_monotonic_us() >= before);
    clock_set(-1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_clock_stands_still),
        cmocka_unit_test(the_monotonic_clock_ignores_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
