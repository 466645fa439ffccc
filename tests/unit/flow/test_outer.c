/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/outer.h"

#include "mime/decode.h"
#include "mime/protect.h"
#include "tests/fakes/made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const char policy[] =
    "policy 1\n"
    "label confidentiel level 2 when any subject has word \"confidentiel\"\n"
    "rule r when labelled then encrypt required\n";

static const char *const fields[][2] = {
    {"From", " alice@example.fr"},
    {"DKIM-Signature", " v=1; a=rsa-sha256;\r\n d=example.fr; s=x; b=YQ=="},
    {"DKIM-Signature", " v=1; d=other.example; b=YQ=="},
    {"Bcc", " hidden@partner.example"},
    {"Subject", " [Confidentiel]\r\n =?utf-8?Q?pl=C3=A2n?="},
    {"Thread-Topic", " plan"},
    {"Thread-Index", " AdX="},
    {"Keywords", " merger"},
    {"References", " <1@example.fr>"},
    {"Subject", " second"},
    {"Content-Type", " text/plain"},
    {"Resent-Bcc", " hidden2@partner.example"},
};

static Message *
make_message(void)
{
    Message *message = message_new();
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        assert_true(
            message_add_field(message, fields[i][0], fields[i][1], NULL));
    return message;
}

/* All that stands outside, a line each. */
static char *
read_outer(const Outer *outer)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < outer->fields->len; i++) {
        const OuterField *field = g_ptr_array_index(outer->fields, i);
        if (field->value != NULL)
            g_string_append_printf(text, "%s:%s\r\n", field->field->name,
                                   field->value);
    }
    for (guint i = 0; i < outer->added->len; i++) {
        const Field *field = g_ptr_array_index(outer->added, i);
        g_string_append_printf(text, "%s:%s\r\n", field->name, field->value);
    }
    assert_int_equal(outer_get_size(outer), text->len);
    return g_string_free(text, FALSE);
}

static char *
outer_of(const char *extra, bool sealed, const Form *form, const char *date)
{
    g_autoptr(Message) message = make_message();
    g_autoptr(Setup) setup = made_setup_new(policy, extra);
    const OuterSource source = {message, setup, date};
    g_autoptr(Outer) outer = outer_new(&source, sealed, form);
    assert_true(outer_is_changed(outer));
    char *text = read_outer(outer);
    made_setup_clean();
    return text;
}

#define OWN_DKIM                                                               \
    "DKIM-Signature: v=1; a=rsa-sha256;\r\n d=example.fr; s=x; b=YQ==\r\n"
#define OTHER_DKIM "DKIM-Signature: v=1; d=other.example; b=YQ==\r\n"
#define SUBJECT    "Subject: [Confidentiel]\r\n =?utf-8?Q?pl=C3=A2n?=\r\n"
#define THREAD     "Thread-Topic: plan\r\nThread-Index: AdX=\r\n"

static void
a_clear_copy_loses_its_blind_copies_alone(void **state)
{
    (void)state;
    const Form form = {0};
    g_autofree char *text = outer_of("", false, &form, " date");
    assert_string_equal(
        text, "From: alice@example.fr\r\n" OWN_DKIM OTHER_DKIM SUBJECT THREAD
              "Keywords: merger\r\n"
              "References: <1@example.fr>\r\n"
              "Subject: second\r\n"
              "Content-Type: text/plain\r\n");
}

static void
a_sealed_copy_keeps_all_else_in_its_order(void **state)
{
    (void)state;
    const Form form = {0};
    g_autofree char *text = outer_of("", true, &form, " date");
    assert_string_equal(text,
                        "From: alice@example.fr\r\n" OTHER_DKIM SUBJECT THREAD
                        "Keywords: merger\r\n"
                        "References: <1@example.fr>\r\n"
                        "Subject: second\r\n"
                        "Date: date\r\n");
    g_autofree char *kept = outer_of("dkim = keep\n", true, &form, NULL);
    assert_non_null(strstr(kept, OWN_DKIM));
}

static void
a_replaced_subject_is_nowhere_outside(void **state)
{
    (void)state;
    const Form form = {.is_encrypted = true,
                       .subject = WANT_SUBJECT_REPLACED,
                       .subject_is = "Message chiffr\303\251"};
    g_autofree char *text = outer_of("", true, &form, NULL);
    assert_string_equal(text,
                        "From: alice@example.fr\r\n" OTHER_DKIM
                        "Subject: =?utf-8?B?TWVzc2FnZSBjaGlmZnLDqQ==?=\r\n"
                        "References: <1@example.fr>\r\n");
}

static void
what_is_hidden_stands_inside(void **state)
{
    (void)state;
    g_autoptr(Message) message = make_message();
    g_autoptr(Setup) setup = made_setup_new(policy, "");
    const OuterSource source = {message, setup, " date"};
    const Form form = {.is_encrypted = true,
                       .subject = WANT_SUBJECT_REPLACED,
                       .subject_is = "..."};
    g_autoptr(Outer) outer = outer_new(&source, true, &form);
    g_autofree char *display = outer_make_display(outer);
    assert_string_equal(display, "Subject: [Confidentiel] pl\303\242n\n"
                                 "Subject: second\n"
                                 "Keywords: merger\n");
    g_autoptr(GPtrArray) inside = outer_list_protected(outer);
    static const char *const rows[][3] = {
        {"From", " alice@example.fr", " alice@example.fr"},
        {"Subject", " [Confidentiel]\r\n =?utf-8?Q?pl=C3=A2n?=", " ..."},
        {"Thread-Topic", " plan", NULL},
        {"Thread-Index", " AdX=", NULL},
        {"Keywords", " merger", NULL},
        {"References", " <1@example.fr>", " <1@example.fr>"},
        {"Subject", " second", NULL},
        {"Date", " date", " date"},
    };
    assert_int_equal(inside->len, G_N_ELEMENTS(rows));
    for (guint i = 0; i < inside->len; i++) {
        const ProtectField *field = g_ptr_array_index(inside, i);
        assert_string_equal(field->name, rows[i][0]);
        assert_string_equal(field->inner, rows[i][1]);
        assert_int_equal(g_strcmp0(field->outer, rows[i][2]), 0);
    }
    made_setup_clean();
}

static void
a_tag_is_taken_out_of_the_subject_alone(void **state)
{
    (void)state;
    const Form form = {.subject = WANT_SUBJECT_WITHOUT_TAG};
    g_autofree char *text = outer_of("", true, &form, NULL);
    assert_non_null(strstr(text, "\r\nSubject: =?utf-8?B?cGzDom4=?=\r\n"));
    assert_non_null(strstr(text, "\r\n" THREAD));
    assert_non_null(strstr(text, "\r\nSubject: second\r\n"));
}

static void
only_our_own_domains_dkim_is_ours(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool own;
    } rows[] = {
        {" v=1; d=example.fr; b=x", true}, {" d = EXAMPLE.FR", true},
        {" d=other.example", false},       {" v=1; b=d=example.fr", false},
        {" dd=example.fr", false},         {"", false},
    };
    g_autoptr(Setup) setup = made_setup_new(policy, "");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Message) message = message_new();
        assert_true(
            message_add_field(message, "DKIM-Signature", rows[i].value, NULL));
        const OuterSource source = {message, setup, NULL};
        if (outer_has_own_dkim(&source) != rows[i].own)
            fail_msg("%s", rows[i].value);
    }
    made_setup_clean();
}

static void
dates_are_as_the_standard_writes_them(void **state)
{
    (void)state;
    g_autofree char *date = outer_format_date(1764000005);
    assert_string_equal(date, " Mon, 24 Nov 2025 16:00:05 +0000");
    gint64 back = 0;
    assert_true(decode_date(date, &back));
    assert_int_equal(back, 1764000005);
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clear_copy_loses_its_blind_copies_alone),
        cmocka_unit_test(a_sealed_copy_keeps_all_else_in_its_order),
        cmocka_unit_test(a_replaced_subject_is_nowhere_outside),
        cmocka_unit_test(what_is_hidden_stands_inside),
        cmocka_unit_test(a_tag_is_taken_out_of_the_subject_alone),
        cmocka_unit_test(only_our_own_domains_dkim_is_ours),
        cmocka_unit_test(dates_are_as_the_standard_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
