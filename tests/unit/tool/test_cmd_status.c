/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tool/given_daemon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEXT                                                                   \
    "[sceaud]\nversion: 1\npid = 7\n"                                          \
    "[server ldaps://a]\nstate: up\n[server ldaps://b]\nstate: down\n"         \
    "fault: \"no\" answer\n[counters]\nsceau_messages_total = 3\n"

static CommandRun
status_of(const char *text, const char *option)
{
    const char *const words[] = {option, NULL};
    fake_daemon_start(control, STATUS_OK, text);
    CommandRun run = run_command(&cmd_status, config, words, NULL);
    assert_string_equal(fake_daemon_stop(), "status");
    return run;
}

static void
sections_are_shown(void **state)
{
    (void)state;
    CommandRun run = status_of(TEXT, NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "sceaud\n  version      1\n"));
    assert_non_null(
        strstr(run.out, "\nserver ldaps://b\n  state        down\n"));
}

static void
sections_of_a_kind_are_an_array(void **state)
{
    (void)state;
    CommandRun run = status_of(TEXT, "--json");
    assert_int_equal(run.status, STATUS_OK);
    assert_string_equal(run.out, "{\n"
                                 "  \"sceaud\": [\n"
                                 "    {\n"
                                 "      \"version\": \"1\",\n"
                                 "      \"pid\": 7\n"
                                 "    }\n"
                                 "  ],\n"
                                 "  \"server\": [\n"
                                 "    {\n"
                                 "      \"name\": \"ldaps://a\",\n"
                                 "      \"state\": \"up\"\n"
                                 "    },\n"
                                 "    {\n"
                                 "      \"name\": \"ldaps://b\",\n"
                                 "      \"state\": \"down\",\n"
                                 "      \"fault\": \"\\\"no\\\" answer\"\n"
                                 "    }\n"
                                 "  ],\n"
                                 "  \"counters\": [\n"
                                 "    {\n"
                                 "      \"sceau_messages_total\": 3\n"
                                 "    }\n"
                                 "  ]\n"
                                 "}\n");
}

static void
an_answer_of_another_form_is_told(void **state)
{
    (void)state;
    CommandRun run = status_of("hello\n", "--json");
    assert_int_equal(run.status, STATUS_INTERNAL);
    assert_string_equal(run.out, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sections_are_shown),
        TEST(sections_of_a_kind_are_an_array),
        TEST(an_answer_of_another_form_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
