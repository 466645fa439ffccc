/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crlindex.h"

#include "base/clock.h"
#include "tests/fakes/made_crl.h"
#include "tests/fakes/pki.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static char *dir;
static GPtrArray *issuers;

static int
start(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    assert_int_equal(chmod(dir, 0755), 0);
    issuers = g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
    g_ptr_array_add(issuers, pki_certificate("root"));
    g_ptr_array_add(issuers, pki_certificate("issuing"));
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    g_ptr_array_unref(issuers);
    pki_scratch_remove(dir);
    return 0;
}

/* Writes the index of a list of tests/pki; its name. */
static char *
index_list(const char *list)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = pki_path(list);
    g_autoptr(Crl) crl = crl_load(path, issuers, &error);
    assert_non_null(crl);
    assert_true(crlindex_prepare(dir, "corp", &error));
    assert_true(crlindex_write(dir, "corp", crl, &error));
    return crlindex_get_name(crl);
}

/* What the index says; NULL: refused with *fault (NULL: passed over). */
static Crl *
map(const char *name, const GPtrArray *of, char **fault)
{
    g_autoptr(GError) error = NULL;
    CrlFile file;
    *fault = NULL;
    g_autoptr(CrlIndexFolder) folder = crlindex_open(dir, "corp", &error);
    Crl *crl =
        folder != NULL ? crlindex_map(folder, name, of, &file, &error) : NULL;
    if (error != NULL)
        *fault = g_strdup(error->message);
    assert_false(crl != NULL && error != NULL);
    return crl;
}

static CrlVerdict
verdict(Crl *crl, const char *name)
{
    g_autoptr(Certificate) certificate = pki_certificate(name);
    g_autoptr(GPtrArray) crls = g_ptr_array_new();
    const Crl *judge = NULL;
    g_ptr_array_add(crls, crl);
    return crl_check(crls, certificate, g_ptr_array_index(issuers, 1),
                     clock_now(), &judge);
}

static void
an_index_says_what_its_list_says(void **state)
{
    (void)state;
    g_autofree char *name = index_list("issuing.crl");
    g_autofree char *fault = NULL;
    g_autofree char *path = pki_path("issuing.crl");
    g_autoptr(Crl) list = crl_load(path, issuers, NULL);
    g_autoptr(Crl) crl = map(name, issuers, &fault);
    assert_non_null(crl);
    assert_int_equal(verdict(crl, "bob"), CRL_GOOD);
    assert_int_equal(verdict(crl, "revoked"), CRL_REVOKED);
    assert_int_equal(verdict(crl, "on-hold"), CRL_ON_HOLD);
    g_autofree char *ours = crl_describe(crl);
    g_autofree char *theirs = crl_describe(list);
    assert_string_equal(ours, theirs);
    assert_true(crl_is_same(crl, list));
    assert_false(crl_is_behind(crl, list) || crl_is_behind(list, crl));
    assert_true(
        crl_is_file(&crl_get_parts(crl)->file, &crl_get_parts(list)->file));
    g_autoptr(CrlIndexFolder) folder = crlindex_open(dir, "corp", NULL);
    g_autoptr(GPtrArray) names = crlindex_list(folder);
    assert_int_equal(names->len, 1);
    assert_string_equal(g_ptr_array_index(names, 0), name);
}

static void
an_authority_that_is_not_of_the_set_is_passed_over(void **state)
{
    (void)state;
    g_autofree char *name = index_list("issuing.crl");
    g_autofree char *fault = NULL;
    g_autoptr(GPtrArray) others =
        g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
    g_ptr_array_add(others, pki_certificate("root"));
    assert_null(map(name, others, &fault));
    assert_null(fault);
}

static void
put(const char *name, const char *bytes, gsize size)
{
    g_autofree char *folder = g_build_filename(dir, "corp", NULL);
    g_free(pki_scratch_write(folder, name, bytes, size, 0644));
}

/* Every octet changed, every length cut: never believed. */
static void
a_damaged_index_is_refused(void **state)
{
    (void)state;
    g_autofree char *name = index_list("issuing.crl");
    g_autofree char *path = g_build_filename(dir, "corp", name, NULL);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    for (gsize at = 0; at < size; at += at < 200 ? 1 : 7) {
        const char *fault = NULL;
        bytes[at] ^= 0x10;
        if (crlindex_parse((guchar *)bytes, size, issuers, g_free, NULL,
                           &fault) != NULL)
            fail_msg("octet %zu may change", at);
        assert_non_null(fault);
        bytes[at] ^= 0x10;
        if (crlindex_parse((guchar *)bytes, at, issuers, g_free, NULL,
                           &fault) != NULL)
            fail_msg("may be cut at %zu", at);
    }
    g_autofree char *fault = NULL;
    put("cut.idx", bytes, size - 1);
    assert_null(map("cut.idx", issuers, &fault));
    assert_non_null(strstr(fault, "cut short"));
    g_clear_pointer(&fault, g_free);
    put("empty.idx", "", 0);
    assert_null(map("empty.idx", issuers, &fault));
    assert_non_null(strstr(fault, "is empty"));
    g_clear_pointer(&fault, g_free);
    char junk[500];
    memset(junk, 'j', sizeof junk);
    put("junk.idx", junk, sizeof junk);
    assert_null(map("junk.idx", issuers, &fault));
    assert_non_null(strstr(fault, "no index"));
}

/* Who may write there can hide a revocation. */
static void
what_others_may_write_is_not_believed(void **state)
{
    (void)state;
    g_autofree char *name = index_list("issuing.crl");
    g_autofree char *folder = g_build_filename(dir, "corp", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    const struct {
        const char *path;
        mode_t bad, good;
        bool of_the_file;
    } rows[] = {{dir, 0775, 0755, false},    {dir, 0757, 0755, false},
                {folder, 0775, 0755, false}, {folder, 0757, 0755, false},
                {path, 0664, 0644, true},    {path, 0646, 0644, true}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *fault = NULL;
        assert_int_equal(chmod(rows[i].path, rows[i].bad), 0);
        Crl *crl = map(name, issuers, &fault);
        assert_int_equal(chmod(rows[i].path, rows[i].good), 0);
        if (crl != NULL || strstr(fault, "written to by others") == NULL)
            fail_msg("row %zu: %s", i, fault);
    }
    if (geteuid() != 0)
        return;
    g_autofree char *fault = NULL;
    assert_int_equal(chown(path, 1234, 0), 0);
    assert_null(map(name, issuers, &fault));
    assert_non_null(strstr(fault, "another user"));
    assert_int_equal(chown(path, 0, 0), 0);
}

static void
a_link_is_not_followed(void **state)
{
    (void)state;
    g_autofree char *name = index_list("issuing.crl");
    g_autofree char *path = g_build_filename(dir, "corp", "link.idx", NULL);
    g_autofree char *fault = NULL;
    assert_int_equal(symlink(name, path), 0);
    assert_null(map("link.idx", issuers, &fault));
    assert_non_null(fault);
    assert_int_equal(g_unlink(path), 0);
}

static void
what_a_killed_writer_left_is_removed(void **state)
{
    (void)state;
    g_autofree char *name = index_list("issuing.crl");
    g_autofree char *left = g_build_filename(dir, "corp", ".new-abc", NULL);
    g_autofree char *path = g_build_filename(dir, "corp", name, NULL);
    put(".new-abc", "x", 1);
    assert_true(crlindex_prepare(dir, "corp", NULL));
    assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void
no_folder_is_no_error_but_a_bad_name_is(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_null(crlindex_open(dir, "none", &error));
    assert_null(error);
    assert_null(crlindex_open("/nonexistent", "corp", &error));
    assert_null(error);
    assert_null(crlindex_open(dir, "../corp", &error));
    assert_non_null(error);
    g_clear_error(&error);
    assert_false(crlindex_prepare("/nonexistent", "corp", &error));
    assert_non_null(strstr(error->message, "cannot be made"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_says_what_its_list_says),
        cmocka_unit_test(an_authority_that_is_not_of_the_set_is_passed_over),
        cmocka_unit_test(a_damaged_index_is_refused),
        cmocka_unit_test(what_others_may_write_is_not_believed),
        cmocka_unit_test(a_link_is_not_followed),
        cmocka_unit_test(what_a_killed_writer_left_is_removed),
        cmocka_unit_test(no_folder_is_no_error_but_a_bad_name_is),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
