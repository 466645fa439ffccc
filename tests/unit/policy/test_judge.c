/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/judge.h"

#include "given.h"

#include <stdio.h>
#include <unistd.h>

#define T TRUTH_TRUE
#define F TRUTH_FALSE
#define U TRUTH_UNKNOWN

static const char lists[] =
    "list l = bob@partner.example, .gmail.com\n"
    "label red level 3 when subject has word \"rouge\"\n"
    "label pink level 1 when header \"X-Label\" is \"rose\"\n";

typedef struct {
    const char *condition;
    Truth truth;
} Row;

static void
check_rows(const Row *rows, gsize count, const PolicyFacts *facts)
{
    for (gsize i = 0; i < count; i++) {
        Truth truth = given_truth(lists, rows[i].condition, facts);
        if (truth != rows[i].truth)
            fail_msg("%s is %d", rows[i].condition, (int)truth);
    }
}

static void
known_facts_are_true_or_false(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->subject, "Re: [ROUGE]  D\u00e9cision  finale");
    g_ptr_array_add(facts->fields,
                    policy_field_new("X-Origin", "Fax  42", false));
    static const Row rows[] = {
        {"recipient is outside", T},
        {"recipient is inside", F},
        {"recipient is not inside", T},
        {"recipient is bob@partner.example", T},
        {"recipient is \"BOB@partner.example\"", T},
        {"recipient is partner.example", T},
        {"recipient is .example", T},
        {"recipient is example", F},
        {"recipient is inside, .example", T},
        {"recipient in l", T},
        {"recipient not in l", F},
        {"recipient has \"@PARTNER\"", T},
        {"recipient matches \"^bob@\"", T},
        {"sender is \"\"", F},
        {"sender is alice@example.fr", T},
        {"sender not in l", T},
        {"from is alice@example.fr", T},
        {"from is .gmail.com", F},
        {"login", T},
        {"login is ALICE, bob", T},
        {"login is not alice", F},
        {"login matches \"^al\"", T},
        {"service", F},
        {"service is erp", F},
        {"service is not erp", T},
        {"submitted", T},
        {"header \"x-origin\"", T},
        {"header \"X-Other\"", F},
        {"header \"X-Origin\" is \"fax 42\"", T},
        {"header \"X-Origin\" is \"fax\"", F},
        {"header \"X-Origin\" has word \"fax\"", T},
        {"header \"X-Other\" is not \"x\"", T},
        {"any header \"X-Origin\" has \"42\"", T},
        {"any header \"X-Other\" has \"42\"", F},
        {"subject has \"decision FINALE\"", T},
        {"subject has word \"finale decision\"", F},
        {"subject has word \"final\"", F},
        {"subject matches \"d\u00e9cision fin.le$\"", T},
        {"subject is \"re: [rouge] decision finale\"", T},
        {"any subject has word \"rouge\"", T},
        {"kind is ordinary", T},
        {"kind is bounce, list", F},
        {"kind is not bounce", T},
        {"signed or encrypted", F},
        {"size over 1999", T},
        {"size over 2000", F},
        {"size under 2000", F},
        {"size under 2KiB", T},
        {"labelled", T},
        {"labelled red", T},
        {"labelled pink", F},
        {"labelled pink, red", T},
        {"level at least 3", T},
        {"level at least 4", F},
        {"signed and not signed", F},
        {"not (signed or encrypted) and submitted", T},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
any_and_every_look_at_all_recipients(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    g_ptr_array_add(facts->recipients,
                    policy_recipient_new("dave@example.fr", TRUTH_TRUE));
    static const Row rows[] = {
        {"any recipient is inside", T},
        {"any recipient is outside", T},
        {"every recipient is inside", F},
        {"every recipient is outside", F},
        {"any recipient is not inside", T},
        {"every recipient not in l", F},
        {"every recipient matches \"@\"", T},
        {"any recipient in l", T},
        {"every recipient is inside, partner.example", T},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
    PolicyRecipient *second = g_ptr_array_index(facts->recipients, 1);
    second->inside = TRUTH_UNKNOWN;
    static const Row unknown[] = {
        {"any recipient is inside", U},
        {"any recipient is outside", T},
        {"every recipient is inside", F},
        {"every recipient is outside", U},
    };
    check_rows(unknown, G_N_ELEMENTS(unknown), facts);
}

static void
every_of_nothing_is_false(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    g_ptr_array_set_size(facts->recipients, 0);
    static const Row rows[] = {
        {"every recipient is inside", F},
        {"every recipient not in l", F},
        {"any recipient is inside", F},
        /* Asked for nobody: nothing is known of him. */
        {"recipient is inside", U},
        {"recipient in l", U},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
what_is_not_known_is_neither(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = policy_facts_new();
    facts->inner_incomplete = facts->inner_subject.incomplete = true;
    facts->subject.incomplete = facts->from.incomplete = true;
    g_free(facts->sender);
    facts->sender = NULL;
    g_ptr_array_add(facts->recipients, policy_recipient_new("", U));
    static const Row rows[] = {
        {"recipient is inside", U},
        {"recipient is not inside", U},
        {"recipient in l", U},
        {"recipient has \"x\"", U},
        {"sender is \"\"", U},
        {"from in l", U},
        {"submitted", U},
        {"any header \"X\"", U},
        {"any header \"X\" is \"y\"", U},
        {"subject has \"x\"", U},
        {"any subject has \"x\"", U},
        {"kind is ordinary", U},
        {"signed", U},
        {"not encrypted", U},
        {"size over 1", U},
        {"labelled red", U},
        {"labelled pink", F},
        {"labelled", U},
        {"level at least 1", U},
        {"level at least 4", F},
        {"signed and submitted", U},
        {"signed or submitted", U},
        {"signed and login", F},
        {"signed or not login", T},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
half_a_text_can_only_have(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->subject, "offre secrete \ufffd");
    facts->subject.incomplete = true;
    g_ptr_array_add(facts->fields, policy_field_new("X", "a \ufffd", true));
    static const Row rows[] = {
        {"subject has \"secrete\"", T},
        {"subject has word \"secrete\"", T},
        {"subject has word \"offre\"", T},
        {"subject is \"offre secrete \ufffd\"", U},
        {"subject matches \"^offre\"", U},
        {"subject matches \"^x\"", U},
        {"subject has word \"x\"", U},
        {"header \"X\"", T},
        {"header \"X\" has word \"a\"", T},
        {"header \"X\" has word \"b\"", U},
        {"header \"X\" is \"a \ufffd\"", U},
        {"header \"X\" matches \"^a\"", U},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
one_field_that_can_be_read_is_enough(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    g_ptr_array_add(facts->fields, policy_field_new("X", "\ufffd", true));
    g_ptr_array_add(facts->fields, policy_field_new("x", "yes", false));
    facts->inner_incomplete = true;
    static const Row rows[] = {
        {"header \"X\" is \"yes\"", T},
        {"any header \"X\" is \"yes\"", T},
        {"any header \"X\" is \"no\"", U},
        {"header \"X\" is not \"yes\"", F},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
forwarded_messages_count_only_for_any(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    given_texts(&facts->inner_subject, "rouge");
    g_ptr_array_add(facts->inner_fields, policy_field_new("X", "y", false));
    static const Row rows[] = {
        {"subject has \"rouge\"", F}, {"any subject has \"rouge\"", T},
        {"header \"X\"", F},          {"any header \"X\"", T},
        {"labelled red", F},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
too_long_a_text_is_unknown_past_its_end(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autofree char *many = g_strnfill(200000, 'a');
    memcpy(many, "rouge ", 6);
    memcpy(many + 199000, " bleu ", 6);
    given_texts(&facts->subject, many);
    static const Row rows[] = {
        {"subject has word \"rouge\"", T},
        {"subject has word \"bleu\"", U},
        {"subject matches \"bleu\"", U},
        {"subject matches \"^rouge\"", U},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
a_hostile_pattern_is_unknown_not_slow(void **state)
{
    (void)state;
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autofree char *many = g_strnfill(8000, 'a');
    g_autofree char *end = g_strconcat(many, "!", NULL);
    for (unsigned i = 0; i < 100; i++)
        g_ptr_array_add(facts->fields, policy_field_new("X", end, false));
    static const Row rows[] = {
        {"header \"X\" matches \"^(a+)+$\"", U},
    };
    check_rows(rows, G_N_ELEMENTS(rows), facts);
}

static void
an_entry_counts_until_its_day(void **state)
{
    (void)state;
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("list-XXXXXX", &path, NULL);
    assert_true(file >= 0);
    assert_int_equal(write(file, "partner.example until 2027-01-31\n", 33), 33);
    close(file);
    g_autofree char *list = g_strdup_printf("list l from \"%s\"", path);
    g_autoptr(PolicyFacts) facts = given_facts();
    facts->now_s = 1801439999; /* 2027-01-31T23:59:59Z */
    assert_int_equal(given_truth(list, "recipient in l", facts), T);
    facts->now_s++;
    assert_int_equal(given_truth(list, "recipient in l", facts), F);
    facts->now_s = 0;
    assert_int_equal(given_truth(list, "recipient in l", facts), U);
    assert_int_equal(remove(path), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_facts_are_true_or_false),
        cmocka_unit_test(any_and_every_look_at_all_recipients),
        cmocka_unit_test(every_of_nothing_is_false),
        cmocka_unit_test(what_is_not_known_is_neither),
        cmocka_unit_test(half_a_text_can_only_have),
        cmocka_unit_test(one_field_that_can_be_read_is_enough),
        cmocka_unit_test(forwarded_messages_count_only_for_any),
        cmocka_unit_test(too_long_a_text_is_unknown_past_its_end),
        cmocka_unit_test(a_hostile_pattern_is_unknown_not_slow),
        cmocka_unit_test(an_entry_counts_until_its_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
