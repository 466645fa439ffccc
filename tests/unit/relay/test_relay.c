/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay/relay.h"

#include "base/error.h"
#include "tests/fakes/fake_smtp.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_MS 10000
#define UNKNOWN     "it is not known whether the copy was accepted: "
#define HEADER      "Subject: x\r\n"

static const RelayRecipient bob_and_carol[] = {{"<bob@partner.example>", ""},
                                               {"<carol@partner.example>", ""}};

static const RelayEnvelope plain = {.sender_path = "<alice@example.fr>",
                                    .parameters = "",
                                    .recipients = bob_and_carol,
                                    .recipient_count = 2};

/* Runs a whole transaction. wire: what the relay heard after EHLO. */
static void
try_copy(const char *const *script, const RelayEnvelope *envelope,
         const char *text, gint64 timeout_ms, RelayReply *reply, char **wire)
{
    static const SpoolSettings limits = {.path = (char *)(gintptr) "/tmp",
                                         .memory_bytes = 1 << 20,
                                         .limit_bytes = 1 << 20};
    g_autoptr(Spool) body = spool_new(&limits);
    assert_true(spool_write(body, text, strlen(text), NULL));
    assert_true(spool_seal(body, NULL));
    FakeSmtp *fake = fake_smtp_start(script);
    const RelaySettings settings = {
        .server = (char *)(gintptr)fake_smtp_get_server(fake),
        .timeout_ms = timeout_ms};
    RelayCopy *copy = relay_begin(&settings, envelope, reply);
    assert_int_equal(copy != NULL, reply->result == RELAY_OK);
    if (copy != NULL) {
        RelayResult result =
            relay_finish(copy, HEADER, strlen(HEADER), body, reply);
        assert_int_equal(result, reply->result);
    }
    relay_copy_free(copy);
    g_autofree char *heard = fake_smtp_finish(fake);
    const char *after = strstr(heard, "EHLO sceau.localhost\r\n");
    *wire = g_strdup(
        after == NULL ? heard : after + strlen("EHLO sceau.localhost\r\n"));
}

#define GREET "S:220 hi", "C:EHLO", "S:250 mx"
#define ENVELOPE                                                               \
    "C:MAIL", "S:250 ok", "C:RCPT", "S:250 ok", "C:RCPT", "S:250 ok"
#define CONTENT "C:DATA", "S:354 go", "CONTENT"
#define SENT_ENVELOPE                                                          \
    "MAIL FROM:<alice@example.fr>\r\nRCPT TO:<bob@partner.example>\r\n"        \
    "RCPT TO:<carol@partner.example>\r\n"
#define SENT_MESSAGE "Subject: x\r\n\r\nhello\r\n..\r\nbye\r\n.\r\n"

static void
a_copy_is_handed_over_as_it_is(void **state)
{
    (void)state;
    static const char *const script[] = {GREET, ENVELOPE, CONTENT,
                                         "S:250 2.0.0 queued as 1", NULL};
    RelayReply reply = {0};
    g_autofree char *wire = NULL;
    try_copy(script, &plain, "hello\r\n.\r\nbye", PATIENCE_MS, &reply, &wire);
    assert_int_equal(reply.result, RELAY_OK);
    assert_int_equal(reply.recipient, -1);
    assert_string_equal(reply.text, "250 2.0.0 queued as 1");
    assert_string_equal(wire, SENT_ENVELOPE "DATA\r\n" SENT_MESSAGE "QUIT\r\n");
    relay_reply_clear(&reply);
}

static void
every_answer_that_is_not_yes_stops_the_copy(void **state)
{
    (void)state;
    static const struct {
        const char *const script[20];
        RelayResult result;
        int recipient;
        const char *text, *wire;
    } rows[] = {
        {{GREET, "C:MAIL", "S:550 5.7.1 no", NULL},
         RELAY_REFUSED,
         -1,
         "550 5.7.1 no",
         "MAIL FROM:<alice@example.fr>\r\nQUIT\r\n"},
        {{GREET, "C:MAIL", "S:451 later", NULL},
         RELAY_LATER,
         -1,
         "451 later",
         "MAIL FROM:<alice@example.fr>\r\nQUIT\r\n"},
        {{GREET, "C:MAIL", "S:354 what", NULL},
         RELAY_LATER,
         -1,
         "354 what",
         "MAIL FROM:<alice@example.fr>\r\nQUIT\r\n"},
        {{GREET, "C:MAIL", "S:250 ok", "C:RCPT", "S:250 ok", "C:RCPT",
          "S:550-5.1.1 who", "S:550 is carol", NULL},
         RELAY_REFUSED,
         1,
         "550 5.1.1 who is carol",
         SENT_ENVELOPE "QUIT\r\n"},
        {{GREET, "C:MAIL", "S:250 ok", "C:RCPT", "S:450 grey", NULL},
         RELAY_LATER,
         0,
         "450 grey",
         "MAIL FROM:<alice@example.fr>\r\nRCPT TO:<bob@partner.example>\r\n"
         "QUIT\r\n"},
        {{GREET, ENVELOPE, "C:DATA", "S:554 no", NULL},
         RELAY_REFUSED,
         -1,
         "554 no",
         SENT_ENVELOPE "DATA\r\nQUIT\r\n"},
        {{GREET, ENVELOPE, "C:DATA", "S:250 what", NULL},
         RELAY_LATER,
         -1,
         "250 what",
         SENT_ENVELOPE "DATA\r\nQUIT\r\n"},
        {{GREET, ENVELOPE, CONTENT, "S:552 too big", NULL},
         RELAY_REFUSED,
         -1,
         "552 too big",
         SENT_ENVELOPE "DATA\r\n" SENT_MESSAGE "QUIT\r\n"},
        {{GREET, ENVELOPE, CONTENT, "S:452 disk full", NULL},
         RELAY_LATER,
         -1,
         "452 disk full",
         SENT_ENVELOPE "DATA\r\n" SENT_MESSAGE "QUIT\r\n"},
        {{GREET, ENVELOPE, CONTENT, "S:354 what", NULL},
         RELAY_LATER,
         -1,
         "354 what",
         SENT_ENVELOPE "DATA\r\n" SENT_MESSAGE "QUIT\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        RelayReply reply = {0};
        g_autofree char *wire = NULL;
        try_copy(rows[i].script, &plain, "hello\r\n.\r\nbye\r\n", PATIENCE_MS,
                 &reply, &wire);
        assert_string_equal(reply.text, rows[i].text);
        assert_int_equal(reply.result, rows[i].result);
        assert_int_equal(reply.recipient, rows[i].recipient);
        assert_string_equal(wire, rows[i].wire);
        relay_reply_clear(&reply);
    }
}

/* The script of a good transaction, cut before its n-th answer and ended by
 * how. */
static char **
cut_script(unsigned n, const char *how)
{
    static const char *const whole[] = {GREET, ENVELOPE, CONTENT, "S:250 ok",
                                        NULL};
    char **script = g_new0(char *, G_N_ELEMENTS(whole) + 1);
    for (gsize i = 0; whole[i] != NULL; i++) {
        bool cut = g_str_has_prefix(whole[i], "S:") && n-- == 0;
        script[i] = g_strdup(cut ? how : whole[i]);
        if (cut)
            break;
    }
    return script;
}

static void
a_relay_that_ends_at_any_step_means_later(void **state)
{
    (void)state;
    static const char *const ends[] = {"CLOSE", "FREEZE", "R:garbage\r\n",
                                       "R:250-half"};
    for (gsize how = 0; how < G_N_ELEMENTS(ends); how++)
        for (unsigned n = 0; n < 7; n++) {
            g_auto(GStrv) script = cut_script(n, ends[how]);
            RelayReply reply = {0};
            g_autofree char *wire = NULL;
            bool waits = how == 1 || how == 3;
            try_copy((const char *const *)script, &plain, "hello\r\n",
                     waits ? 60 : PATIENCE_MS, &reply, &wire);
            assert_int_equal(reply.result, RELAY_LATER);
            assert_int_equal(reply.recipient, -1);
            /* Only after the final dot can it have left. */
            assert_int_equal(g_str_has_prefix(reply.text, UNKNOWN), n == 6);
            assert_int_equal(strstr(wire, "\r\n.\r\n") != NULL, n == 6);
            assert_null(strstr(wire, "QUIT"));
            relay_reply_clear(&reply);
        }
}

static void
a_relay_that_is_not_there_means_later(void **state)
{
    (void)state;
    static const char *const servers[] = {"unix:/nonexistent", "127.0.0.1:1",
                                          "mx.example.fr:25", "192.0.2.1:25"};
    for (gsize i = 0; i < G_N_ELEMENTS(servers); i++) {
        const RelaySettings settings = {.server = (char *)(gintptr)servers[i],
                                        .timeout_ms = PATIENCE_MS};
        RelayReply reply = {0};
        g_autoptr(GError) error = NULL;
        assert_null(relay_begin(&settings, &plain, &reply));
        assert_int_equal(reply.result, RELAY_LATER);
        assert_non_null(strstr(reply.text, servers[i]));
        assert_false(relay_check(&settings, &error));
        assert_string_equal(error->message, reply.text);
        relay_reply_clear(&reply);
    }
}

static void
a_copy_for_nobody_is_none(void **state)
{
    (void)state;
    const RelaySettings settings = {.server = (char *)(gintptr) "unix:/x"};
    const RelayEnvelope envelope = {.sender_path = "<>", .parameters = ""};
    RelayReply reply = {0};
    assert_null(relay_begin(&settings, &envelope, &reply));
    assert_int_equal(reply.result, RELAY_LATER);
    relay_reply_clear(&reply);
}

#define ALL_OFFERED                                                            \
    "S:220 hi", "C:EHLO", "S:250-mx", "S:250-DSN", "S:250-8BITMIME",           \
        "S:250 SMTPUTF8"

static void
parameters_are_kept_where_they_are_offered(void **state)
{
    (void)state;
    static const char *const offers[] = {ALL_OFFERED, "C:MAIL", "S:550 no",
                                         NULL};
    static const char *const bare[] = {GREET, "C:MAIL", "S:550 no", NULL};
    static const struct {
        const char *given, *kept, *kept_bare;
    } rows[] = {
        {"", "", ""},
        {"SIZE=1000", "", ""},
        {"BODY=8BITMIME", " BODY=8BITMIME", ""},
        {"body=8bitmime", " body=8bitmime", ""},
        {"BODY=7BIT", "", ""},
        {"BODY=BINARYMIME", "", ""},
        {"AUTH=boss@example.fr", "", ""},
        {"RET=HDRS ENVID=QQ314159", " RET=HDRS ENVID=QQ314159", ""},
        {"SIZE=9  RET=FULL BODY=8BITMIME", " RET=FULL BODY=8BITMIME", ""},
        {"RETRY=1 ENVIDX=2 XENVID=3", "", ""},
        {"SMTPUTF8", " SMTPUTF8", NULL},
        {"smtputf8 SIZE=1", " smtputf8", NULL},
        {"ENVID=SMTPUTF8", " ENVID=SMTPUTF8", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (int is_bare = 0; is_bare < 2; is_bare++) {
            const char *kept = is_bare ? rows[i].kept_bare : rows[i].kept;
            RelayEnvelope envelope = plain;
            envelope.parameters = rows[i].given;
            RelayReply reply = {0};
            g_autofree char *wire = NULL;
            try_copy(is_bare ? bare : offers, &envelope, "", PATIENCE_MS,
                     &reply, &wire);
            g_autofree char *wanted =
                kept == NULL
                    ? g_strdup("QUIT\r\n")
                    : g_strdup_printf(
                          "MAIL FROM:<alice@example.fr>%s\r\nQUIT\r\n", kept);
            assert_string_equal(wire, wanted);
            assert_int_equal(reply.result, RELAY_REFUSED);
            if (kept == NULL)
                assert_non_null(strstr(reply.text, "offers no SMTPUTF8"));
            relay_reply_clear(&reply);
        }
}

static void
each_recipient_keeps_its_own_parameters(void **state)
{
    (void)state;
    static const char *const script[] = {ALL_OFFERED, ENVELOPE, "C:DATA",
                                         "S:554 no", NULL};
    static const RelayRecipient recipients[] = {
        {"<bob@partner.example>",
         "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+40partner.example"},
        {"<zo\xC3\xAB@partner.example>", "NOTIFY=NEVER X=1"}};
    const RelayEnvelope envelope = {.sender_path = "<>",
                                    .parameters = "SMTPUTF8",
                                    .recipients = recipients,
                                    .recipient_count = 2};
    RelayReply reply = {0};
    g_autofree char *wire = NULL;
    try_copy(script, &envelope, "", PATIENCE_MS, &reply, &wire);
    assert_string_equal(wire,
                        "MAIL FROM:<> SMTPUTF8\r\n"
                        "RCPT TO:<bob@partner.example> NOTIFY=SUCCESS,FAILURE "
                        "ORCPT=rfc822;bob+40partner.example\r\n"
                        "RCPT TO:<zo\xC3\xAB@partner.example> NOTIFY=NEVER\r\n"
                        "DATA\r\nQUIT\r\n");
    relay_reply_clear(&reply);
}

static void
paths_get_their_brackets(void **state)
{
    (void)state;
    static const char *const script[] = {GREET, "C:MAIL", "S:550 no", NULL};
    static const struct {
        const char *path, *sent;
    } rows[] = {
        {"<>", "<>"},
        {"", "<>"},
        {"root", "<root>"},
        {"root@example.fr", "<root@example.fr>"},
        {"<root@example.fr>", "<root@example.fr>"},
        {"<\"a b\"@example.fr>", "<\"a b\"@example.fr>"},
        {"\"a>b\\\" \"@example.fr", "<\"a>b\\\" \"@example.fr>"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        RelayEnvelope envelope = plain;
        envelope.sender_path = rows[i].path;
        RelayReply reply = {0};
        g_autofree char *wire = NULL;
        try_copy(script, &envelope, "", PATIENCE_MS, &reply, &wire);
        g_autofree char *wanted =
            g_strdup_printf("MAIL FROM:%s\r\nQUIT\r\n", rows[i].sent);
        assert_string_equal(wire, wanted);
        relay_reply_clear(&reply);
    }
}

static void
nothing_can_be_slipped_in_through_an_address(void **state)
{
    (void)state;
    static const char *const script[] = {GREET, "C:MAIL", "S:250 ok", NULL};
    static const char *const paths[] = {
        "<a@b> SMTPUTF8",
        "a@b SIZE=1",
        "<a@b>\r\nDATA",
        "<a@b\r\nRCPT TO:<x>",
        "<a@b><c@d>",
        "<a@b\tX>",
        "<\"a@b>",
        "<a\x7F@b>",
        "<a@b",
        "a@b>",
        "<<a@b>>",
        "\"a\\",
        "<>",
        "<\"a\r\"@b>",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        const RelayRecipient recipient = {paths[i], ""};
        RelayEnvelope envelope = plain;
        envelope.recipients = &recipient;
        envelope.recipient_count = 1;
        RelayReply reply = {0};
        g_autofree char *wire = NULL;
        try_copy(script, &envelope, "", PATIENCE_MS, &reply, &wire);
        assert_int_equal(reply.result, RELAY_REFUSED);
        assert_int_equal(reply.recipient, 0);
        assert_string_equal(wire, "MAIL FROM:<alice@example.fr>\r\nQUIT\r\n");
        relay_reply_clear(&reply);
    }
    g_autofree char *name = g_strnfill(2000, 'x');
    RelayEnvelope envelope = plain;
    envelope.sender_path = name;
    RelayReply reply = {0};
    g_autofree char *wire = NULL;
    try_copy(script, &envelope, "", PATIENCE_MS, &reply, &wire);
    assert_int_equal(reply.result, RELAY_REFUSED);
    assert_string_equal(wire, "QUIT\r\n");
    relay_reply_clear(&reply);
}

static void
nothing_can_be_slipped_in_through_a_parameter(void **state)
{
    (void)state;
    static const char *const script[] = {ALL_OFFERED, NULL};
    RelayEnvelope envelope = plain;
    envelope.parameters = "ENVID=x\r\nRCPT\tTO:<x@y>";
    RelayReply reply = {0};
    g_autofree char *wire = NULL;
    try_copy(script, &envelope, "", PATIENCE_MS, &reply, &wire);
    assert_int_equal(reply.result, RELAY_LATER);
    assert_string_equal(wire, "QUIT\r\n");
    relay_reply_clear(&reply);
}

static void
a_body_with_a_lone_line_end_never_leaves(void **state)
{
    (void)state;
    static const char *const script[] = {GREET, ENVELOPE, CONTENT, NULL};
    static const char *const bodies[] = {"a\n.\nQUIT\n", "a\r.\r\n", "a\r"};
    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        RelayReply reply = {0};
        g_autofree char *wire = NULL;
        try_copy(script, &plain, bodies[i], PATIENCE_MS, &reply, &wire);
        assert_int_equal(reply.result, RELAY_REFUSED);
        assert_true(g_str_has_prefix(reply.text, "550 5.6.0 "));
        assert_null(strstr(wire, "\r\n.\r\n"));
        assert_null(strstr(wire, "QUIT"));
        relay_reply_clear(&reply);
    }
}

static void
a_copy_that_is_dropped_sends_nothing(void **state)
{
    (void)state;
    static const char *const script[] = {GREET, ENVELOPE, NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    const RelaySettings settings = {
        .server = (char *)(gintptr)fake_smtp_get_server(fake),
        .timeout_ms = PATIENCE_MS};
    RelayReply reply = {0};
    RelayCopy *copy = relay_begin(&settings, &plain, &reply);
    assert_non_null(copy);
    relay_copy_free(copy);
    relay_copy_free(NULL);
    g_autofree char *heard = fake_smtp_finish(fake);
    assert_true(g_str_has_suffix(heard, SENT_ENVELOPE "QUIT\r\n"));
    relay_reply_clear(&reply);
}

static void
a_check_greets_and_leaves(void **state)
{
    (void)state;
    static const char *const script[] = {GREET, NULL};
    FakeSmtp *fake = fake_smtp_start(script);
    const RelaySettings settings = {
        .server = (char *)(gintptr)fake_smtp_get_server(fake),
        .timeout_ms = PATIENCE_MS};
    assert_true(relay_check(&settings, NULL));
    g_autofree char *heard = fake_smtp_finish(fake);
    assert_string_equal(heard, "EHLO sceau.localhost\r\nQUIT\r\n");
}

/* The first problem, or "". Caller frees. */
static char *
check(const char *conf)
{
    static const SettingRow none[] = {{0}};
    static const SettingsTable top = {.size_bytes = sizeof(SettingsHead),
                                      .rows = none};
    static const SettingsTable *const tables[] = {&top, &relay_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        settings_parse("conf", conf, strlen(conf), tables, problems);
    assert_int_equal(problems_count(problems), 0);
    relay_check_settings(settings, problems);
    const char *first = problems_get(problems, 0);
    return g_strdup(first != NULL ? first : "");
}

static void
settings_are_checked_without_asking_anybody(void **state)
{
    (void)state;
    static const struct {
        const char *conf, *problem;
    } rows[] = {
        {"", ""},
        {"relay { server = \"unix:/run/x\" }", ""},
        {"relay { server = \"127.0.0.1:10025\" }", ""},
        {"relay { server = \"127.0.0.1:25\" tls-ca = \"/ca\" tls-name = \"mx\" "
         "login = a password-file = \"/p\" }",
         ""},
        {"relay { server = \"10.1.2.3:25\" tls-ca = \"/ca\" }", ""},
        {"relay { server = \"10.1.2.3:25\" }", "tls-ca is missing"},
        {"relay { server = \"mx.example.fr:25\" tls-ca = \"/ca\" }",
         "names are not looked up"},
        {"relay { server = \"unix:\" }", "neither unix:/path"},
        {"relay { server = \"\" }", "neither unix:/path"},
        {"relay { server = \"unix:/x\" tls-ca = \"/ca\" }", "no use"},
        {"relay { server = \"unix:/x\" tls-name = mx }", "without tls-ca"},
        {"relay { server = \"unix:/x\" login = a }", "go together"},
        {"relay { server = \"unix:/x\" password-file = \"/p\" }",
         "go together"},
        {"relay { login = \"\" password-file = \"/p\" }", "login is empty"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *problem = check(rows[i].conf);
        bool fine = *rows[i].problem == '\0'
                        ? *problem == '\0'
                        : strstr(problem, rows[i].problem) != NULL &&
                              strstr(problem, "conf:1:") != NULL;
        if (!fine)
            fail_msg("%s: %s", rows[i].conf, problem);
    }
}

/* Three copies over one connection: the first only tried, two sent. */
static void
one_connection_serves_several_copies(void **state)
{
    (void)state;
    static const char *const script[] = {
        GREET,       ENVELOPE, "C:RSET", "S:250 ok",  ENVELOPE, CONTENT,
        "S:250 one", ENVELOPE, CONTENT,  "S:250 two", NULL};
    static const SpoolSettings limits = {.path = (char *)(gintptr) "/tmp",
                                         .memory_bytes = 1 << 20,
                                         .limit_bytes = 1 << 20};
    g_autoptr(Spool) body = spool_new(&limits);
    assert_true(spool_write(body, "hello\r\n.\r\nbye", 13, NULL));
    assert_true(spool_seal(body, NULL));
    FakeSmtp *fake = fake_smtp_start(script);
    const RelaySettings settings = {
        .server = (char *)(gintptr)fake_smtp_get_server(fake),
        .timeout_ms = PATIENCE_MS};
    RelayReply reply = {0};
    RelayCopy *copy = relay_begin(&settings, &plain, &reply);
    assert_non_null(copy);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(relay_renew(copy, &plain, &reply), RELAY_OK);
        assert_int_equal(
            relay_finish(copy, HEADER, strlen(HEADER), body, &reply), RELAY_OK);
    }
    assert_string_equal(reply.text, "250 two");
    relay_copy_free(copy);
    relay_reply_clear(&reply);
    g_autofree char *heard = fake_smtp_finish(fake);
    assert_non_null(strstr(heard,
                           SENT_ENVELOPE "RSET\r\n" SENT_ENVELOPE
                                         "DATA\r\n" SENT_MESSAGE SENT_ENVELOPE
                                         "DATA\r\n" SENT_MESSAGE "QUIT\r\n"));
}

static void
a_connection_that_takes_no_more_means_later(void **state)
{
    (void)state;
    static const char *const refusals[] = {"S:421 4.7.0 too many", "S:502 no",
                                           "CLOSE"};
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const char *const script[] = {GREET, ENVELOPE, "C:RSET", refusals[i],
                                      NULL};
        FakeSmtp *fake = fake_smtp_start(script);
        const RelaySettings settings = {
            .server = (char *)(gintptr)fake_smtp_get_server(fake),
            .timeout_ms = PATIENCE_MS};
        RelayReply reply = {0};
        RelayCopy *copy = relay_begin(&settings, &plain, &reply);
        assert_non_null(copy);
        assert_int_equal(relay_renew(copy, &plain, &reply), RELAY_LATER);
        relay_copy_free(copy);
        relay_reply_clear(&reply);
        g_free(fake_smtp_finish(fake));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_handed_over_as_it_is),
        cmocka_unit_test(every_answer_that_is_not_yes_stops_the_copy),
        cmocka_unit_test(a_relay_that_ends_at_any_step_means_later),
        cmocka_unit_test(a_relay_that_is_not_there_means_later),
        cmocka_unit_test(a_copy_for_nobody_is_none),
        cmocka_unit_test(parameters_are_kept_where_they_are_offered),
        cmocka_unit_test(each_recipient_keeps_its_own_parameters),
        cmocka_unit_test(paths_get_their_brackets),
        cmocka_unit_test(nothing_can_be_slipped_in_through_an_address),
        cmocka_unit_test(nothing_can_be_slipped_in_through_a_parameter),
        cmocka_unit_test(a_body_with_a_lone_line_end_never_leaves),
        cmocka_unit_test(a_copy_that_is_dropped_sends_nothing),
        cmocka_unit_test(one_connection_serves_several_copies),
        cmocka_unit_test(a_connection_that_takes_no_more_means_later),
        cmocka_unit_test(a_check_greets_and_leaves),
        cmocka_unit_test(settings_are_checked_without_asking_anybody),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
