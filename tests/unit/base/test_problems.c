/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void
errors_count_and_warnings_do_not(void **state)
{
    (void)state;
    const Position at = {.file = "x.conf", .line = 3, .column = 7};
    const Position whole = {.file = "x.conf"};
    g_autoptr(Problems) problems = problems_new();
    problems_add(problems, &at, "no %s", "good");
    problems_warn(problems, &whole, "odd");
    problems_add(problems, NULL, "nowhere");
    assert_int_equal(problems_count(problems), 2);
    assert_string_equal(problems_get(problems, 0), "x.conf:3:7: no good");
    assert_string_equal(problems_get(problems, 1), "x.conf: warning: odd");
    assert_string_equal(problems_get(problems, 2), "nowhere");
    assert_null(problems_get(problems, 3));
    assert_true(problems_is_warning(problems, 1));
    assert_false(problems_is_warning(problems, 0));
    assert_false(problems_is_warning(problems, 9));
}

static void
all_lines_are_printed(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    problems_add(problems, NULL, "one");
    problems_warn(problems, NULL, "two");
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    problems_print(problems, out);
    fclose(out);
    assert_string_equal(text, "one\nwarning: two\n");
    free(text);
}

static void
the_nearest_word_is_near(void **state)
{
    (void)state;
    static const char *const known[] = {"domains", "policy", "socket", NULL};
    static const struct {
        const char *word, *near;
    } rows[] = {
        {"domain", "domains"}, {"polcy", "policy"}, {"sokcet", "socket"},
        {"zebra", NULL},       {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *near = problems_nearest(rows[i].word, known);
        if (rows[i].near == NULL)
            assert_null(near);
        else
            assert_string_equal(near, rows[i].near);
    }
    g_autofree char *huge = g_strnfill(5000, 'a');
    assert_null(problems_nearest(huge, known));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_count_and_warnings_do_not),
        cmocka_unit_test(all_lines_are_printed),
        cmocka_unit_test(the_nearest_word_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
