/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
each_class_has_its_status(void **state)
{
    (void)state;
    static const struct {
        ErrorClass class;
        CommandStatus status;
    } cases[] = {
        {ERROR_TEMPORARY, STATUS_LATER},
        {ERROR_MALFORMED, STATUS_MALFORMED},
        {ERROR_CONFIG, STATUS_CONFIG},
        {ERROR_INTERNAL, STATUS_INTERNAL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        error_set(&error, cases[i].class, "a sentence");
        assert_int_equal(command_report(error), cases[i].status);
    }
}

static void
only_a_sender_may_be_null(void **state)
{
    (void)state;
    g_autofree char *sender = command_read_address("<>", true, NULL);
    assert_string_equal(sender, "");
    assert_null(command_read_address("<>", false, NULL));
}

static void
an_address_is_quoted_in_the_mistake(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_null(command_read_address("a\x1b[31m", false, &error));
    assert_null(strchr(error->message, '\x1b'));
    assert_non_null(strstr(error->message, "no mail address"));
}

static void
times_are_utc(void **state)
{
    (void)state;
    g_autofree char *time = command_format_time(1797328800);
    assert_string_equal(time, "2026-12-15T10:00:00Z");
    g_autofree char *never = command_format_time(G_MAXINT64);
    assert_string_equal(never, "?");
}

static void
only_what_does_not_pass_has_a_reply(void **state)
{
    (void)state;
    const GeneralSettings general = {.contact = NULL};
    const Setup setup = {.general = &general};
    g_autoptr(Outcome) outcome = outcome_new();
    g_autofree char *later = command_format_reply(outcome, &setup);
    assert_int_equal(later[0], '4');
    outcome->kind = OUTCOME_UNTOUCHED;
    assert_null(command_format_reply(outcome, &setup));
    outcome->kind = OUTCOME_REPLACE;
    assert_null(command_format_reply(outcome, &setup));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_has_its_status),
        cmocka_unit_test(only_a_sender_may_be_null),
        cmocka_unit_test(an_address_is_quoted_in_the_mistake),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(only_what_does_not_pass_has_a_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
