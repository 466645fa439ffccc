/* SPDX-License-Identifier: BSD-2-Clause */
#include "made_certificate.h"
#include "tests/unit/tool/given.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

static char *folder, *bob;

static int
set_up(void **state)
{
    (void)given_people(state);
    folder = g_build_filename(made_setup_get_dir(), "certificates", NULL);
    bob = g_build_filename(folder, "bob@partner.example.pem", NULL);
    return 0;
}

static int
tear_down(void **state)
{
    g_clear_pointer(&folder, g_free);
    g_clear_pointer(&bob, g_free);
    return given_nothing(state);
}

static CommandRun
certificate(const char *action, const char *word, const char *option)
{
    const char *const words[] = {action, word, option, NULL};
    return run_command(&cmd_certificate, config, words, NULL);
}

static char *
sha256_of(const char *path)
{
    g_autoptr(GPtrArray) all = certificate_load_file(path, NULL);
    assert_non_null(all);
    return g_strdup(certificate_get_sha256(g_ptr_array_index(all, 0)));
}

static void
a_certificate_goes_and_comes_back(void **state)
{
    (void)state;
    g_autofree char *sha256 = sha256_of(bob);
    g_autofree char *kept = g_build_filename(made_setup_get_dir(), "b", NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(bob, &text, NULL, NULL));
    assert_true(g_file_set_contents(kept, text, -1, NULL));
    CommandRun run = certificate("remove", "Bob@partner.example", "--yes");
    assert_int_equal(run.status, STATUS_OK);
    assert_false(g_file_test(bob, G_FILE_TEST_EXISTS));
    assert_int_equal(certificate("remove", sha256, "--yes").status, STATUS_NO);
    run = certificate("add", kept, "--yes");
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.out, "found"));
    g_autofree char *name =
        g_strdup_printf("%s/bob@partner.example-%s.pem", folder, sha256);
    g_autofree char *again = sha256_of(name);
    assert_string_equal(again, sha256);
    struct stat status;
    assert_int_equal(stat(name, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    g_autofree char *stored = NULL;
    assert_true(g_file_get_contents(name, &stored, NULL, NULL));
    assert_true(g_str_has_prefix(stored, "# added 2"));
    assert_non_null(strstr(stored, "\n# from file ("));
    run = certificate("add", kept, "--yes");
    assert_int_equal(run.status, STATUS_OK);
    assert_non_null(strstr(run.err, "already there"));
    assert_int_equal(certificate("remove", sha256, "--yes").status, STATUS_OK);
}

static void
write_stranger(const char *path)
{
    g_autoptr(Certificate) stranger =
        made_certificate_new(KEY_EC, "zoe@partner.example", NULL);
    gsize size = 0;
    const char *der = g_bytes_get_data(certificate_get_der(stranger), &size);
    assert_true(g_file_set_contents(path, der, (gssize)size, NULL));
}

static void
the_verdict_is_shown(void **state)
{
    (void)state;
    g_autofree char *path = g_build_filename(made_setup_get_dir(), "z", NULL);
    write_stranger(path);
    CommandRun run = certificate("add", path, "--yes");
    assert_int_equal(run.status, STATUS_NO);
    assert_non_null(strstr(run.out, "unusable"));
    assert_non_null(strstr(run.err, "stored in "));
    run = certificate("list", NULL, NULL);
    assert_non_null(strstr(run.out, "zoe@partner.example\n"));
}

static void
nobody_there_changes_nothing(void **state)
{
    (void)state;
    CommandRun run = certificate("remove", "bob@partner.example", NULL);
    assert_int_equal(run.status, STATUS_USAGE);
    assert_non_null(strstr(run.err, "--yes"));
    assert_true(g_file_test(bob, G_FILE_TEST_EXISTS));
    assert_int_equal(certificate("add", bob, NULL).status, STATUS_USAGE);
}

static void
a_file_with_others_is_left_alone(void **state)
{
    (void)state;
    g_autofree char *dave =
        g_build_filename(folder, "dave@partner.example.pem", NULL);
    g_autofree char *one = NULL, *two = NULL;
    assert_true(g_file_get_contents(bob, &one, NULL, NULL));
    assert_true(g_file_get_contents(dave, &two, NULL, NULL));
    g_autofree char *both = g_strconcat(one, two, NULL);
    assert_true(g_file_set_contents(bob, both, -1, NULL));
    CommandRun run = certificate("remove", "bob@partner.example", "--yes");
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.err, "by hand"));
    assert_true(g_file_test(bob, G_FILE_TEST_EXISTS));
}

static void
mistakes_are_told(void **state)
{
    (void)state;
    assert_int_equal(certificate("add", NULL, NULL).status, STATUS_USAGE);
    assert_int_equal(certificate("remove", "bob", "--yes").status,
                     STATUS_USAGE);
    assert_int_equal(certificate("add", config, "--yes").status,
                     STATUS_MALFORMED);
    assert_int_equal(certificate("add", "/nowhere", "--yes").status,
                     STATUS_MALFORMED);
    CommandRun run = certificate("add", bob, "--yes");
    assert_int_equal(run.status, STATUS_OK);
    const char *const words[] = {"add", bob, "--yes", "--to", "nobody", NULL};
    run = run_command(&cmd_certificate, config, words, NULL);
    assert_int_equal(run.status, STATUS_CONFIG);
    assert_non_null(strstr(run.err, "nobody"));
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_goes_and_comes_back),
        TEST(the_verdict_is_shown),
        TEST(nobody_there_changes_nothing),
        TEST(a_file_with_others_is_left_alone),
        TEST(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
