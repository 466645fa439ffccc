/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/truth.h"

#include "given.h"

#define T TRUTH_TRUE
#define F TRUTH_FALSE
#define U TRUTH_UNKNOWN

static void
three_values_combine_as_kleene_says(void **state)
{
    (void)state;
    static const struct {
        Truth a, b, either, both;
    } rows[] = {
        {F, F, F, F}, {F, T, T, F}, {F, U, U, F},
        {T, T, T, T}, {T, U, T, U}, {U, U, U, U},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_int_equal(truth_either(rows[i].a, rows[i].b), rows[i].either);
        assert_int_equal(truth_either(rows[i].b, rows[i].a), rows[i].either);
        assert_int_equal(truth_both(rows[i].a, rows[i].b), rows[i].both);
        assert_int_equal(truth_both(rows[i].b, rows[i].a), rows[i].both);
    }
    assert_int_equal(truth_negate(T), F);
    assert_int_equal(truth_negate(F), T);
    assert_int_equal(truth_negate(U), U);
    assert_int_equal(truth_of(true), T);
    assert_int_equal(truth_of(false), F);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_values_combine_as_kleene_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
