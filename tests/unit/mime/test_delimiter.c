/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/delimiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
what_stands_behind_a_boundary_decides(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        Delimiter kind;
        bool plain;
    } rows[] = {
        {"--abc", DELIMITER_NEXT, true},
        {"--abc--", DELIMITER_CLOSE, true},
        {"--abc \t", DELIMITER_NEXT, false},
        {"--abc-- ", DELIMITER_CLOSE, false},
        {"--abcd", DELIMITER_LIKE, false},
        {"--abc-", DELIMITER_LIKE, false},
        {"--abc--d", DELIMITER_LIKE, false},
        {"--abc d", DELIMITER_LIKE, false},
        {"--ab", DELIMITER_NO, true},
        {"--ABC", DELIMITER_NO, true},
        {"-abc", DELIMITER_NO, true},
        {" --abc", DELIMITER_NO, true},
        {"", DELIMITER_NO, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize length = strlen(rows[i].line);
        bool plain = !rows[i].plain;
        Delimiter kind =
            delimiter_read(rows[i].line, length, length, "abc", &plain);
        if (kind != rows[i].kind || plain != rows[i].plain)
            fail_msg("row %zu: %d", i, kind);
    }
}

static void
blanks_beyond_what_is_kept_may_hide_anything(void **state)
{
    (void)state;
    bool plain = true;
    assert_int_equal(delimiter_read("--abc   ", 8, 9, "abc", &plain),
                     DELIMITER_LIKE);
    assert_false(plain);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_behind_a_boundary_decides),
        cmocka_unit_test(blanks_beyond_what_is_kept_may_hide_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
