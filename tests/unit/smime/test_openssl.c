/* SPDX-License-Identifier: BSD-2-Clause */
#include "smime/openssl.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
a_failure_gets_the_first_reason_and_the_queue_is_empty(void **state)
{
    (void)state;
    ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
    ERR_raise(ERR_LIB_CMS, CMS_R_NO_PRIVATE_KEY);
    g_autoptr(GError) error = NULL;
    assert_false(openssl_fail(&error, ERROR_TEMPORARY, "doing it"));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    assert_string_equal(error->message, "doing it: key values mismatch");
    assert_int_equal(ERR_peek_error(), 0);
}

static void
a_failure_without_reason_is_told_too(void **state)
{
    (void)state;
    openssl_clear();
    g_autoptr(GError) error = NULL;
    assert_false(openssl_fail(&error, ERROR_INTERNAL, "doing it"));
    assert_string_equal(error->message,
                        "doing it: no reason given by the library");
    ERR_raise(ERR_LIB_CMS, CMS_R_NO_PRIVATE_KEY);
    assert_false(openssl_fail(NULL, ERROR_INTERNAL, "unasked"));
    assert_int_equal(ERR_peek_error(), 0);
}

static void
what_was_expected_leaves_nothing_behind(void **state)
{
    (void)state;
    ERR_raise(ERR_LIB_CMS, CMS_R_NO_PRIVATE_KEY);
    openssl_clear();
    assert_int_equal(ERR_peek_error(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_failure_gets_the_first_reason_and_the_queue_is_empty),
        cmocka_unit_test(a_failure_without_reason_is_told_too),
        cmocka_unit_test(what_was_expected_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
