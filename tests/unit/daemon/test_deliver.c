/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/deliver.h"

#include "base/mailbox.h"
#include "fake_milter.h"
#include "fake_relay.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const FakeRelayPlan all_well = {.begin_fails = -1, .finish_fails = -1};

/* An outcome with the body and a header changed in place for carol, one copy
 * for bob and dave, one for eve. */
typedef struct {
    SMFICTX *ctx;
    Envelope *envelope;
    Outcome *outcome;
    State *state;
    char *dir;
    SpoolSettings spool;
    RelaySettings relay;
} Stage;

static Spool *
make_body(const Stage *stage, const char *text, gsize size)
{
    Spool *body = spool_new(&stage->spool);
    assert_true(spool_write(body, text, size, NULL));
    assert_true(spool_seal(body, NULL));
    return body;
}

static void
add_change(Stage *stage, const char *name, const char *value, unsigned instance)
{
    OutcomeChange *change = g_new0(OutcomeChange, 1);
    change->name = g_strdup(name);
    change->value = g_strdup(value);
    change->instance = instance;
    g_ptr_array_add(stage->outcome->changes, change);
}

static void
free_field(gpointer field)
{
    field_free(field);
}

static void
add_copy(Stage *stage, const char *text, unsigned first, unsigned count)
{
    OutcomeCopy *copy = g_new0(OutcomeCopy, 1);
    copy->fields = g_ptr_array_new_with_free_func(free_field);
    g_ptr_array_add(copy->fields, field_new("Subject", " hello"));
    copy->recipients = g_ptr_array_new();
    for (unsigned i = first; i < first + count; i++) {
        gpointer recipient = g_ptr_array_index(stage->envelope->recipients, i);
        g_ptr_array_add(copy->recipients, recipient);
        g_ptr_array_add(stage->outcome->removed, recipient);
    }
    copy->body.spool = make_body(stage, text, strlen(text));
    copy->action = "encrypted";
    g_ptr_array_add(stage->outcome->copies, copy);
}

static void
add_reports(Stage *stage)
{
    for (guint i = 0; i < stage->envelope->recipients->len; i++) {
        OutcomeReport *report = g_new0(OutcomeReport, 1);
        report->address =
            g_strdup(envelope_get_recipient(stage->envelope, i)->address);
        report->action = i == 0 ? "signed" : "encrypted";
        g_ptr_array_add(stage->outcome->reports, report);
    }
}

static int
set_up(void **state)
{
    Stage *stage = g_new0(Stage, 1);
    stage->dir = g_dir_make_tmp("sceau-test-XXXXXX", NULL);
    assert_non_null(stage->dir);
    stage->spool = (SpoolSettings){
        .path = stage->dir, .memory_bytes = 1 << 20, .limit_bytes = 1 << 22};
    static char server[] = "unix:/fake";
    stage->relay.server = server;
    stage->state = state_open(stage->dir, NULL);
    assert_non_null(stage->state);
    stage->ctx = fake_milter_new();
    stage->envelope = envelope_new();
    envelope_set_sender(stage->envelope, "<alice@example.fr>", "");
    static const char *const paths[] = {"<carol@Example.COM>",
                                        "<Bob@x.example>", "<dave@x.example>",
                                        "<eve@y.example>"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
        envelope_add_recipient(stage->envelope, paths[i], "", NULL);
    stage->outcome = outcome_new();
    stage->outcome->kind = OUTCOME_REPLACE;
    stage->outcome->identity = g_strdup("0123abcd");
    stage->outcome->body.spool = make_body(stage, "sealed\r\n", 8);
    add_change(stage, "Content-Type", NULL, 2);
    add_change(stage, "Content-Type", NULL, 1);
    add_change(stage, "Content-Type", " a/b;\r\n\tc=d", 0);
    add_copy(stage, "for x\r\n", 1, 2);
    add_copy(stage, "for y\r\n", 3, 1);
    add_reports(stage);
    fake_relay_reset(&all_well);
    *state = stage;
    return 0;
}

static int
tear_down(void **state)
{
    Stage *stage = *state;
    outcome_free(stage->outcome);
    envelope_free(stage->envelope);
    fake_milter_free(stage->ctx);
    state_free(stage->state);
    GDir *dir = g_dir_open(stage->dir, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(stage->dir, name, NULL);
        (void)g_unlink(path);
    }
    if (dir != NULL)
        g_dir_close(dir);
    (void)g_rmdir(stage->dir);
    g_free(stage->dir);
    g_free(stage);
    return 0;
}

static void
deliver(Stage *stage, bool leading_blanks)
{
    const Delivery delivery = {
        .ctx = stage->ctx,
        .relay = &stage->relay,
        .spool = &stage->spool,
        .state = stage->state,
        .envelope = stage->envelope,
        .leading_blanks = leading_blanks,
    };
    deliver_outcome(&delivery, stage->outcome);
}

static StateAnswer
journal_has(const Stage *stage, const char *address)
{
    g_autofree char *key = mailbox_fold(address);
    return state_find_copy(stage->state, stage->outcome->identity, key);
}

static const char *
get_action(const Stage *stage, guint recipient)
{
    const OutcomeReport *report =
        g_ptr_array_index(stage->outcome->reports, recipient);
    return report->action;
}

static const char *
get_reason(const Stage *stage)
{
    assert_true(stage->outcome->reasons->len > 0);
    const OutcomeReason *reason = g_ptr_array_index(stage->outcome->reasons, 0);
    return reason->text_en;
}

/* From memory as it lies there, and from the spool's file. */
static void
a_large_body_arrives_whole(void **state)
{
    Stage *stage = *state;
    gsize size = 200000;
    g_autofree char *text = g_malloc(size);
    for (gsize i = 0; i < size; i++)
        text[i] = (char)('a' + (i + i / 26) % 26);
    for (int file = 0; file < 2; file++) {
        SpoolSettings settings = stage->spool;
        settings.memory_bytes = file ? 4096 : size;
        settings.limit_bytes = size;
        spool_unref(stage->outcome->body.spool);
        stage->outcome->body.spool = spool_new(&settings);
        assert_true(spool_write(stage->outcome->body.spool, text, size, NULL));
        assert_true(spool_seal(stage->outcome->body.spool, NULL));
        fake_milter_clear(stage->ctx);
        deliver(stage, true);
        assert_int_equal(stage->ctx->body->len, size);
        assert_memory_equal(stage->ctx->body->str, text, size);
    }
}

static void
copies_leave_before_anything_changes(void **state)
{
    Stage *stage = *state;
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_REPLACE);
    assert_string_equal(fake_relay_get_log(),
                        "begin <alice@example.fr> <Bob@x.example> "
                        "<dave@x.example>\n"
                        "begin <alice@example.fr> <eve@y.example>\n"
                        "finish\nSubject: hello\r\n\r\nfor x\r\n"
                        "finish\nSubject: hello\r\n\r\nfor y\r\n");
    assert_string_equal(stage->ctx->log->str,
                        "body\n"
                        "remove <Bob@x.example>\n"
                        "remove <dave@x.example>\n"
                        "remove <eve@y.example>\n"
                        "change Content-Type[2] delete\n"
                        "change Content-Type[1] delete\n"
                        "add Content-Type: a/b;\n\tc=d\n");
    assert_string_equal(stage->ctx->body->str, "sealed\r\n");
    assert_true(stage->ctx->progress > 0);
    assert_int_equal(fake_relay_count_open(), 0);
}

/* As 120 recipients in Bcc make them. */
static void
add_many_copies(Stage *stage)
{
    for (unsigned i = 0; i < 120; i++) {
        g_autofree char *path = g_strdup_printf("<r%u@z.example>", i);
        envelope_add_recipient(stage->envelope, path, "", NULL);
        add_copy(stage, "for z\r\n", 4 + i, 1);
    }
}

static unsigned
count_steps(const char *step)
{
    unsigned count = 0;
    for (const char *c = fake_relay_get_log(); (c = strstr(c, step)) != NULL;
         c++)
        count++;
    return count;
}

static void
many_copies_leave_over_few_connections(void **state)
{
    Stage *stage = *state;
    add_many_copies(stage);
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_REPLACE);
    assert_int_equal(count_steps("finish\n"), 122);
    assert_int_equal(fake_relay_count_connections(), 10);
    assert_int_equal(fake_relay_count_open(), 0);
    /* Each was tried before the first left, and sent once. */
    const char *first = strstr(fake_relay_get_log(), "finish\n");
    for (unsigned i = 0; i < 120; i++) {
        g_autofree char *path = g_strdup_printf(" <r%u@z.example>\n", i);
        const char *tried = strstr(fake_relay_get_log(), path);
        assert_true(tried != NULL && tried < first);
        g_autofree char *address = g_strdup_printf("r%u@z.example", i);
        assert_int_equal(journal_has(stage, address), STATE_YES);
    }
    assert_non_null(strstr(first, "<r119@z.example>\nfinish\n"));
}

static void
the_last_of_many_refused_keeps_all_back(void **state)
{
    Stage *stage = *state;
    add_many_copies(stage);
    for (int failing = 8; failing < 122; failing += 113) {
        stage->outcome->kind = OUTCOME_REPLACE;
        fake_relay_reset(&(FakeRelayPlan){.begin_fails = failing,
                                          .finish_fails = -1,
                                          .result = RELAY_REFUSED,
                                          .recipient = 0,
                                          .text = "550 5.1.1 unknown"});
        deliver(stage, true);
        assert_int_equal(stage->outcome->kind, OUTCOME_REFUSE);
        assert_int_equal(count_steps("finish\n"), 0);
        assert_int_equal(fake_relay_count_open(), 0);
    }
}

static void
a_change_of_mind_after_copies_left_is_a_later(void **state)
{
    Stage *stage = *state;
    add_many_copies(stage);
    /* 122 were tried; the second of those begun anew is number 10. */
    fake_relay_reset(&(FakeRelayPlan){.begin_fails = 123,
                                      .finish_fails = -1,
                                      .result = RELAY_REFUSED,
                                      .recipient = 0,
                                      .text = "550 5.1.1 unknown"});
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_LATER);
    assert_int_equal(count_steps("finish\n"), 10);
    assert_int_equal(journal_has(stage, "r7@z.example"), STATE_YES);
    assert_int_equal(journal_has(stage, "r8@z.example"), STATE_NO);
}

static void
each_copy_is_journalled(void **state)
{
    Stage *stage = *state;
    deliver(stage, true);
    assert_int_equal(journal_has(stage, "bob@x.example"), STATE_YES);
    assert_int_equal(journal_has(stage, "dave@x.example"), STATE_YES);
    assert_int_equal(journal_has(stage, "eve@y.example"), STATE_YES);
    assert_int_equal(journal_has(stage, "carol@example.com"), STATE_NO);
}

static void
without_leading_blanks_the_mta_writes_its_own(void **state)
{
    Stage *stage = *state;
    deliver(stage, false);
    assert_non_null(strstr(stage->ctx->log->str, "add Content-Type:a/b;\n\t"));
}

static void
a_recipient_the_relay_refuses_refuses_the_message(void **state)
{
    Stage *stage = *state;
    fake_relay_reset(&(FakeRelayPlan){.begin_fails = 0,
                                      .finish_fails = -1,
                                      .result = RELAY_REFUSED,
                                      .recipient = 1,
                                      .text = "550 5.1.1 unknown"});
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_REFUSE);
    const OutcomeReason *reason = g_ptr_array_index(stage->outcome->reasons, 0);
    assert_string_equal(reason->address, "dave@x.example");
    assert_non_null(strstr(reason->text_en, "550 5.1.1 unknown"));
    assert_string_equal(stage->ctx->log->str, "");
    assert_null(strstr(fake_relay_get_log(), "finish"));
    assert_string_equal(get_action(stage, 0), "refused");
}

static void
nothing_leaves_when_the_last_copy_cannot_begin(void **state)
{
    Stage *stage = *state;
    fake_relay_reset(&(FakeRelayPlan){.begin_fails = 1,
                                      .finish_fails = -1,
                                      .result = RELAY_LATER,
                                      .recipient = 0,
                                      .text = "450 4.2.0 greylisted"});
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_LATER);
    assert_null(strstr(fake_relay_get_log(), "finish"));
    assert_non_null(strstr(fake_relay_get_log(), "drop"));
    assert_int_equal(fake_relay_count_open(), 0);
    assert_string_equal(stage->ctx->log->str, "");
    assert_int_equal(journal_has(stage, "bob@x.example"), STATE_NO);
    assert_string_equal(get_action(stage, 1), "deferred");
}

static void
a_refusal_after_a_copy_left_is_a_later(void **state)
{
    Stage *stage = *state;
    fake_relay_reset(&(FakeRelayPlan){.begin_fails = -1,
                                      .finish_fails = 1,
                                      .result = RELAY_REFUSED,
                                      .recipient = -1,
                                      .text = "554 5.6.0 no"});
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_LATER);
    assert_string_equal(stage->ctx->log->str, "");
    assert_int_equal(journal_has(stage, "bob@x.example"), STATE_YES);
    assert_int_equal(journal_has(stage, "eve@y.example"), STATE_NO);
    assert_string_equal(get_action(stage, 1), "encrypted");
    assert_string_equal(get_action(stage, 3), "deferred");
    assert_null(strstr(get_reason(stage), "554"));
}

static void
a_refusal_of_the_first_data_refuses_the_message(void **state)
{
    Stage *stage = *state;
    fake_relay_reset(&(FakeRelayPlan){.begin_fails = -1,
                                      .finish_fails = 0,
                                      .result = RELAY_REFUSED,
                                      .recipient = -1,
                                      .text = "552 5.3.4 too big"});
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_REFUSE);
    assert_non_null(strstr(get_reason(stage), "552 5.3.4 too big"));
    assert_non_null(strstr(fake_relay_get_log(), "drop"));
    assert_string_equal(stage->ctx->log->str, "");
}

static void
a_change_the_mta_does_not_take_is_a_later(void **state)
{
    Stage *stage = *state;
    static const char *const functions[] = {"smfi_replacebody", "smfi_delrcpt",
                                            "smfi_chgheader", "smfi_addheader"};
    for (gsize i = 0; i < G_N_ELEMENTS(functions); i++) {
        stage->outcome->kind = OUTCOME_REPLACE;
        fake_relay_reset(&all_well);
        fake_milter_clear(stage->ctx);
        stage->ctx->failing = functions[i];
        deliver(stage, true);
        assert_int_equal(stage->outcome->kind, OUTCOME_LATER);
        assert_int_equal(journal_has(stage, "bob@x.example"), STATE_YES);
    }
}

static void
a_body_of_several_chunks_arrives_whole(void **state)
{
    Stage *stage = *state;
    g_autofree char *text = g_malloc(200000);
    for (int i = 0; i < 200000; i++)
        text[i] = (char)('a' + i % 26);
    spool_unref(stage->outcome->body.spool);
    stage->outcome->body.spool = make_body(stage, text, 200000);
    deliver(stage, true);
    assert_int_equal(stage->ctx->body->len, 200000);
    assert_memory_equal(stage->ctx->body->str, text, 200000);
}

static void
an_empty_body_replaces_the_old_one(void **state)
{
    Stage *stage = *state;
    spool_unref(stage->outcome->body.spool);
    stage->outcome->body.spool = make_body(stage, "", 0);
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_REPLACE);
    assert_non_null(stage->ctx->body);
    assert_int_equal(stage->ctx->body->len, 0);
}

static void
no_body_leaves_the_old_one(void **state)
{
    Stage *stage = *state;
    outcome_body_clear(&stage->outcome->body);
    deliver(stage, true);
    assert_int_equal(stage->outcome->kind, OUTCOME_REPLACE);
    assert_null(stage->ctx->body);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(copies_leave_before_anything_changes),
        TEST(a_large_body_arrives_whole),
        TEST(many_copies_leave_over_few_connections),
        TEST(the_last_of_many_refused_keeps_all_back),
        TEST(a_change_of_mind_after_copies_left_is_a_later),
        TEST(each_copy_is_journalled),
        TEST(without_leading_blanks_the_mta_writes_its_own),
        TEST(a_recipient_the_relay_refuses_refuses_the_message),
        TEST(nothing_leaves_when_the_last_copy_cannot_begin),
        TEST(a_refusal_after_a_copy_left_is_a_later),
        TEST(a_refusal_of_the_first_data_refuses_the_message),
        TEST(a_change_the_mta_does_not_take_is_a_later),
        TEST(a_body_of_several_chunks_arrives_whole),
        TEST(an_empty_body_replaces_the_old_one),
        TEST(no_body_leaves_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
