/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/match.h"

#include "base/mailbox.h"
#include "tests/fakes/made_certificate.h"
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

/* OpenSSL takes this for Latin-1 and writes UTF-8. */
#define UTF8_NAME(text) "x@y.example,otherName:1.3.6.1.5.5.7.8.9;UTF8:" text

/* Domains count as A-labels, however either side writes them (RFC 8398, RFC
 * 9598); of letters before the "@" only those of ASCII fold. */
static void
international_addresses_match(void **state)
{
    (void)state;
    static const struct {
        const char *names, *asked;
        bool same;
    } rows[] = {
        {"bob@xn--bcher-kva.example",
         "bob@b\xc3\xbc"
         "cher.example",
         true},
        {"bob@xn--bcher-kva.example", "bob@XN--BCHER-KVA.example", true},
        {"bob@xn--bcher-kva.example", "bob@bucher.example", false},
        {UTF8_NAME("j\xf6rg@b\xfc\x63her.example"),
         "j\xc3\xb6rg@xn--bcher-kva.example", true},
        {UTF8_NAME("j\xf6rg@xn--bcher-kva.example"),
         "j\xc3\xb6rg@b\xc3\xbc\x63her.example", true},
        {UTF8_NAME("j\xf6rg@xn--bcher-kva.example"),
         "J\xc3\xb6RG@b\xc3\xbc\x63her.example", true},
        {UTF8_NAME("j\xf6rg@xn--bcher-kva.example"),
         "j\xc3\x96rg@b\xc3\xbc\x63her.example", false},
    };
    const MatchRule rule = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) certificate =
            made_certificate_new(KEY_EC, rows[i].names, NULL);
        g_autofree char *asked = mailbox_parse(rows[i].asked);
        assert_non_null(asked);
        g_autofree char *reason = match_check(certificate, asked, NULL, &rule);
        if ((reason == NULL) != rows[i].same)
            fail_msg("row %zu: %s", i, reason != NULL ? reason : "it matches");
    }
}

static void
a_sentence_names_three(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a@x", "(a@x)"},
        {"a@x,email:b@x,email:c@x", "(a@x, b@x, c@x)"},
        {"a@x,email:b@x,email:c@x,email:d@x,email:e@x",
         "(a@x, b@x, c@x and 2 more)"},
    };
    const MatchRule rule = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) certificate =
            made_certificate_new(KEY_EC, rows[i][0], NULL);
        g_autofree char *reason =
            match_check(certificate, "bob@x", NULL, &rule);
        assert_non_null(strstr(reason, rows[i][1]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_about_addresses),
        cmocka_unit_test(international_addresses_match),
        cmocka_unit_test(a_sentence_names_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
