/* SPDX-License-Identifier: BSD-2-Clause */
#include "made_certificate.h"
#include "tests/unit/tool/given.h"

static CommandRun
lookup(const char *address, const char *option)
{
    const char *const words[] = {address, option, NULL};
    return run_command(&cmd_lookup, config, words, NULL);
}

static void
a_certificate_is_found_and_shown(void **state)
{
    (void)state;
    CommandRun run = lookup("bob@PARTNER.example", NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, ": found"));
    assert_non_null(strstr(run.out, "certificate used from partners"));
    assert_non_null(strstr(run.out, "sha-256"));
    assert_non_null(strstr(run.out, "usage        digitalSignature, key"));
    run = lookup("bob@partner.example", "--json");
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "\"class\": \"found\""));
    assert_non_null(strstr(run.out, "\"usable\": true"));
    assert_non_null(strstr(run.out, "\"used\": true"));
    assert_non_null(strstr(run.out, "\"usage\": \"digitalSignature, key"));
    assert_non_null(strstr(run.out, "\"asked\": ["));
}

static void
none_is_an_answer(void **state)
{
    (void)state;
    CommandRun run = lookup("carol@partner.example", NULL);
    assert_int_equal(run.status, STATUS_NO);
    assert_non_null(strstr(run.out, "carol@partner.example: none"));
}

static void
what_is_no_address_is_a_mistake(void **state)
{
    (void)state;
    assert_int_equal(lookup("bob", NULL).status, STATUS_USAGE);
    assert_int_equal(lookup("", NULL).status, STATUS_USAGE);
    assert_int_equal(lookup("<>", NULL).status, STATUS_USAGE);
    assert_int_equal(lookup("a@b\x1b[31m", NULL).status, STATUS_USAGE);
}

static void
several_are_looked_up_and_counted(void **state)
{
    (void)state;
    CommandRun run = lookup("bob@partner.example", "eve@partner.example");
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "2 addresses: 2 usable, 0 none"));
    assert_non_null(strstr(run.out, "aes-256-cbc, RSA PKCS#1 v1.5"));
    assert_non_null(strstr(run.out, "aes-256-cbc, ECDH"));
    run = lookup("bob@partner.example", "carol@partner.example");
    assert_int_equal(run.status, STATUS_NO);
    assert_non_null(strstr(run.out, "2 addresses: 1 usable, 1 none"));
}

static CommandRun
lookup_list(const char *text)
{
    g_autofree char *path = g_build_filename(made_setup_get_dir(), "l", NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    const char *const words[] = {"--json", "--file", path, NULL};
    return run_command(&cmd_lookup, config, words, NULL);
}

static void
a_list_is_looked_up(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("# partners\n\n");
    for (int i = 0; i < 120; i++)
        g_string_append(text, " bob@partner.example \r\n");
    CommandRun run = lookup_list(text->str);
    assert_int_equal(run.status, STATUS_OK);
    assert_true(g_str_has_prefix(run.out, "["));
    int count = 0;
    for (const char *at = run.out; (at = strstr(at, "\"how\":")) != NULL; at++)
        count++;
    assert_int_equal(count, 120);
    run = lookup_list("bob@partner.example\nbob\n");
    assert_int_equal(run.status, STATUS_USAGE);
    assert_non_null(strstr(run.err, "/l:2: "));
    assert_int_equal(lookup_list("").status, STATUS_USAGE);
    assert_int_equal(lookup(NULL, NULL).status, STATUS_USAGE);
}

/* However the domain is written, the certificate has it as A-labels. */
static void
an_international_domain_is_found(void **state)
{
    (void)state;
    g_autoptr(Certificate) made =
        made_certificate_new(KEY_RSA, "bob@xn--bcher-kva.example", NULL);
    static const char *const folders[] = {"anchors", "certificates"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path =
            g_build_filename(made_setup_get_dir(), folders[i], "idn.der", NULL);
        gsize size = 0;
        const char *der = g_bytes_get_data(certificate_get_der(made), &size);
        assert_true(g_file_set_contents(path, der, (gssize)size, NULL));
    }
    static const char *const asked[] = {"bob@b\xc3\xbc"
                                        "cher.example",
                                        "Bob@XN--bcher-kva.example"};
    for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
        CommandRun run = lookup(asked[i], "--json");
        assert_int_equal(run.status, STATUS_OK);
        assert_non_null(strstr(run.out, "\"bob@xn--bcher-kva.example\""));
    }
}

static void
a_gateway_is_shown_as_such(void **state)
{
    (void)state;
    given_gateway("policy 1\n");
    CommandRun run = lookup("carol@partner.example", NULL);
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "carol@partner.example: found\n"));
    assert_non_null(strstr(run.out, "  gateway      post\n"));
    assert_non_null(strstr(run.out, "certificate used from gateway post\n"));
    run = lookup("carol@partner.example", "--json");
    assert_non_null(strstr(run.out, "\"gateway\": \"post\""));
    assert_non_null(strstr(run.out, "\"gateway\": true"));
    run = lookup("bob@partner.example", "--json");
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "\"gateway\": null"));
    assert_null(strstr(run.out, "\"gateway\": true"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_is_found_and_shown),
        TEST(none_is_an_answer),
        TEST(several_are_looked_up_and_counted),
        TEST(a_list_is_looked_up),
        TEST(what_is_no_address_is_a_mistake),
        TEST(a_gateway_is_shown_as_such),
        TEST(an_international_domain_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
