/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/handover.h"

#include "made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const OptionRow rows[] = {HANDOVER_OPTIONS, {0}};

static Envelope *
make(const char *words, GError **error)
{
    g_auto(GStrv) split = g_strsplit(words, " ", -1);
    g_autoptr(Options) options = options_parse(rows, split, 0, 0, NULL);
    assert_non_null(options);
    return handover_make_envelope(options, error);
}

static void
the_command_line_becomes_an_envelope(void **state)
{
    (void)state;
    g_autoptr(Envelope) envelope =
        make("--from <A@X.example> --to b@y.example <c@Y.example> --login l "
             "--client 192.0.2.1 --daemon MSA",
             NULL);
    assert_non_null(envelope);
    assert_string_equal(envelope->sender_path, "<A@x.example>");
    assert_int_equal(envelope->recipients->len, 2);
    assert_string_equal(envelope_get_recipient(envelope, 1)->path,
                        "<c@y.example>");
    assert_string_equal(envelope->login, "l");
    assert_string_equal(envelope->client_address, "192.0.2.1");
    assert_string_equal(envelope->daemon_name, "MSA");
    assert_true(envelope->trusted_socket);
}

static void
without_a_login_there_is_none(void **state)
{
    (void)state;
    g_autoptr(Envelope) envelope = make("--from <> --to b@y.example", NULL);
    assert_non_null(envelope);
    assert_string_equal(envelope->sender_path, "<>");
    assert_string_equal(envelope->sender, "");
    assert_null(envelope->login);
}

static void
addresses_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "--from a --to b@y.example",
        "--from a@x.example --to b",
        "--from a@x.example --to <>",
        "--from a@x.example --to b@y.example c@d@e",
        "--from a@x.example --to b@y.example\r\nRCPT",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(make(lines[i], &error));
        assert_int_equal(error_get_class(error), ERROR_CONFIG);
    }
}

static void
a_message_of_any_size_is_read(void **state)
{
    (void)state;
    g_autoptr(Setup) setup = made_setup_new("policy 1\n", "");
    FILE *in = tmpfile();
    assert_non_null(in);
    assert_true(fputs("A: b\n\n", in) >= 0);
    g_autofree char *line = g_strnfill(1023, 'a');
    for (int i = 0; i < 6 * 1024; i++)
        assert_true(fprintf(in, "%s\n", line) > 0);
    rewind(in);
    g_autoptr(Message) message = NULL;
    g_autoptr(Spool) body = NULL;
    assert_true(handover_read_message(in, setup, &message, &body, NULL));
    assert_int_equal(message_count_fields(message), 1);
    assert_int_equal(spool_get_size(body), 6 * 1024 * 1025);
    (void)fclose(in);
    made_setup_clean();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_line_becomes_an_envelope),
        cmocka_unit_test(without_a_login_there_is_none),
        cmocka_unit_test(addresses_that_are_none_are_refused),
        cmocka_unit_test(a_message_of_any_size_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
