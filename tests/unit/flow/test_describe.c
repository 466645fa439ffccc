/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/describe.h"

#include "mime/decode.h"
#include "tests/fakes/made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static Setup *setup;

static int
make_setup(void **state)
{
    (void)state;
    decode_init();
    setup = made_setup_new("policy 1\n", "");
    return 0;
}

static int
drop_setup(void **state)
{
    (void)state;
    setup_unref(setup);
    made_setup_clean();
    return 0;
}

static Message *
message_with(const char *const (*fields)[2], gsize count)
{
    Message *message = message_new();
    for (gsize i = 0; i < count; i++)
        assert_true(
            message_add_field(message, fields[i][0], fields[i][1], NULL));
    return message;
}

static Outline *
outline_of(const Message *message, const char *text)
{
    g_autoptr(Scan) scan = scan_new(message);
    g_autoptr(Spool) body = spool_new(setup->spool);
    scan_write(scan, text, strlen(text));
    scan_finish(scan);
    assert_true(spool_write(body, text, strlen(text), NULL));
    assert_true(spool_seal(body, NULL));
    Outline *outline = outline_make(message, scan, body, NULL);
    assert_non_null(outline);
    return outline;
}

static void
without_a_body_its_facts_are_unknown(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        {"From", " Alice <alice@example.fr>"}, {"Subject", " hello"}};
    g_autoptr(Message) message = message_with(fields, 2);
    g_autoptr(Envelope) envelope = envelope_new();
    envelope_add_recipient(envelope, "<bob@partner.example>", "", NULL);
    envelope_add_recipient(envelope, "<boss@example.fr>", "", NULL);
    const RightAnswer right = {.class = RIGHT_UNKNOWN};
    g_autoptr(PolicyFacts) facts =
        describe_message(setup, envelope, message, &right, NULL, 0);
    assert_int_equal(facts->is_encrypted, TRUTH_UNKNOWN);
    assert_int_equal(facts->is_signed, TRUTH_UNKNOWN);
    assert_int_equal(facts->submitted, TRUTH_UNKNOWN);
    assert_true(facts->inner_incomplete);
    assert_true(facts->inner_subject.incomplete);
    assert_false(facts->size_known);
    assert_int_equal(facts->kinds, 0);
    assert_string_equal(facts->subject.texts[0], "hello");
    assert_string_equal(facts->from.texts[0], "alice@example.fr");
    const PolicyRecipient *bob = g_ptr_array_index(facts->recipients, 0);
    const PolicyRecipient *boss = g_ptr_array_index(facts->recipients, 1);
    assert_int_equal(bob->inside, TRUTH_FALSE);
    assert_int_equal(boss->inside, TRUTH_TRUE);
}

static void
a_sensitivity_is_the_word_whatever_stands_around_it(void **state)
{
    (void)state;
    static const char *const values[] = {" Company-Confidential",
                                         " Company Confidential",
                                         " Company-Confidential (set by hand)",
                                         "  company-confidential  ",
                                         " (x) Company-Confidential",
                                         " \"Company-Confidential\"",
                                         " Company  Confidential",
                                         " Company - Confidential",
                                         " Company(x)-Confidential",
                                         " Company-Confidential (",
                                         " (Company-Confidential"};
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        const char *const fields[][2] = {{"Sensitivity", values[i]}};
        g_autoptr(Message) message = message_with(fields, 1);
        g_autoptr(Envelope) envelope = envelope_new();
        const RightAnswer right = {.class = RIGHT_UNKNOWN};
        g_autoptr(PolicyFacts) facts =
            describe_message(setup, envelope, message, &right, NULL, 0);
        const PolicyField *field = g_ptr_array_index(facts->fields, 0);
        assert_int_equal(
            g_ascii_strcasecmp(field->value, "company-confidential"), 0);
    }
}

static void
a_subject_past_all_comparisons_is_unreadable(void **state)
{
    (void)state;
    g_autofree char *words = g_strnfill(70000, 'x');
    const char *const fields[][2] = {{"From", " alice@example.fr"},
                                     {"Subject", words}};
    g_autoptr(Message) message = message_with(fields, 2);
    g_autoptr(Outline) outline = outline_of(message, "x\r\n");
    g_autoptr(Envelope) envelope = envelope_new();
    const RightAnswer right = {.class = RIGHT_UNKNOWN};
    g_autoptr(PolicyFacts) facts =
        describe_message(setup, envelope, message, &right, outline, 3);
    assert_true(facts->subject.incomplete);
    assert_true(describe_is_unreadable(facts));
}

static void
an_undecodable_subject_is_incomplete(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        {"Subject", " =?x-martian?B?AAAA?="}};
    g_autoptr(Message) message = message_with(fields, 1);
    g_autoptr(Envelope) envelope = envelope_new();
    const RightAnswer right = {0};
    g_autoptr(PolicyFacts) facts =
        describe_message(setup, envelope, message, &right, NULL, 0);
    assert_true(facts->subject.incomplete);
}

static void
kinds_are_read_from_header_and_body(void **state)
{
    (void)state;
    static const struct {
        const char *sender;
        const char *field[2];
        unsigned kinds;
    } rows[] = {
        {"<a@b>", {"Subject", " x"}, POLICY_KIND_ORDINARY},
        {"<>", {"Subject", " x"}, POLICY_KIND_BOUNCE},
        {"<a@b>", {"Auto-Submitted", " auto-replied"}, POLICY_KIND_AUTO_REPLY},
        {"<>", {"Auto-Submitted", " auto-replied"}, POLICY_KIND_AUTO_REPLY},
        {"<a@b>", {"Auto-Submitted", " no"}, POLICY_KIND_ORDINARY},
        {"<a@b>", {"Auto-Submitted", " notice"}, POLICY_KIND_AUTO_REPLY},
        {"<a@b>", {"List-Id", " <l.example>"}, POLICY_KIND_LIST},
        {"<a@b>", {"Precedence", " Bulk"}, POLICY_KIND_BULK},
        {"<a@b>",
         {"Content-Type", " text/calendar; method=REQUEST"},
         POLICY_KIND_CALENDAR},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Message) message = message_with(&rows[i].field, 1);
        g_autoptr(Envelope) envelope = envelope_new();
        envelope_set_sender(envelope, rows[i].sender, "");
        g_autoptr(Outline) outline = outline_of(message, "x\r\n");
        const RightAnswer right = {0};
        g_autoptr(PolicyFacts) facts =
            describe_message(setup, envelope, message, &right, outline, 3);
        assert_int_equal(facts->kinds, rows[i].kinds);
        assert_int_equal(facts->is_encrypted, TRUTH_FALSE);
        assert_true(facts->size_known);
    }
}

static void
only_one_from_with_one_mailbox_can_be_a_signer(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *signer;
    } rows[] = {
        {" Alice <Alice@Example.FR>", NULL, "Alice@example.fr"},
        {" a@b.example, c@d.example", NULL, NULL},
        {" a@b.example", " a@b.example", NULL},
        {" nobody", NULL, NULL},
        {" \"a@b.example\" <c@d.example>", NULL, "c@d.example"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *const fields[][2] = {{"From", rows[i].first},
                                         {"FROM", rows[i].second}};
        g_autoptr(Message) message =
            message_with(fields, rows[i].second != NULL ? 2 : 1);
        g_autofree char *signer = describe_signer(message);
        if (rows[i].signer == NULL)
            assert_null(signer);
        else
            assert_string_equal(signer, rows[i].signer);
    }
}

static void
the_named_are_those_of_to_and_cc(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        {"To", " Bob <BOB@partner.example>, team: eve@partner.example;"},
        {"Cc", " carol@partner.example"},
        {"Bcc", " dave@partner.example"}};
    g_autoptr(Message) message = message_with(fields, 3);
    g_autoptr(GHashTable) named = describe_named(message);
    assert_true(g_hash_table_contains(named, "bob@partner.example"));
    assert_true(g_hash_table_contains(named, "eve@partner.example"));
    assert_true(g_hash_table_contains(named, "carol@partner.example"));
    assert_false(g_hash_table_contains(named, "dave@partner.example"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_body_its_facts_are_unknown),
        cmocka_unit_test(a_sensitivity_is_the_word_whatever_stands_around_it),
        cmocka_unit_test(a_subject_past_all_comparisons_is_unreadable),
        cmocka_unit_test(an_undecodable_subject_is_incomplete),
        cmocka_unit_test(kinds_are_read_from_header_and_body),
        cmocka_unit_test(only_one_from_with_one_mailbox_can_be_a_signer),
        cmocka_unit_test(the_named_are_those_of_to_and_cc),
    };
    return cmocka_run_group_tests(tests, make_setup, drop_setup);
}
