/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/macros.h"

#include "fake_milter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int
set_up(void **state)
{
    *state = fake_milter_new();
    return 0;
}

static int
tear_down(void **state)
{
    fake_milter_free(*state);
    return 0;
}

static void
every_stage_is_asked_for_what_we_read(void **state)
{
    SMFICTX *ctx = *state;
    macros_request(ctx);
    assert_int_equal(g_hash_table_size(ctx->symbols), SMFIM_LAST + 1);
    const char *mail =
        g_hash_table_lookup(ctx->symbols, GINT_TO_POINTER(SMFIM_ENVFROM));
    assert_non_null(strstr(mail, "{auth_authen}"));
    const char *eoh =
        g_hash_table_lookup(ctx->symbols, GINT_TO_POINTER(SMFIM_EOH));
    assert_string_equal(eoh, "i");
}

static void
the_client_is_read_from_its_address(void **state)
{
    SMFICTX *ctx = *state;
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = {.four = {.sin_family = AF_INET}};
    assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &address.four.sin_addr),
                     1);
    g_autofree char *four = macros_get_client(ctx, &address.any);
    assert_string_equal(four, "192.0.2.7");
    memset(&address, 0, sizeof address);
    address.six.sin6_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, "2001:db8::7", &address.six.sin6_addr),
                     1);
    g_autofree char *six = macros_get_client(ctx, &address.any);
    assert_string_equal(six, "2001:db8::7");
    assert_int_equal(
        inet_pton(AF_INET6, "::ffff:192.0.2.7", &address.six.sin6_addr), 1);
    g_autofree char *mapped = macros_get_client(ctx, &address.any);
    assert_string_equal(mapped, "192.0.2.7");
}

static void
without_an_address_the_macro_tells(void **state)
{
    SMFICTX *ctx = *state;
    assert_null(macros_get_client(ctx, NULL));
    fake_milter_set_macro(ctx, "{client_addr}", "192.0.2.9");
    g_autofree char *client = macros_get_client(ctx, NULL);
    assert_string_equal(client, "192.0.2.9");
}

static void
only_postfix_is_believed_about_recipients(void **state)
{
    SMFICTX *ctx = *state;
    fake_milter_set_macro(ctx, "{rcpt_addr}", "a1@example.com");
    assert_null(macros_get_recipient(ctx));
    fake_milter_set_macro(ctx, "v", "8.17.1.9");
    assert_null(macros_get_recipient(ctx));
    fake_milter_set_macro(ctx, "v", "Postfix 3.7.11");
    assert_string_equal(macros_get_recipient(ctx), "a1@example.com");
    fake_milter_set_macro(ctx, "{rcpt_addr}", "");
    assert_null(macros_get_recipient(ctx));
}

static void
an_empty_login_is_none(void **state)
{
    SMFICTX *ctx = *state;
    g_autoptr(Envelope) envelope = envelope_new();
    fake_milter_set_macro(ctx, "{auth_authen}", "");
    fake_milter_set_macro(ctx, "{auth_author}", "boss@example.fr");
    fake_milter_set_macro(ctx, "i", "4ABC");
    macros_fill_envelope(ctx, envelope);
    assert_null(envelope->login);
    assert_string_equal(envelope->queue_id, "4ABC");
    fake_milter_set_macro(ctx, "{auth_authen}", "alice@example.fr");
    macros_fill_envelope(ctx, envelope);
    assert_string_equal(envelope->login, "alice@example.fr");
}

static void
on_sendmail_a_certificate_counts_only_when_verified(void **state)
{
    SMFICTX *ctx = *state;
    static const struct {
        const char *version;
        const char *verify;
        bool counts;
    } cases[] = {
        {"8.17.1.9", NULL, false}, {"8.17.1.9", "FAIL", false},
        {"8.17.1.9", "NO", false}, {"8.17.1.9", "OK", true},
        {NULL, NULL, false},       {"Postfix 3.7.11", NULL, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Envelope) envelope = envelope_new();
        fake_milter_set_macro(ctx, "v", cases[i].version);
        fake_milter_set_macro(ctx, "{verify}", cases[i].verify);
        fake_milter_set_macro(ctx, "{cert_subject}", "/CN=exchange");
        fake_milter_set_macro(ctx, "{cert_issuer}", "/CN=ca");
        macros_fill_envelope(ctx, envelope);
        assert_int_equal(envelope->cert_subject != NULL, cases[i].counts);
        assert_int_equal(envelope->cert_issuer != NULL, cases[i].counts);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_stage_is_asked_for_what_we_read),
        TEST(the_client_is_read_from_its_address),
        TEST(without_an_address_the_macro_tells),
        TEST(only_postfix_is_believed_about_recipients),
        TEST(an_empty_login_is_none),
        TEST(on_sendmail_a_certificate_counts_only_when_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
