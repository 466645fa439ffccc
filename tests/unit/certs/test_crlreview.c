/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crlreview.h"

#include "base/clock.h"
#include "certs/crlindex.h"
#include "tests/fakes/made_crl.h"
#include "tests/fakes/pki.h"

#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static GPtrArray *issuers;

static int
start(void **state)
{
    (void)state;
    issuers = g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
    g_ptr_array_add(issuers, pki_certificate("issuing"));
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    g_ptr_array_unref(issuers);
    return 0;
}

static void
add(const char *folder, const char *name, const MadeCrl *wish)
{
    g_autoptr(GBytes) der = made_crl_new(wish);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    g_free(pki_scratch_write(folder, name, bytes, size, 0644));
}

/* All lines, errors with "E " before them. */
static char *
review(const char *crls, const char *index, bool required, gint64 now_s)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Problems) load = problems_new();
    const CrlShelfWish wish = {
        .name = "corp", .crls = crls, .index = index, .issuers = issuers};
    g_autoptr(CrlShelf) shelf = crlshelf_new(&wish, load);
    g_autoptr(GPtrArray) lists = crlshelf_list(shelf);
    crlreview_tell(&wish, lists, required, now_s, problems);
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        g_string_append_printf(text, "%s%s\n",
                               problems_is_warning(problems, i) ? "" : "E ",
                               problems_get(problems, i));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
dates_are_told_before_they_pass(void **state)
{
    (void)state;
    static const struct {
        gint64 from_s, until_s;
        bool required;
        const char *error, *warning;
    } rows[] = {
        {-3600, 86400, true, NULL, NULL},
        {-80000, 20000, true, NULL, "less than a quarter"},
        {-7200, -3600, true, "is past its date since", NULL},
        {-7200, -3600, false, NULL, "is past its date since"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *crls = pki_scratch_new();
        const MadeCrl list = {.issuer = "issuing",
                              .from_s = rows[i].from_s,
                              .until_s = rows[i].until_s};
        add(crls, "list", &list);
        g_autofree char *text =
            review(crls, NULL, rows[i].required, clock_now());
        const char *wanted =
            rows[i].error != NULL ? rows[i].error : rows[i].warning;
        bool good =
            wanted == NULL
                ? *text == '\0'
                : strstr(text, wanted) != NULL &&
                      strstr(text, "CN=Example Issuing") != NULL &&
                      g_str_has_prefix(text, "E ") == (rows[i].error != NULL);
        if (!good)
            fail_msg("row %zu: %s", i, text);
        pki_scratch_remove(crls);
    }
}

static void
a_list_that_another_replaces_is_not_told(void **state)
{
    (void)state;
    char *crls = pki_scratch_new();
    const MadeCrl old = {
        .issuer = "issuing", .number = 1, .from_s = -7200, .until_s = -3600};
    const MadeCrl new = {.issuer = "issuing", .number = 2};
    add(crls, "old", &old);
    add(crls, "new", &new);
    g_autofree char *text = review(crls, NULL, true, clock_now());
    assert_string_equal(text, "");
    pki_scratch_remove(crls);
}

static void
never_having_had_a_list_is_an_error_when_required(void **state)
{
    (void)state;
    char *crls = pki_scratch_new();
    g_autofree char *required = review(crls, NULL, true, clock_now());
    g_autofree char *preferred = review(crls, NULL, false, clock_now());
    assert_non_null(strstr(required, "never was a revocation list of CN="));
    assert_true(g_str_has_prefix(required, "E "));
    assert_string_equal(preferred, "");
    pki_scratch_remove(crls);
}

static void
folders_open_to_others_are_told(void **state)
{
    (void)state;
    char *crls = pki_scratch_new();
    char *index = pki_scratch_new();
    const MadeCrl list = {.issuer = "issuing"};
    add(crls, "list", &list);
    assert_int_equal(chmod(crls, 0777), 0);
    g_autofree char *open = review(crls, NULL, true, clock_now());
    assert_non_null(strstr(open, "could hide a revocation"));
    assert_non_null(strstr(open, crls));
    assert_int_equal(chmod(crls, 0755), 0);
    assert_int_equal(chmod(index, 0775), 0);
    g_autofree char *shared = review(crls, index, false, clock_now());
    assert_non_null(strstr(shared, index));
    pki_scratch_remove(crls);
    pki_scratch_remove(index);
}

static void
lists_without_an_index_are_told_after_a_while(void **state)
{
    (void)state;
    char *crls = pki_scratch_new();
    char *index = pki_scratch_new();
    const MadeCrl list = {.issuer = "issuing"};
    add(crls, "list", &list);
    g_autofree char *early = review(crls, index, false, clock_now());
    assert_string_equal(early, "");
    g_autofree char *late = review(crls, index, false, clock_now() + 1000);
    assert_non_null(strstr(late, "1 of 1 files"));
    g_autofree char *path = g_build_filename(crls, "list", NULL);
    g_autoptr(Crl) crl = crl_load(path, issuers, NULL);
    assert_int_equal(chmod(index, 0755), 0);
    assert_true(crlindex_prepare(index, "corp", NULL));
    assert_true(crlindex_write(index, "corp", crl, NULL));
    g_autofree char *indexed = review(crls, index, true, clock_now() + 1000);
    assert_string_equal(indexed, "");
    pki_scratch_remove(crls);
    pki_scratch_remove(index);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_told_before_they_pass),
        cmocka_unit_test(a_list_that_another_replaces_is_not_told),
        cmocka_unit_test(never_having_had_a_list_is_an_error_when_required),
        cmocka_unit_test(folders_open_to_others_are_told),
        cmocka_unit_test(lists_without_an_index_are_told_after_a_while),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
