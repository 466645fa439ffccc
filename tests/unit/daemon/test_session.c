/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole conversations: an MTA's callbacks against the real story, with a fake
 * libmilter and a fake relay. */
#include "daemon/session.h"

#include "fake_milter.h"
#include "fake_relay.h"
#include "made_setup.h"
#include "mime/decode.h"

#include <libmilter/mfdef.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ALL_ACTIONS 0x1ffUL
#define ALL_STEPS   0x1fffffUL

static const FakeRelayPlan all_well = {.begin_fails = -1, .finish_fails = -1};

static const char policy_text[] =
    "policy 1\n"
    "label confidential level 2 when header \"Sensitivity\" is \"secret\"\n"
    "rule secret when labelled confidential then encrypt required, "
    "sign required\n"
    "rule broken when header \"X-Refuse\" is \"yes\" then refuse fr \"100% "
    "non\" en \"100% no\"\n"
    "rule outgoing when recipient is outside then encrypt if-possible, sign "
    "if-possible\n";

static SessionWorld world;
static struct smfiDesc filter;

static int
make_world(void **state)
{
    (void)state;
    decode_init();
    Setup *made = made_setup_new(policy_text, "");
    g_autofree char *path =
        g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    g_autoptr(Problems) problems = problems_new();
    Setup *setup = reload_load(path, problems);
    setup_unref(made);
    assert_non_null(setup);
    world.state = state_open(setup->general->state, NULL);
    assert_non_null(world.state);
    world.reload = reload_new(setup);
    filter = session_get_filter(&world);
    return 0;
}

static int
drop_world(void **state)
{
    (void)state;
    reload_free(world.reload);
    state_free(world.state);
    made_setup_clean();
    return 0;
}

/* --- an MTA ------------------------------------------------------------ */

static int
connect_mta(void **state)
{
    SMFICTX *ctx = fake_milter_new();
    unsigned long actions = 0, steps = 0, more_1 = 0, more_2 = 0;
    fake_relay_reset(&all_well);
    world.inet = false;
    assert_int_equal(filter.xxfi_negotiate(ctx, ALL_ACTIONS, ALL_STEPS, 0, 0,
                                           &actions, &steps, &more_1, &more_2),
                     SMFIS_CONTINUE);
    fake_milter_set_macro(ctx, "v", "Postfix 3.7.11");
    static char host[] = "client";
    assert_int_equal(filter.xxfi_connect(ctx, host, NULL), SMFIS_NOREPLY);
    *state = ctx;
    return 0;
}

static int
disconnect_mta(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(filter.xxfi_close(ctx), SMFIS_CONTINUE);
    assert_null(ctx->private_data);
    fake_milter_free(ctx);
    return 0;
}

static sfsistat
mail(SMFICTX *ctx, const char *path)
{
    g_autofree char *own = g_strdup(path);
    char size[] = "SIZE=100";
    char *arguments[] = {own, size, NULL};
    return filter.xxfi_envfrom(ctx, arguments);
}

static sfsistat
rcpt(SMFICTX *ctx, const char *path)
{
    g_autofree char *own = g_strdup(path);
    char *arguments[] = {own, NULL};
    return filter.xxfi_envrcpt(ctx, arguments);
}

static void
header(SMFICTX *ctx, const char *name, const char *value)
{
    g_autofree char *own_name = g_strdup(name);
    g_autofree char *own_value = g_strdup(value);
    assert_int_equal(filter.xxfi_header(ctx, own_name, own_value),
                     SMFIS_NOREPLY);
}

static void
body(SMFICTX *ctx, const char *text)
{
    g_autofree char *own = g_strdup(text);
    assert_int_equal(filter.xxfi_body(ctx, (unsigned char *)own, strlen(text)),
                     SMFIS_NOREPLY);
}

/* alice, logged in, writes to recipients (NULL-terminated); the header with
 * one field more. Gives EOH's status. */
static sfsistat
begin(SMFICTX *ctx, const char *const *recipients, const char *extra_name,
      const char *extra_value)
{
    fake_milter_set_macro(ctx, "{auth_authen}", "alice@example.fr");
    fake_milter_set_macro(ctx, "i", "4XYZ");
    assert_int_equal(mail(ctx, "<alice@example.fr>"), SMFIS_CONTINUE);
    g_autoptr(GString) to = g_string_new(NULL);
    for (const char *const *one = recipients; *one != NULL; one++) {
        assert_int_equal(rcpt(ctx, *one), SMFIS_NOREPLY);
        g_string_append_printf(to, "%s %s", to->len > 0 ? "," : "", *one);
    }
    header(ctx, "From", " alice@example.fr");
    header(ctx, "To", to->str);
    header(ctx, "Message-ID", " <1@client.example.fr>");
    header(ctx, "Subject", " hello\n\tfolded");
    if (extra_name != NULL)
        header(ctx, extra_name, extra_value);
    return filter.xxfi_eoh(ctx);
}

static const char *const bob_only[] = {"<bob@partner.example>", NULL};
static const char *const carol_only[] = {"<carol@partner.example>", NULL};
static const char *const both[] = {"<bob@partner.example>",
                                   "<carol@partner.example>", NULL};
static const char *const inside[] = {"<dora@example.fr>", NULL};

/* --- negotiating ------------------------------------------------------- */

static void
quiet_steps_are_those_the_mta_offers(void **state)
{
    (void)state;
    static const struct {
        unsigned long offered, granted;
    } cases[] = {
        {ALL_STEPS, SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_UNKN |
                        SMFIP_NR_RCPT | SMFIP_NR_DATA | SMFIP_NR_HDR |
                        SMFIP_NR_BODY | SMFIP_HDR_LEADSPC},
        {SMFIP_NR_HDR | SMFIP_NR_MAIL | SMFIP_NR_EOH, SMFIP_NR_HDR},
        {0, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        SMFICTX *ctx = fake_milter_new();
        unsigned long actions = 0, steps = 0, more_1 = 1, more_2 = 1;
        assert_int_equal(filter.xxfi_negotiate(ctx, ALL_ACTIONS,
                                               cases[i].offered, 0, 0, &actions,
                                               &steps, &more_1, &more_2),
                         SMFIS_CONTINUE);
        assert_int_equal(steps, cases[i].granted);
        assert_int_equal(more_1 | more_2, 0);
        assert_int_equal(actions, SMFIF_ADDHDRS | SMFIF_CHGHDRS |
                                      SMFIF_CHGBODY | SMFIF_ADDRCPT |
                                      SMFIF_DELRCPT | SMFIF_SETSYMLIST);
        (void)filter.xxfi_close(ctx);
        fake_milter_free(ctx);
    }
}

static void
an_mta_that_cannot_change_the_body_is_turned_down(void **state)
{
    (void)state;
    SMFICTX *ctx = fake_milter_new();
    unsigned long actions = 0, steps = 0, more_1 = 0, more_2 = 0;
    assert_int_equal(filter.xxfi_negotiate(ctx, ALL_ACTIONS & ~SMFIF_CHGBODY,
                                           ALL_STEPS, 0, 0, &actions, &steps,
                                           &more_1, &more_2),
                     SMFIS_REJECT);
    (void)filter.xxfi_close(ctx);
    fake_milter_free(ctx);
}

static void
without_negotiation_callbacks_answer(void **state)
{
    (void)state;
    SMFICTX *ctx = fake_milter_new();
    static char host[] = "client";
    assert_int_equal(filter.xxfi_connect(ctx, host, NULL), SMFIS_CONTINUE);
    assert_int_equal(filter.xxfi_helo(ctx, host), SMFIS_CONTINUE);
    assert_int_equal(rcpt(ctx, "<bob@partner.example>"), SMFIS_TEMPFAIL);
    assert_int_equal(mail(ctx, "<alice@example.fr>"), SMFIS_CONTINUE);
    assert_int_equal(rcpt(ctx, "<bob@partner.example>"), SMFIS_CONTINUE);
    (void)filter.xxfi_close(ctx);
    fake_milter_free(ctx);
}

/* --- messages ---------------------------------------------------------- */

static void
mail_inside_passes_at_the_end_of_the_header(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(begin(ctx, inside, NULL, NULL), SMFIS_ACCEPT);
    assert_string_equal(ctx->log->str, "");
    assert_null(ctx->reply);
}

static void
a_message_is_sealed_in_place(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(begin(ctx, bob_only, NULL, NULL), SMFIS_CONTINUE);
    body(ctx, "the clear text\r\n");
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_CONTINUE);
    assert_non_null(ctx->body);
    assert_null(strstr(ctx->body->str, "the clear text"));
    assert_non_null(
        strstr(ctx->log->str, "add Content-Type: application/pkcs7-mime"));
    assert_null(strstr(ctx->log->str, "remove"));
    assert_null(strstr(ctx->log->str, "\r"));
}

static void
mixed_recipients_get_copies(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(begin(ctx, both, NULL, NULL), SMFIS_CONTINUE);
    body(ctx, "the clear text\r\n");
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_CONTINUE);
    assert_non_null(strstr(fake_relay_get_log(),
                           "begin <alice@example.fr> <carol@partner.example>"));
    assert_non_null(strstr(fake_relay_get_log(), "multipart/signed"));
    assert_non_null(strstr(ctx->log->str, "remove <carol@partner.example>\n"));
    assert_null(strstr(ctx->log->str, "remove <bob@partner.example>"));
    assert_null(strstr(ctx->body->str, "the clear text"));
}

static void
a_copy_that_cannot_leave_defers_and_changes_nothing(void **state)
{
    SMFICTX *ctx = *state;
    fake_relay_reset(&(FakeRelayPlan){.begin_fails = 0,
                                      .finish_fails = -1,
                                      .result = RELAY_LATER,
                                      .recipient = -1,
                                      .text = "connection refused"});
    assert_int_equal(begin(ctx, both, "X-Case", " relay"), SMFIS_CONTINUE);
    body(ctx, "text\r\n");
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_TEMPFAIL);
    assert_int_equal(ctx->reply->str[0], '4');
    assert_string_equal(ctx->log->str, "");
}

static void
a_retry_does_not_send_a_copy_twice(void **state)
{
    SMFICTX *ctx = *state;
    for (int attempt = 0; attempt < 2; attempt++) {
        fake_relay_reset(&all_well);
        fake_milter_clear(ctx);
        ctx->failing = attempt == 0 ? "smfi_replacebody" : NULL;
        assert_int_equal(begin(ctx, both, "X-Case", " retry"), SMFIS_CONTINUE);
        body(ctx, "text\r\n");
        assert_int_equal(filter.xxfi_eom(ctx),
                         attempt == 0 ? SMFIS_TEMPFAIL : SMFIS_CONTINUE);
        bool sent = strstr(fake_relay_get_log(), "finish") != NULL;
        assert_int_equal(sent, attempt == 0);
    }
    assert_non_null(strstr(ctx->log->str, "remove <carol@partner.example>\n"));
}

static void
a_rule_refuses_with_its_words(void **state)
{
    SMFICTX *ctx = *state;
    sfsistat status = begin(ctx, carol_only, "X-Refuse", " yes");
    if (status == SMFIS_CONTINUE) {
        body(ctx, "text\r\n");
        status = filter.xxfi_eom(ctx);
    }
    assert_int_equal(status, SMFIS_REJECT);
    assert_int_equal(ctx->reply->str[0], '5');
    assert_non_null(strstr(ctx->reply->str, "100%% no"));
    assert_non_null(strstr(ctx->reply->str, "carol@partner.example"));
    assert_string_equal(ctx->log->str, "");
    assert_string_equal(fake_relay_get_log(), "");
}

static void
confidential_without_certificate_is_refused(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(begin(ctx, both, "Sensitivity", " secret"),
                     SMFIS_CONTINUE);
    body(ctx, "text\r\n");
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_REJECT);
    assert_non_null(strstr(ctx->reply->str, "carol@partner.example"));
    assert_null(strstr(ctx->reply->str, "bob@partner.example"));
    assert_string_equal(fake_relay_get_log(), "");
}

static void
a_login_on_an_untrusted_socket_signs_nothing(void **state)
{
    SMFICTX *ctx = *state;
    world.inet = true;
    assert_int_equal(begin(ctx, carol_only, NULL, NULL), SMFIS_CONTINUE);
    body(ctx, "text\r\n");
    sfsistat status = filter.xxfi_eom(ctx);
    assert_true(status == SMFIS_ACCEPT || status == SMFIS_CONTINUE);
    assert_null(ctx->body);
}

static void
several_messages_share_a_connection(void **state)
{
    SMFICTX *ctx = *state;
    a_rule_refuses_with_its_words(state);
    fake_milter_clear(ctx);
    mail_inside_passes_at_the_end_of_the_header(state);
    fake_milter_clear(ctx);
    fake_relay_reset(&all_well);
    a_message_is_sealed_in_place(state);
}

/* --- surprises --------------------------------------------------------- */

static void
abort_anywhere_forgets_the_message(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(filter.xxfi_abort(ctx), SMFIS_CONTINUE);
    assert_int_equal(mail(ctx, "<alice@example.fr>"), SMFIS_CONTINUE);
    assert_int_equal(filter.xxfi_abort(ctx), SMFIS_CONTINUE);
    assert_int_equal(begin(ctx, bob_only, NULL, NULL), SMFIS_CONTINUE);
    body(ctx, "text\r\n");
    assert_int_equal(filter.xxfi_abort(ctx), SMFIS_CONTINUE);
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_TEMPFAIL);
    assert_string_equal(ctx->log->str, "");
}

static void
steps_out_of_order_are_temporary_failures(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(filter.xxfi_eoh(ctx), SMFIS_TEMPFAIL);
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_TEMPFAIL);
    header(ctx, "Subject", " lost");
    body(ctx, "lost\r\n");
    assert_int_equal(rcpt(ctx, "<bob@partner.example>"), SMFIS_NOREPLY);
    assert_int_equal(mail(ctx, "<alice@example.fr>"), SMFIS_CONTINUE);
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_TEMPFAIL);
    assert_int_equal(begin(ctx, bob_only, NULL, NULL), SMFIS_CONTINUE);
    assert_int_equal(filter.xxfi_eoh(ctx), SMFIS_TEMPFAIL);
}

static void
a_header_past_the_limit_is_refused(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(mail(ctx, "<alice@example.fr>"), SMFIS_CONTINUE);
    assert_int_equal(rcpt(ctx, "<carol@partner.example>"), SMFIS_NOREPLY);
    for (int i = 0; i < 10001; i++)
        header(ctx, "X-Many", " x");
    assert_int_equal(filter.xxfi_eoh(ctx), SMFIS_REJECT);
    assert_int_equal(ctx->reply->str[0], '5');
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_TEMPFAIL);
}

static void
mail_inside_passes_whatever_its_header(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(mail(ctx, "<spam@elsewhere.example>"), SMFIS_CONTINUE);
    assert_int_equal(rcpt(ctx, "<dora@example.fr>"), SMFIS_NOREPLY);
    for (int i = 0; i < 10001; i++)
        header(ctx, "X-Many", " x");
    assert_int_equal(filter.xxfi_eoh(ctx), SMFIS_ACCEPT);
}

static void
a_body_past_the_limit_is_refused(void **state)
{
    SMFICTX *ctx = *state;
    g_autofree char *chunk = g_strnfill(65535, 'a');
    assert_int_equal(begin(ctx, bob_only, NULL, NULL), SMFIS_CONTINUE);
    for (int i = 0; i < 70; i++)
        body(ctx, chunk);
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_REJECT);
    assert_int_equal(strncmp(ctx->reply->str, "552 5.3.4", 9), 0);
    assert_string_equal(ctx->log->str, "");
}

static void
a_message_without_header_and_body_is_answered(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(mail(ctx, "<>"), SMFIS_CONTINUE);
    assert_int_equal(rcpt(ctx, "<carol@partner.example>"), SMFIS_NOREPLY);
    sfsistat status = filter.xxfi_eoh(ctx);
    if (status == SMFIS_CONTINUE)
        status = filter.xxfi_eom(ctx);
    assert_true(status == SMFIS_ACCEPT || status == SMFIS_CONTINUE);
}

static void
a_recipient_that_cannot_be_read_never_passes(void **state)
{
    SMFICTX *ctx = *state;
    static const char *const broken[] = {"<a@b@c>", NULL};
    sfsistat status = begin(ctx, broken, NULL, NULL);
    if (status == SMFIS_CONTINUE)
        status = filter.xxfi_eom(ctx);
    assert_true(status == SMFIS_REJECT || status == SMFIS_TEMPFAIL);
}

/* Last: there is no way back. */
static void
a_stopping_process_begins_nothing(void **state)
{
    SMFICTX *ctx = *state;
    assert_int_equal(begin(ctx, bob_only, NULL, NULL), SMFIS_CONTINUE);
    assert_true(session_stop(0));
    assert_int_equal(filter.xxfi_eom(ctx), SMFIS_TEMPFAIL);
    assert_int_equal(mail(ctx, "<alice@example.fr>"), SMFIS_TEMPFAIL);
    assert_string_equal(ctx->log->str, "");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, connect_mta, disconnect_mta)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_steps_are_those_the_mta_offers),
        cmocka_unit_test(an_mta_that_cannot_change_the_body_is_turned_down),
        cmocka_unit_test(without_negotiation_callbacks_answer),
        TEST(mail_inside_passes_at_the_end_of_the_header),
        TEST(a_message_is_sealed_in_place),
        TEST(mixed_recipients_get_copies),
        TEST(a_copy_that_cannot_leave_defers_and_changes_nothing),
        TEST(a_retry_does_not_send_a_copy_twice),
        TEST(a_rule_refuses_with_its_words),
        TEST(confidential_without_certificate_is_refused),
        TEST(a_login_on_an_untrusted_socket_signs_nothing),
        TEST(several_messages_share_a_connection),
        TEST(abort_anywhere_forgets_the_message),
        TEST(steps_out_of_order_are_temporary_failures),
        TEST(a_header_past_the_limit_is_refused),
        TEST(mail_inside_passes_whatever_its_header),
        TEST(a_body_past_the_limit_is_refused),
        TEST(a_message_without_header_and_body_is_answered),
        TEST(a_recipient_that_cannot_be_read_never_passes),
        TEST(a_stopping_process_begins_nothing),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
