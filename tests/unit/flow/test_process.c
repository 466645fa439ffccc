/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/process.h"

#include "flow/reply.h"
#include "mime/decode.h"
#include "tests/fakes/made_certificate.h"
#include "tests/fakes/made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const char policy[] = "policy 1\n"
                             "label confidentiel level 2\n"
                             "  when any subject has word \"confidentiel\"\n"
                             "rule confidential when labelled confidentiel\n"
                             "  then encrypt required, sign required\n"
                             "rule outgoing when recipient is outside\n"
                             "  then encrypt if-possible, sign if-possible\n";

static Setup *setup;
static State *journal;
static const char *type; /* of the next message's content; NULL: none */

static int
make_setup(void **state)
{
    (void)state;
    decode_init();
    setup = made_setup_new(policy, "");
    journal = state_open(setup->general->state, NULL);
    assert_non_null(journal);
    return 0;
}

static int
drop_setup(void **state)
{
    (void)state;
    state_free(journal);
    setup_unref(setup);
    made_setup_clean();
    return 0;
}

/* A message from alice to the given recipients (NULL-terminated). */
static Process *
start(const char *login, const char *subject, const char *const *recipients)
{
    Envelope *envelope = envelope_new();
    envelope_set_sender(envelope, "<alice@example.fr>", "");
    envelope->login = g_strdup(login);
    envelope->trusted_socket = true;
    g_autoptr(GString) to = g_string_new("");
    for (; *recipients != NULL; recipients++) {
        g_autofree char *path = g_strdup_printf("<%s>", *recipients);
        envelope_add_recipient(envelope, path, "", NULL);
        g_string_append_printf(to, "%s %s", to->len > 0 ? "," : "",
                               *recipients);
    }
    Message *message = message_new();
    g_autofree char *value = g_strdup_printf(" %s", subject);
    assert_true(message_add_field(message, "From", " alice@example.fr", NULL));
    assert_true(message_add_field(message, "To", to->str, NULL));
    assert_true(message_add_field(message, "Subject", value, NULL));
    assert_true(message_add_field(message, "Message-ID", " <1@x>", NULL));
    if (type != NULL)
        assert_true(message_add_field(message, "Content-Type", type, NULL));
    return process_new(setup, journal, envelope, message);
}

static Outcome *
finish(Process *process)
{
    process_headers(process);
    process_body(process, "Bonjour\r\n", 9);
    return process_end(process);
}

static void
mail_to_a_colleague_passes_without_its_body(void **state)
{
    (void)state;
    g_autoptr(Process) process =
        start("alice", "Confidentiel",
              (const char *const[]){"boss@example.fr", "postmaster", NULL});
    assert_int_equal(process_headers(process), PROCESS_PASS);
    g_autoptr(Outcome) outcome = process_end(process);
    assert_int_equal(outcome->kind, OUTCOME_UNTOUCHED);
}

static void
a_partner_with_a_certificate_gets_it_sealed(void **state)
{
    (void)state;
    g_autoptr(Process) process = start(
        "alice", "hello", (const char *const[]){"bob@partner.example", NULL});
    g_autoptr(Outcome) outcome = finish(process);
    assert_int_equal(outcome->kind, OUTCOME_REPLACE);
    assert_int_equal(outcome->copies->len, 0);
    assert_int_equal(outcome->removed->len, 0);
    const OutcomeReport *report = g_ptr_array_index(outcome->reports, 0);
    assert_string_equal(report->action, "signed+encrypted");
    char text[4096] = "";
    assert_true(outcome_body_read_at(&outcome->body, 0, text, sizeof text - 1,
                                     NULL) > 100);
    assert_null(strstr(text, "Bonjour"));
}

static void
mixed_recipients_get_each_their_copy(void **state)
{
    (void)state;
    g_autoptr(Process) process = start(
        "alice", "hello",
        (const char *const[]){"bob@partner.example", "carol@partner.example",
                              "eve@partner.example", NULL});
    g_autoptr(Outcome) outcome = finish(process);
    assert_int_equal(outcome->kind, OUTCOME_REPLACE);
    assert_int_equal(outcome->copies->len, 2);
    assert_int_equal(outcome->removed->len, 2);
    const OutcomeCopy *clear = g_ptr_array_index(outcome->copies, 1);
    assert_string_equal(clear->action, "signed");
    const EnvelopeRecipient *who = g_ptr_array_index(clear->recipients, 0);
    assert_string_equal(who->address, "carol@partner.example");
}

static void
confidential_without_a_certificate_is_refused_by_name(void **state)
{
    (void)state;
    g_autoptr(Process) process =
        start("alice", "=?UTF-8?B?W0NPTkZJREVOVElFTF0gcGxhbg==?=",
              (const char *const[]){"bob@partner.example",
                                    "carol@partner.example", NULL});
    g_autoptr(Outcome) outcome = finish(process);
    assert_int_equal(outcome->kind, OUTCOME_REFUSE);
    Reply reply = reply_make(outcome, NULL);
    g_autofree char *text = reply_format(&reply);
    assert_non_null(strstr(text, "carol@partner.example"));
    assert_null(strstr(text, "bob@partner.example"));
    reply_clear(&reply);
}

static void
without_login_nothing_is_signed(void **state)
{
    (void)state;
    g_autoptr(Process) process = start(
        NULL, "hello", (const char *const[]){"carol@partner.example", NULL});
    g_autoptr(Outcome) outcome = finish(process);
    assert_int_equal(outcome->kind, OUTCOME_UNTOUCHED);
    g_autoptr(Process) encrypted = start(
        NULL, "hello", (const char *const[]){"bob@partner.example", NULL});
    g_autoptr(Outcome) sealed = finish(encrypted);
    const OutcomeReport *report = g_ptr_array_index(sealed->reports, 0);
    assert_string_equal(report->action, "encrypted");
}

static void
a_copy_that_left_is_not_made_again(void **state)
{
    (void)state;
    const char *const both[] = {"bob@partner.example", "carol@partner.example",
                                NULL};
    g_autoptr(Process) first = start("alice", "once", both);
    g_autoptr(Outcome) before = finish(first);
    assert_int_equal(before->copies->len, 1);
    assert_true(state_add_copy(journal, before->identity,
                               "carol@partner.example", NULL));
    g_autoptr(Process) retry = start("alice", "once", both);
    g_autoptr(Outcome) after = finish(retry);
    assert_int_equal(after->copies->len, 0);
    assert_int_equal(after->removed->len, 1);
    const EnvelopeRecipient *gone = g_ptr_array_index(after->removed, 0);
    assert_string_equal(gone->address, "carol@partner.example");
}

static void
past_the_limit_is_refused_as_too_big(void **state)
{
    (void)state;
    g_autoptr(Process) process = start(
        "alice", "big", (const char *const[]){"carol@partner.example", NULL});
    process_headers(process);
    g_autofree char *chunk = g_malloc0(65536);
    memset(chunk, 'a', 65536);
    bool more = true;
    for (int i = 0; more && i < 100; i++)
        more = process_body(process, chunk, 65536);
    assert_false(more);
    g_autoptr(Outcome) outcome = process_end(process);
    assert_int_equal(outcome->kind, OUTCOME_REFUSE);
    Reply reply = reply_make(outcome, NULL);
    assert_string_equal(reply.code, "552");
    reply_clear(&reply);
}

static void
an_unreadable_recipient_is_refused(void **state)
{
    (void)state;
    g_autoptr(Process) process =
        start("alice", "hi", (const char *const[]){"a@b@c", NULL});
    g_autoptr(Outcome) outcome = finish(process);
    assert_int_equal(outcome->kind, OUTCOME_REFUSE);
}

static void
explaining_comes_to_the_same_plan_without_sealing(void **state)
{
    (void)state;
    g_autoptr(Process) process = start(
        "alice", "hello", (const char *const[]){"bob@partner.example", NULL});
    process_headers(process);
    g_autoptr(Outcome) outcome = process_explain(process);
    assert_int_equal(outcome->kind, OUTCOME_REPLACE);
    const Plan *plan = process_get_plan(process);
    assert_int_equal(plan->lines[0].treatment, TREAT_SIGN_ENCRYPT);
    assert_int_equal(process_get_decision(process, 0)->encrypt,
                     ENCRYPT_IF_POSSIBLE);
    assert_int_equal(process_get_answer(process, 0)->class, CERT_FOUND);
    assert_int_equal(process_get_right(process)->class, RIGHT_ALLOWED);
}

/* --- large messages, which are begun before their end ------------------- */

/* 200 kB of body with end after it. */
static Outcome *
finish_large(Process *process, const char *begin, const char *end)
{
    static const char line[] = "a line like every other one of them\r\n";
    process_headers(process);
    process_body(process, begin, strlen(begin));
    for (gsize size = 0; size < 200000; size += strlen(line))
        process_body(process, line, strlen(line));
    process_body(process, end, strlen(end));
    return process_end(process);
}

static bool
is_signature_good(Outcome *outcome)
{
    const Entity *entity = outcome->body.entity;
    gsize size = (gsize)entity_get_size(entity);
    g_autofree char *text = g_malloc(size);
    for (gsize at = 0; at < size;) {
        ssize_t got = entity_read_at(entity, at, text + at, size - at, NULL);
        assert_true(got > 0);
        at += (gsize)got;
    }
    return made_certificate_check_signed(text, size);
}

static void
large_mail_is_signed_as_it_leaves(void **state)
{
    (void)state;
    /* As it came; re-encoded at last; with a delimiter like ours. */
    static const char *const ends[] = {"end\r\n", "\303\251t\303\251\r\n",
                                       "--=_sceau_00\r\nend\r\n", ""};
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autoptr(Process) process =
            start("alice", "large",
                  (const char *const[]){"carol@partner.example", NULL});
        g_autoptr(Outcome) outcome = finish_large(process, "", ends[i]);
        assert_int_equal(outcome->kind, OUTCOME_REPLACE);
        const OutcomeReport *report = g_ptr_array_index(outcome->reports, 0);
        assert_string_equal(report->action, "signed");
        assert_true(is_signature_good(outcome));
    }
}

static void
what_the_body_says_outweighs_what_was_begun(void **state)
{
    (void)state;
    const char *inner = "--b\r\nContent-Type: message/rfc822\r\n\r\n"
                        "Subject: Confidentiel\r\n\r\nx\r\n"
                        "--b\r\n\r\n";
    type = " multipart/mixed; boundary=b";
    g_autoptr(Process) process = start(
        "alice", "large", (const char *const[]){"carol@partner.example", NULL});
    type = NULL;
    g_autoptr(Outcome) outcome = finish_large(process, inner, "--b--\r\n");
    assert_int_equal(outcome->kind, OUTCOME_REFUSE);
    assert_null(outcome->body.entity);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_to_a_colleague_passes_without_its_body),
        cmocka_unit_test(a_partner_with_a_certificate_gets_it_sealed),
        cmocka_unit_test(mixed_recipients_get_each_their_copy),
        cmocka_unit_test(confidential_without_a_certificate_is_refused_by_name),
        cmocka_unit_test(without_login_nothing_is_signed),
        cmocka_unit_test(a_copy_that_left_is_not_made_again),
        cmocka_unit_test(past_the_limit_is_refused_as_too_big),
        cmocka_unit_test(an_unreadable_recipient_is_refused),
        cmocka_unit_test(large_mail_is_signed_as_it_leaves),
        cmocka_unit_test(what_the_body_says_outweighs_what_was_begun),
        cmocka_unit_test(explaining_comes_to_the_same_plan_without_sealing),
    };
    return cmocka_run_group_tests(tests, make_setup, drop_setup);
}
