/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
paths_are_read_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *mailbox;
    } rows[] = {
        {"<Bob@Example.COM>", "Bob@example.com"},
        {"bob@example.com", "bob@example.com"},
        {"< sp@example.com >", "sp@example.com"},
        {"<@relay.test:carol@example.com>", "carol@example.com"},
        {"<@a,@b:carol@example.com>", "carol@example.com"},
        {"<>", ""},
        {"<\"john doe\"@example.com>", "\"john doe\"@example.com"},
        {"<\"john\"@example.com>", "john@example.com"},
        {"<\"a@b\"@example.com>", "\"a@b\"@example.com"},
        {"<zo\303\253@b\303\274cher.example>",
         "zo\303\253@xn--bcher-kva.example"},
        {"<bob@[192.0.2.1]>", "bob@[192.0.2.1]"},
        {"", NULL},
        {"<", NULL},
        {"<bob@example.com", NULL},
        {"bob@example.com>", NULL},
        {"<noat>", NULL},
        {"<a@b@c>", NULL},
        {"<@example.com>", NULL},
        {"<bob@>", NULL},
        {"<bob@.example.com>", NULL},
        {"<bob@example..com>", NULL},
        {"<bob@example.com.>", NULL},
        {"<bob@-x.com>", NULL},
        {"<bo b@example.com>", NULL},
        {"<bob@exam ple.com>", NULL},
        {"<bob\r\nRCPT TO:<x@y>@example.com>", NULL},
        {"<bob\t@example.com>", NULL},
        {"<\"open@example.com>", NULL},
        {"<bob@[1.2.3.4>", NULL},
        {"<bob@[\r\n]>", NULL},
        {"<b\377b@example.com>", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *mailbox = mailbox_parse(rows[i].path);
        if (rows[i].mailbox == NULL) {
            if (mailbox != NULL)
                fail_msg("%s was read as %s", rows[i].path, mailbox);
            continue;
        }
        assert_non_null(mailbox);
        assert_string_equal(mailbox, rows[i].mailbox);
    }
    assert_null(mailbox_parse(NULL));
}

static void
what_is_too_long_is_refused(void **state)
{
    (void)state;
    g_autofree char *local = g_strnfill(65, 'a');
    g_autofree char *long_local = g_strdup_printf("<%s@example.com>", local);
    assert_null(mailbox_parse(long_local));
    g_autofree char *domain = g_strnfill(300, 'd');
    g_autofree char *long_domain = g_strdup_printf("<a@%s.com>", domain);
    assert_null(mailbox_parse(long_domain));
}

static void
a_mailbox_is_its_own_reading(void **state)
{
    (void)state;
    static const char *const mailboxes[] = {
        "bob@example.com", "\"john doe\"@example.com", "\"a@b\"@example.com",
        "\"a\\\"b\"@example.com", "bob@[192.0.2.1]"};
    for (gsize i = 0; i < G_N_ELEMENTS(mailboxes); i++) {
        g_autofree char *again = mailbox_parse(mailboxes[i]);
        assert_string_equal(again, mailboxes[i]);
    }
}

static void
case_does_not_matter(void **state)
{
    (void)state;
    assert_true(mailbox_equal("Bob@Example.com", "bob@example.COM"));
    assert_false(mailbox_equal("bob@example.com", "bob@example.co"));
    g_autofree char *folded = mailbox_fold("Bob@Example.com");
    assert_string_equal(folded, "bob@example.com");
    assert_string_equal(mailbox_get_domain("\"a@b\"@c.d"), "c.d");
    assert_string_equal(mailbox_get_domain(""), "");
}

static void
patterns_match_whole_labels(void **state)
{
    (void)state;
    static const struct {
        const char *mailbox, *pattern;
        bool matches;
    } rows[] = {
        {"a@example.fr", "a@example.fr", true},
        {"A@EXAMPLE.FR", "a@example.fr", true},
        {"b@example.fr", "a@example.fr", false},
        {"a@example.fr", "example.fr", true},
        {"a@sub.example.fr", "example.fr", false},
        {"a@sub.example.fr", ".example.fr", true},
        {"a@example.fr", ".example.fr", true},
        {"a@badexample.fr", ".example.fr", false},
        {"a@example.fr.evil.org", ".example.fr", false},
        {"", "example.fr", false},
        {"postmaster", "example.fr", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(mailbox_matches(rows[i].mailbox, rows[i].pattern),
                         rows[i].matches);
    char *const none[] = {NULL};
    assert_false(mailbox_matches_any("a@b", none));
    assert_false(mailbox_matches_any("a@b", NULL));
}

static void
patterns_that_could_never_match_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"example.fr", true},
        {".example.fr", true},
        {"a@example.fr", true},
        {"Example.FR", true},
        {"", false},
        {".", false},
        {"@example.fr", false},
        {"*.example.fr", false},
        {"a@.example.fr", false},
        {"exa mple.fr", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(mailbox_check_pattern(rows[i].text), rows[i].good);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_read_or_refused),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(a_mailbox_is_its_own_reading),
        cmocka_unit_test(case_does_not_matter),
        cmocka_unit_test(patterns_match_whole_labels),
        cmocka_unit_test(patterns_that_could_never_match_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
