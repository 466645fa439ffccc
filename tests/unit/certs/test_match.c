/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/match.h"

#include "tests/unit/certs/given.h"

/* row: what of the certificate, asked for whom, under which rule. */
static void
every_rule_about_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *name, *address;
        MatchRule rule;
        const char *reason; /* NULL: it speaks for it */
    } rows[] = {
        {"bob", "bob@example.fr", {0}, NULL},
        {"bob", "BOB@example.fr", {0}, NULL},
        {"bob", "BOB@example.fr", {.exact_case = true}, "upper and lower case"},
        {"bob", "bob@example.fr", {.exact_case = true}, NULL},
        {"bob", "bob@sub.example.fr", {0}, "of the same entry (bob@"},
        {"several", "s\xc3\xa9v\xc3\xa9rine@example.fr", {0}, NULL},
        {"several", "several.alias@example.com", {0}, NULL},
        {"no-address", "nobody@example.fr", {0}, "subject-address is off"},
        {"no-address", "nobody@example.fr", {.subject = true}, NULL},
        {"no-address", "else@example.fr", {.subject = true}, "another"},
        {"bob", "alias@example.fr", {0}, "other-addresses is off"},
        {"bob", "alias@example.fr", {.other_addresses = true}, NULL},
        {"carol", "alias@example.fr", {.other_addresses = true}, "another"},
    };
    g_autoptr(GPtrArray) owned = g_ptr_array_new();
    g_ptr_array_add(owned, (gpointer)(guintptr) "alias@example.fr");
    g_ptr_array_add(owned, (gpointer)(guintptr) "bob@example.fr");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) certificate = pki_certificate(rows[i].name);
        g_autofree char *reason =
            match_check(certificate, rows[i].address, owned, &rows[i].rule);
        bool same = rows[i].reason == NULL
                        ? reason == NULL
                        : reason != NULL && strstr(reason, rows[i].reason);
        if (!same)
            fail_msg("row %zu, %s for %s: %s", i, rows[i].name, rows[i].address,
                     reason);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_about_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
