/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static char *
filter_of(const char *attribute, const char *address)
{
    char *const attributes[] = {(char *)(guintptr)attribute, NULL};
    return query_make_filter(attributes, &address, 1);
}

static void
filters_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *attribute, *address, *filter;
    } rows[] = {
        {"mail", "Bob@Example.org", "(|(mail=bob@example.org))"},
        {"mail", "*@example.org", "(|(mail=\\2A@example.org))"},
        {"mail", "a)(uid=*@x.org", "(|(mail=a\\29\\28uid=\\2A@x.org))"},
        {"mail", "a\\b@x.org", "(|(mail=a\\5Cb@x.org))"},
        {"proxyAddresses:smtp:", "bob@x.org",
         "(|(proxyAddresses=smtp:bob@x.org))"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *filter = filter_of(rows[i].attribute, rows[i].address);
        assert_string_equal(filter, rows[i].filter);
    }
}

static void
all_addresses_share_one_filter(void **state)
{
    (void)state;
    char *const attributes[] = {(char *)(guintptr) "mail",
                                (char *)(guintptr) "alt", NULL};
    const char *const addresses[] = {"a@x", "b@x"};
    g_autofree char *filter = query_make_filter(attributes, addresses, 2);
    assert_string_equal(filter, "(|(mail=a@x)(mail=b@x)(alt=a@x)(alt=b@x))");
}

static void
both_spellings_are_asked_for(void **state)
{
    (void)state;
    char *const attributes[] = {(char *)(guintptr) "proxyAddresses:smtp:",
                                NULL};
    g_auto(GStrv) names = query_list_attributes(attributes);
    const char *const *list = (const char *const *)names;
    assert_true(g_strv_contains(list, "userCertificate"));
    assert_true(g_strv_contains(list, "userCertificate;binary"));
    assert_true(g_strv_contains(list, "userSMIMECertificate"));
    assert_true(g_strv_contains(list, "proxyAddresses"));
    assert_false(g_strv_contains(list, "userPKCS12"));
}

static void
an_entry_owns_its_addresses_in_any_case(void **state)
{
    (void)state;
    QueryEntry *entry = g_new0(QueryEntry, 1);
    entry->addresses = g_ptr_array_new_with_free_func(g_free);
    entry->values = g_ptr_array_new();
    entry->chain = g_ptr_array_new();
    g_ptr_array_add(entry->addresses, g_strdup("bob@x.org"));
    assert_true(query_owns(entry, "Bob@X.org"));
    assert_false(query_owns(entry, "bob@x.or"));
    query_entry_free(entry);
    query_entry_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_escaped),
        cmocka_unit_test(all_addresses_share_one_filter),
        cmocka_unit_test(both_spellings_are_asked_for),
        cmocka_unit_test(an_entry_owns_its_addresses_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
