/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
every_class_has_words_in_both_languages(void **state)
{
    (void)state;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        g_autofree char *english =
            words_make((PolicyClass) class, false, NULL, WORDS_ENGLISH);
        g_autofree char *french =
            words_make((PolicyClass) class, false, NULL, WORDS_FRENCH);
        assert_true(strlen(english) > 10);
        assert_true(strlen(french) > 10);
        assert_string_not_equal(english, french);
    }
}

static void
a_required_message_says_that_it_must_be_encrypted(void **state)
{
    (void)state;
    g_autofree char *text =
        words_make(CLASS_UNUSABLE, true, "expired", WORDS_ENGLISH);
    assert_string_equal(text, "no usable certificate was found (expired); "
                              "this message must be encrypted");
    g_autofree char *passing =
        words_make(CLASS_DIRECTORY_DOWN, true, NULL, WORDS_ENGLISH);
    assert_null(strstr(passing, "must be"));
}

static void
by_sender_speaks_both_languages(void **state)
{
    (void)state;
    assert_string_not_equal(words_by_sender(WORDS_ENGLISH),
                            words_by_sender(WORDS_FRENCH));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_words_in_both_languages),
        cmocka_unit_test(a_required_message_says_that_it_must_be_encrypted),
        cmocka_unit_test(by_sender_speaks_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
