/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/addresses.h"

#include "given.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

static void
entries_match_as_the_language_says(void **state)
{
    (void)state;
    Addresses *list = addresses_new();
    assert_true(addresses_add(list, "Bob@Example.FR", G_MAXINT64));
    assert_true(addresses_add(list, "partner.example", G_MAXINT64));
    assert_true(addresses_add(list, ".gmail.com", G_MAXINT64));
    static const struct {
        const char *mailbox;
        Truth in;
    } rows[] = {
        {"bob@example.fr", TRUTH_TRUE},
        {"BOB@example.fr", TRUTH_TRUE},
        {"rob@example.fr", TRUTH_FALSE},
        {"x@partner.example", TRUTH_TRUE},
        {"x@a.partner.example", TRUTH_FALSE},
        {"x@gmail.com", TRUTH_TRUE},
        {"x@mail.gmail.com", TRUTH_TRUE},
        {"x@notgmail.com", TRUTH_FALSE},
        {"x@gmail.com.evil", TRUTH_FALSE},
        {"x@com", TRUTH_FALSE},
        {"", TRUTH_FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (addresses_match(list, rows[i].mailbox, 1) != rows[i].in)
            fail_msg("%s", rows[i].mailbox);
    addresses_free(list);
    addresses_free(NULL);
}

static void
what_is_no_address_is_not_taken(void **state)
{
    (void)state;
    Addresses *list = addresses_new();
    static const char *const wrong[] = {"",    ".",     "@",    "a@",
                                        "a b", "a@b@c", "a@.b", "..x"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        if (addresses_add(list, wrong[i], G_MAXINT64))
            fail_msg("\"%s\" was taken", wrong[i]);
    assert_int_equal(addresses_count(list), 0);
    addresses_free(list);
}

static void
an_entry_ends_with_its_day(void **state)
{
    (void)state;
    Addresses *list = addresses_new();
    addresses_add(list, "a@example.fr", 1000);
    assert_int_equal(addresses_match(list, "a@example.fr", 999), TRUTH_TRUE);
    assert_int_equal(addresses_match(list, "a@example.fr", 1000), TRUTH_FALSE);
    assert_int_equal(addresses_match(list, "a@example.fr", 0), TRUTH_UNKNOWN);
    assert_int_equal(addresses_match(list, "b@example.fr", 0), TRUTH_FALSE);
    /* The later of two holds, in either order. */
    addresses_add(list, "a@example.fr", 500);
    assert_int_equal(addresses_match(list, "a@example.fr", 999), TRUTH_TRUE);
    addresses_add(list, "example.fr", G_MAXINT64);
    assert_int_equal(addresses_match(list, "a@example.fr", 0), TRUTH_TRUE);
    addresses_free(list);
}

static char *
load(const char *text, Addresses *list, char **hash)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("list-XXXXXX", &path, NULL);
    assert_true(file >= 0);
    close(file);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    addresses_load(list, path, NULL, sum, problems);
    GString *lines = g_string_new(NULL);
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        g_string_append_printf(lines, "%s\n",
                               problems_get(problems, i) + strlen(path));
    if (hash != NULL)
        *hash = g_strdup(g_checksum_get_string(sum));
    g_unlink(path);
    return g_string_free(lines, FALSE);
}

static void
a_list_file_is_read_line_by_line(void **state)
{
    (void)state;
    Addresses *list = addresses_new();
    g_autofree char *mistakes =
        load("# lawyers\r\n\n  a@example.fr   # first\r\n"
             ".cabinet.example until 2026-12-15 # until Christmas\n"
             "c#d@example.fr",
             list, NULL);
    assert_string_equal(mistakes, "");
    assert_int_equal(addresses_count(list), 3);
    /* 2026-12-15T23:59:59Z and a second later. */
    assert_int_equal(addresses_match(list, "x@cabinet.example", 1797379199),
                     TRUTH_TRUE);
    assert_int_equal(addresses_match(list, "x@cabinet.example", 1797379200),
                     TRUTH_FALSE);
    assert_int_equal(addresses_match(list, "c#d@example.fr", 1), TRUTH_TRUE);
    addresses_free(list);
}

static void
mistakes_in_a_list_file_have_their_line(void **state)
{
    (void)state;
    Addresses *list = addresses_new();
    g_autofree char *mistakes = load("a@example.fr\n"
                                     "a b\n"
                                     "b@example.fr until\n"
                                     "b@example.fr until 2026-02-30\n"
                                     "b@example.fr until 26-02-01\n"
                                     "b@example.fr until 2026-02-01x\n"
                                     "b@example.fr until 2026-02-01 x\n"
                                     "b@@example.fr\n",
                                     list, NULL);
    static const char *const places[] = {
        ":2:1:", ":3:1:", ":4:1:", ":5:1:", ":6:1:", ":7:1:", ":8:1:"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        assert_non_null(strstr(mistakes, places[i]));
    assert_null(strstr(mistakes, ":1:1:"));
    assert_int_equal(addresses_count(list), 1);
    addresses_free(list);
}

static void
a_file_of_rubbish_ends_early(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < 1000; i++)
        g_string_append(text, "not an address\n");
    Addresses *list = addresses_new();
    g_autofree char *mistakes = load(text->str, list, NULL);
    assert_non_null(strstr(mistakes, "too many mistakes"));
    assert_null(strstr(mistakes, ":30:1:"));
    addresses_free(list);
}

static void
a_list_has_a_limit(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i <= ADDRESSES_ENTRY_LIMIT; i++)
        g_string_append_printf(text, "a%u@example.fr\n", i);
    Addresses *list = addresses_new();
    g_autofree char *mistakes = load(text->str, list, NULL);
    assert_non_null(strstr(mistakes, "at most 100000 entries"));
    addresses_free(list);
}

static void
other_bytes_are_another_hash(void **state)
{
    (void)state;
    Addresses *list = addresses_new();
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;
    g_autofree char *a = load("a@example.fr\n", list, &first);
    g_autofree char *b = load("a@example.fr # x\n", list, &second);
    assert_string_equal(a, b);
    assert_string_not_equal(first, second);
    addresses_free(list);
}

static void
a_fifo_is_not_waited_for(void **state)
{
    (void)state;
    g_autofree char *folder = g_dir_make_tmp("list-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "fifo", NULL);
    assert_int_equal(mkfifo(path, 0600), 0);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GBytes) bytes = addresses_read_file(path, 100, NULL, problems);
    assert_null(bytes);
    assert_non_null(strstr(problems_get(problems, 0), "regular file"));
    assert_int_equal(g_unlink(path), 0);
    assert_int_equal(g_rmdir(folder), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_match_as_the_language_says),
        cmocka_unit_test(what_is_no_address_is_not_taken),
        cmocka_unit_test(an_entry_ends_with_its_day),
        cmocka_unit_test(a_list_file_is_read_line_by_line),
        cmocka_unit_test(mistakes_in_a_list_file_have_their_line),
        cmocka_unit_test(a_file_of_rubbish_ends_early),
        cmocka_unit_test(a_list_has_a_limit),
        cmocka_unit_test(other_bytes_are_another_hash),
        cmocka_unit_test(a_fifo_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
