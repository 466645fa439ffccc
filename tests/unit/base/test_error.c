/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
an_error_keeps_class_and_sentence(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    error_set(&error, ERROR_TEMPORARY, "directory %s: no answer", "corp");
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    assert_string_equal(error->message, "directory corp: no answer");
}

static void
a_foreign_error_is_internal(void **state)
{
    (void)state;
    g_autoptr(GError) error =
        g_error_new_literal(g_quark_from_string("x"), 0, "oops");
    assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    error_set(NULL, ERROR_CONFIG, "nobody listens");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_keeps_class_and_sentence),
        cmocka_unit_test(a_foreign_error_is_internal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
