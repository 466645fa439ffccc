/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/setup.h"

#include "mime/decode.h"
#include "tests/fakes/made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static int
clean(void **state)
{
    (void)state;
    made_setup_clean();
    return 0;
}

static void
a_setup_knows_inside_from_outside(void **state)
{
    (void)state;
    g_autoptr(Setup) setup = made_setup_new("policy 1\n", "");
    static const struct {
        const char *address;
        Truth inside;
    } rows[] = {
        {"alice@example.fr", TRUTH_TRUE},
        {"alice@EXAMPLE.FR", TRUTH_TRUE},
        {"alice@sub.example.fr", TRUTH_FALSE},
        {"alice@example.fr.evil.example", TRUTH_FALSE},
        {"postmaster", TRUTH_TRUE},
        {"carol%partner.example@example.fr", TRUTH_FALSE},
        {"partner.example!carol@example.fr", TRUTH_FALSE},
        {"\"carol@partner.example\"@example.fr", TRUTH_FALSE},
        {"carol%partner.example", TRUTH_FALSE},
        {NULL, TRUTH_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(setup_check_inside(setup, rows[i].address),
                         rows[i].inside);
}

static void
defaults_are_safe(void **state)
{
    (void)state;
    g_autoptr(Setup) setup = made_setup_new("policy 1\n", "");
    assert_int_equal(setup->general->scope, SCOPE_OUTGOING);
    assert_false(setup->general->sign_on_inet);
    assert_string_equal(setup->general->socket_mode, "0660");
}

static void
all_mistakes_of_all_files_are_told_at_once(void **state)
{
    (void)state;
    setup_unref(made_setup_new("policy 1\n", ""));
    g_autofree char *policy =
        g_build_filename(made_setup_get_dir(), "policy", NULL);
    g_autofree char *conf =
        g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    assert_true(g_file_set_contents(
        policy, "policy 1\nrule a when nonsense then fly\n", -1, NULL));
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(conf, &text, NULL, NULL));
    g_autofree char *worse =
        g_strdup_printf("%s\ntrust other { anchors = \"/nonexistent/anchors\" "
                        "domains = other.example }\n",
                        text);
    assert_true(g_file_set_contents(conf, worse, -1, NULL));
    g_autoptr(Problems) problems = problems_new();
    assert_null(setup_load(conf, NULL, problems));
    g_autoptr(GString) all = g_string_new("");
    const char *line;
    for (unsigned i = 0; (line = problems_get(problems, i)) != NULL; i++)
        g_string_append_printf(all, "%s\n", line);
    assert_non_null(strstr(all->str, "policy:2:"));
    assert_non_null(strstr(all->str, "/nonexistent/anchors"));
}

static void
a_domain_that_is_none_is_an_error(void **state)
{
    (void)state;
    setup_unref(made_setup_new("policy 1\n", ""));
    g_autofree char *conf =
        g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    assert_true(
        g_file_set_contents(conf, "domains = a@example.fr\n", -1, NULL));
    g_autoptr(Problems) problems = problems_new();
    assert_null(setup_load(conf, NULL, problems));
    assert_true(problems_count(problems) > 0);
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_setup_knows_inside_from_outside),
        cmocka_unit_test(defaults_are_safe),
        cmocka_unit_test(all_mistakes_of_all_files_are_told_at_once),
        cmocka_unit_test(a_domain_that_is_none_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
