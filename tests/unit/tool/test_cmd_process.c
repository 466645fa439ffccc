/* SPDX-License-Identifier: BSD-2-Clause */
#include "made_setup.h"
#include "run_command.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char policy_text[] =
    "policy 1\n"
    "label confidential level 2 when header \"Sensitivity\" is \"secret\"\n"
    "rule secret when labelled confidential then encrypt required\n"
    "rule outgoing when recipient is outside then encrypt if-possible, sign "
    "if-possible\n";

static char *config;
static char *out_dir;

static int
set_up(void **state)
{
    (void)state;
    setup_unref(made_setup_new(policy_text, ""));
    config = g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    out_dir = g_build_filename(made_setup_get_dir(), "state", "out", NULL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    g_clear_pointer(&config, g_free);
    g_clear_pointer(&out_dir, g_free);
    made_setup_clean();
    return 0;
}

static CommandRun
process(const char *to, const char *message)
{
    const char *const words[] = {
        "--from", "alice@example.fr",    "--login", "alice", "--out", out_dir,
        "--to",   "bob@partner.example", to,        NULL};
    return run_command(&cmd_process, config, words, message);
}

static char *
read_out(const char *name)
{
    g_autofree char *path = g_build_filename(out_dir, name, NULL);
    char *text = NULL;
    (void)g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static unsigned
count_out(void)
{
    unsigned count = 0;
    g_autoptr(GDir) dir = g_dir_open(out_dir, 0, NULL);
    while (dir != NULL && g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static void
each_copy_becomes_a_pair_of_files(void **state)
{
    (void)state;
    CommandRun run =
        process("carol@partner.example", "From: alice@example.fr\n"
                                         "To: bob@partner.example, "
                                         "carol@partner.example\n"
                                         "Message-ID: <1@x>\n"
                                         "Content-Type: text/plain\n"
                                         "\nthe clear text\n");
    assert_int_equal(run.status, STATUS_OK);
    assert_int_equal(count_out(), 4);
    g_autofree char *sealed = read_out("1.eml");
    g_autofree char *to_bob = read_out("1.env");
    g_autofree char *clear = read_out("2.eml");
    g_autofree char *to_carol = read_out("2.env");
    assert_string_equal(to_bob, "MAIL FROM:<alice@example.fr>\n"
                                "RCPT TO:<bob@partner.example>\n");
    assert_string_equal(to_carol, "MAIL FROM:<alice@example.fr>\n"
                                  "RCPT TO:<carol@partner.example>\n");
    assert_null(strstr(sealed, "the clear text"));
    assert_non_null(strstr(sealed, "application/pkcs7-mime"));
    assert_null(strstr(sealed, "Content-Type: text/plain"));
    assert_non_null(strstr(sealed, "Message-ID: <1@x>\r\n"));
    assert_non_null(strstr(clear, "the clear text\r\n"));
    assert_non_null(strstr(clear, "multipart/signed"));
}

static void
a_refused_message_leaves_no_file(void **state)
{
    (void)state;
    CommandRun run = process("carol@partner.example",
                             "From: alice@example.fr\nSensitivity: secret\n\n"
                             "text\n");
    assert_int_equal(run.status, STATUS_REFUSED);
    assert_int_equal(count_out(), 0);
    assert_int_equal(strncmp(run.err, "550", 3), 0);
    assert_non_null(strstr(run.err, "carol@partner.example"));
    assert_null(strstr(run.err, "bob@partner.example"));
}

static void
mail_inside_comes_out_as_it_went_in(void **state)
{
    (void)state;
    const char *const words[] = {"--from", "alice@example.fr", "--out", out_dir,
                                 "--to",   "dora@example.fr",  NULL};
    CommandRun run =
        run_command(&cmd_process, config, words, "A: b\n\tc\n\n  x \n");
    assert_int_equal(run.status, STATUS_OK);
    g_autofree char *message = read_out("1.eml");
    assert_string_equal(message, "A: b\r\n\tc\r\n\r\n  x \r\n");
}

static void
a_malformed_header_is_refused_as_such(void **state)
{
    (void)state;
    g_autoptr(GString) message = g_string_new("From: alice@example.fr\n");
    for (int i = 0; i < 10001; i++)
        g_string_append(message, "X: y\n");
    g_string_append(message, "\ntext\n");
    CommandRun run = process(NULL, message->str);
    assert_int_equal(run.status, STATUS_MALFORMED);
    assert_int_equal(run.err[0], '5');
    assert_int_equal(count_out(), 0);
}

static void
a_message_past_the_limit_is_refused(void **state)
{
    (void)state;
    g_autofree char *text = g_strnfill(5 * 1024 * 1024, 'a');
    memcpy(text, "A: b\n\n", 6);
    CommandRun run = process(NULL, text);
    assert_int_equal(run.status, STATUS_REFUSED);
    assert_non_null(strstr(run.err, "552"));
    assert_non_null(strstr(run.err, " 5.3.4 "));
    assert_int_equal(count_out(), 0);
}

static void
a_directory_with_something_in_it_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(process(NULL, "A: b\n\nc\n").status, STATUS_OK);
    g_autofree char *before = read_out("1.eml");
    CommandRun run = process(NULL, "A: b\n\nother\n");
    assert_int_equal(run.status, STATUS_USAGE);
    assert_non_null(strstr(run.err, "not empty"));
    g_autofree char *after = read_out("1.eml");
    assert_string_equal(before, after);
}

static void
what_is_no_address_is_a_mistake_of_the_command_line(void **state)
{
    (void)state;
    assert_int_equal(process("not an address", "A: b\n\n").status,
                     STATUS_USAGE);
}

static void
a_broken_configuration_is_told(void **state)
{
    (void)state;
    assert_true(g_file_set_contents(config, "domans = x\n", -1, NULL));
    CommandRun run = process(NULL, "A: b\n\nc\n");
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.err, "domans"));
    assert_int_equal(count_out(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_copy_becomes_a_pair_of_files),
        TEST(a_refused_message_leaves_no_file),
        TEST(mail_inside_comes_out_as_it_went_in),
        TEST(a_malformed_header_is_refused_as_such),
        TEST(a_message_past_the_limit_is_refused),
        TEST(a_directory_with_something_in_it_is_not_used),
        TEST(what_is_no_address_is_a_mistake_of_the_command_line),
        TEST(a_broken_configuration_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
