/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
an_answer_is_born_silent(void **state)
{
    (void)state;
    SourceAnswer answer;
    source_answer_init(&answer);
    assert_int_equal(answer.state, SOURCE_SILENT);
    assert_non_null(answer.reason);
    source_answer_set(&answer, SOURCE_ANSWERED, NULL);
    assert_int_equal(answer.state, SOURCE_ANSWERED);
    assert_null(answer.reason);
    assert_int_equal(answer.values->len, 0);
    source_answer_clear(&answer);
    source_answer_clear(&answer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_born_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
