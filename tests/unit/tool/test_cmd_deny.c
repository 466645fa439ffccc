/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tool/given.h"

#define PRINT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static CommandRun
deny(const char *a, const char *b, const char *c)
{
    const char *const words[] = {a, b, c, NULL};
    return run_command(&cmd_deny, config, words, NULL);
}

static void
what_is_denied_is_listed_until_removed(void **state)
{
    (void)state;
    CommandRun run = deny("--list", NULL, NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "nothing is denied"));
    assert_int_equal(deny("Bob@Partner.example", "--reason", "left").status,
                     STATUS_OK);
    assert_int_equal(deny("00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                          "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
                          "--reason", "stolen")
                         .status,
                     STATUS_OK);
    run = deny("--list", NULL, NULL);
    assert_non_null(strstr(run.out, "bob@partner.example\n"));
    assert_non_null(strstr(run.out, PRINT "\n"));
    assert_non_null(strstr(run.out, "stolen"));
    run = deny("--list", "--json", NULL);
    assert_non_null(strstr(run.out, "\"denied\": \"" PRINT "\""));
    assert_int_equal(deny(PRINT, "--remove", NULL).status, STATUS_OK);
    assert_int_equal(deny(PRINT, "--remove", NULL).status, STATUS_NO);
    assert_null(strstr(deny("--list", NULL, NULL).out, PRINT));
}

/* The tool's own lookups and the daemon's are the same code. */
static void
lookup_tells_of_it(void **state)
{
    (void)state;
    assert_int_equal(deny("bob@partner.example", "--reason", "left").status,
                     STATUS_OK);
    const char *const words[] = {"bob@partner.example", NULL};
    CommandRun run = run_command(&cmd_lookup, config, words, NULL);
    assert_int_equal(run.status, STATUS_NO);
    assert_non_null(strstr(run.out, "bob@partner.example: unusable\n"));
    assert_non_null(strstr(run.out, "the address is denied: left"));
}

static void
mistakes_are_told(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {NULL, NULL, NULL},
        {PRINT, NULL, NULL},
        {PRINT, "--reason", ""},
        {"--list", PRINT, NULL},
        {"--list", "--remove", NULL},
        {"0011", "--reason", "short"},
        {"bob", "--reason", "no domain"},
        {"@", "--reason", "no address"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(deny(rows[i][0], rows[i][1], rows[i][2]).status,
                         STATUS_USAGE);
    assert_non_null(strstr(deny("--list", NULL, NULL).out, "nothing"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_denied_is_listed_until_removed),
        TEST(lookup_tells_of_it),
        TEST(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
