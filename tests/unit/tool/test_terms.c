/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The words are an interface: scripts read them in --json. */
static void
words_stay_as_they_are(void **state)
{
    (void)state;
    assert_string_equal(terms_get_encrypt(ENCRYPT_NEVER), "never");
    assert_string_equal(terms_get_encrypt(ENCRYPT_IF_POSSIBLE), "if-possible");
    assert_string_equal(terms_get_encrypt(ENCRYPT_BY_SENDER), "by-sender");
    assert_string_equal(terms_get_encrypt(ENCRYPT_REQUIRED), "required");
    assert_string_equal(terms_get_sign(SIGN_NEVER), "never");
    assert_string_equal(terms_get_sign(SIGN_IF_POSSIBLE), "if-possible");
    assert_string_equal(terms_get_sign(SIGN_REQUIRED), "required");
    assert_string_equal(terms_get_verdict(VERDICT_DELIVER), "deliver");
    assert_string_equal(terms_get_verdict(VERDICT_DEFER), "defer");
    assert_string_equal(terms_get_verdict(VERDICT_REFUSE), "refuse");
    assert_string_equal(terms_get_verdict(VERDICT_UNDECIDED), "undecided");
    assert_string_equal(terms_get_treatment(TREAT_REFUSE), "refuse");
    assert_string_equal(terms_get_treatment(TREAT_LATER), "later");
    assert_string_equal(terms_get_treatment(TREAT_SENT), "already-sent");
    assert_string_equal(terms_get_treatment(TREAT_UNTOUCHED), "untouched");
    assert_string_equal(terms_get_treatment(TREAT_SIGN), "sign");
    assert_string_equal(terms_get_treatment(TREAT_ENCRYPT), "encrypt");
    assert_string_equal(terms_get_treatment(TREAT_SIGN_ENCRYPT),
                        "sign+encrypt");
    assert_string_equal(terms_get_right(RIGHT_NOT_SUBMITTED), "not-submitted");
    assert_string_equal(terms_get_right(RIGHT_ALLOWED), "allowed");
    assert_string_equal(terms_get_right(RIGHT_NOT_ALLOWED), "not-allowed");
    assert_string_equal(terms_get_right(RIGHT_UNKNOWN), "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
