/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static Reply
reply_for(OutcomeKind kind, ReasonKind reason)
{
    g_autoptr(Outcome) outcome = outcome_new();
    outcome_fail(outcome, kind, reason, "carol@partner.example",
                 "no certificate was found", "aucun certificat trouvé");
    return reply_make(outcome, "help@example.fr");
}

static void
codes_follow_kind_and_reason(void **state)
{
    (void)state;
    static const struct {
        OutcomeKind kind;
        ReasonKind reason;
        const char *code, *enhanced;
    } rows[] = {
        {OUTCOME_REFUSE, REASON_POLICY, "550", "5.7.1"},
        {OUTCOME_REFUSE, REASON_TOO_BIG, "552", "5.3.4"},
        {OUTCOME_REFUSE, REASON_MALFORMED, "554", "5.6.0"},
        {OUTCOME_LATER, REASON_POLICY, "451", "4.7.1"},
        {OUTCOME_LATER, REASON_UNAVAILABLE, "451", "4.4.3"},
        {OUTCOME_LATER, REASON_INTERNAL, "451", "4.3.0"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Reply reply = reply_for(rows[i].kind, rows[i].reason);
        assert_string_equal(reply.code, rows[i].code);
        assert_string_equal(reply.enhanced, rows[i].enhanced);
        reply_clear(&reply);
    }
}

static void
a_refusal_speaks_english_french_and_names_whom_to_ask(void **state)
{
    (void)state;
    Reply reply = reply_for(OUTCOME_REFUSE, REASON_POLICY);
    g_autofree char *text = reply_format(&reply);
    assert_string_equal(
        text, "550-5.7.1 <carol@partner.example>: no certificate was found\n"
              "550-5.7.1 <carol@partner.example> : aucun certificat trouve\n"
              "550 5.7.1 Contact: help@example.fr\n");
    reply_clear(&reply);
}

static void
nothing_from_outside_breaks_a_line(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_POLICY, "a\r\n250 ok@x",
                 "evil\r\n250 2.0.0 Ok", NULL);
    Reply reply = reply_make(outcome, NULL);
    for (char **line = reply.lines; *line != NULL; line++)
        for (const char *c = *line; *c != '\0'; c++)
            assert_in_range(*c, 32, 126);
    assert_int_equal(g_strv_length(reply.lines), 1);
    reply_clear(&reply);
}

static void
many_reasons_are_folded(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    g_autoptr(Outcome) other = outcome_new();
    outcome->kind = OUTCOME_REFUSE;
    for (int i = 0; i < 50; i++) {
        outcome_fail(other, OUTCOME_REFUSE, REASON_POLICY, "x@y", "no", "non");
        g_ptr_array_add(outcome->reasons,
                        g_ptr_array_steal_index(other->reasons, 0));
    }
    Reply reply = reply_make(outcome, NULL);
    guint lines = g_strv_length(reply.lines);
    assert_true(lines <= 30);
    assert_non_null(strstr(reply.lines[lines - 1], "42 more"));
    reply_clear(&reply);
}

static void
an_outcome_without_reason_still_answers(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    Reply reply = reply_make(outcome, NULL);
    assert_string_equal(reply.code, "451");
    assert_true(g_strv_length(reply.lines) >= 1);
    reply_clear(&reply);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_follow_kind_and_reason),
        cmocka_unit_test(a_refusal_speaks_english_french_and_names_whom_to_ask),
        cmocka_unit_test(nothing_from_outside_breaks_a_line),
        cmocka_unit_test(many_reasons_are_folded),
        cmocka_unit_test(an_outcome_without_reason_still_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
