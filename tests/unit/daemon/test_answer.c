/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/answer.h"

#include "fake_milter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int
set_up(void **state)
{
    *state = fake_milter_new();
    return 0;
}

static int
tear_down(void **state)
{
    fake_milter_free(*state);
    return 0;
}

static void
an_outcome_nobody_decided_is_a_temporary_failure(void **state)
{
    SMFICTX *ctx = *state;
    g_autoptr(Outcome) outcome = outcome_new();
    assert_int_equal(answer_make(ctx, outcome, NULL), SMFIS_TEMPFAIL);
    assert_int_equal(ctx->reply->str[0], '4');
}

static void
the_reply_is_of_the_class_of_the_status(void **state)
{
    SMFICTX *ctx = *state;
    for (int kind = REASON_POLICY; kind <= REASON_INTERNAL; kind++) {
        g_autoptr(Outcome) outcome = outcome_new();
        outcome_fail(outcome, OUTCOME_REFUSE, (ReasonKind)kind, NULL, "no",
                     "non");
        assert_int_equal(answer_make(ctx, outcome, NULL), SMFIS_REJECT);
        assert_int_equal(ctx->reply->str[0], '5');
        outcome_fail(outcome, OUTCOME_LATER, (ReasonKind)kind, NULL, "no",
                     "non");
        assert_int_equal(answer_make(ctx, outcome, NULL), SMFIS_TEMPFAIL);
        assert_int_equal(ctx->reply->str[0], '4');
    }
}

static void
percent_signs_are_doubled(void **state)
{
    SMFICTX *ctx = *state;
    g_autoptr(Outcome) outcome = outcome_new();
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_POLICY, NULL, "100% %s", NULL);
    assert_int_equal(answer_make(ctx, outcome, "help@example.fr"),
                     SMFIS_REJECT);
    assert_non_null(strstr(ctx->reply->str, "|"));
    assert_non_null(strstr(ctx->reply->str, "100%% %%s|"));
    assert_non_null(strstr(ctx->reply->str, "help@example.fr|"));
}

static void
a_reply_libmilter_does_not_take_keeps_the_status(void **state)
{
    SMFICTX *ctx = *state;
    g_autoptr(Outcome) outcome = outcome_new();
    ctx->failing = "smfi_setmlreply";
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_POLICY, NULL, "no", NULL);
    assert_int_equal(answer_make(ctx, outcome, NULL), SMFIS_REJECT);
}

static void
what_may_pass_passes_without_a_reply(void **state)
{
    SMFICTX *ctx = *state;
    g_autoptr(Outcome) outcome = outcome_new();
    outcome->kind = OUTCOME_UNTOUCHED;
    assert_int_equal(answer_make(ctx, outcome, NULL), SMFIS_ACCEPT);
    outcome->kind = OUTCOME_REPLACE;
    assert_int_equal(answer_make(ctx, outcome, NULL), SMFIS_CONTINUE);
    assert_null(ctx->reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_outcome_nobody_decided_is_a_temporary_failure),
        TEST(the_reply_is_of_the_class_of_the_status),
        TEST(percent_signs_are_doubled),
        TEST(a_reply_libmilter_does_not_take_keeps_the_status),
        TEST(what_may_pass_passes_without_a_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
