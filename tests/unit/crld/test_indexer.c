/* SPDX-License-Identifier: BSD-2-Clause */
#include "crld/indexer.h"

#include "base/clock.h"
#include "certs/crlindex.h"
#include "tests/fakes/made_crl.h"
#include "tests/fakes/pki.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static char *crls;
static char *index_dir;
static GPtrArray *issuers;

typedef struct {
    GString *text;
    unsigned good, bad;
} Heard;

static int
start(void **state)
{
    (void)state;
    crls = pki_scratch_new();
    index_dir = pki_scratch_new();
    issuers = g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
    g_ptr_array_add(issuers, pki_certificate("issuing"));
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    g_ptr_array_unref(issuers);
    pki_scratch_remove(crls);
    pki_scratch_remove(index_dir);
    return 0;
}

static void
hear(gpointer data, bool good, const char *trust, const char *text)
{
    Heard *heard = data;
    assert_string_equal(trust, "corp");
    heard->good += good;
    heard->bad += !good;
    g_string_assign(heard->text, text);
}

static Indexer *
make(void)
{
    static IndexerWish wish;
    wish = (IndexerWish){
        .trust = "corp", .crls = crls, .index = index_dir, .issuers = issuers};
    return indexer_new(&wish);
}

static void
put(const char *name, const MadeCrl *wish)
{
    g_autoptr(GBytes) der = made_crl_new(wish);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    g_autofree char *written =
        pki_scratch_write(crls, ".new", bytes, size, 0644);
    g_autofree char *final = g_build_filename(crls, name, NULL);
    assert_int_equal(rename(written, final), 0);
}

/* Runs it; what the one index says of bob. */
static CrlVerdict
run(Indexer *indexer, Heard *heard)
{
    indexer_run(indexer, hear, heard);
    g_autoptr(CrlIndexFolder) folder = crlindex_open(index_dir, "corp", NULL);
    g_autoptr(GPtrArray) names = crlindex_list(folder);
    assert_int_equal(names->len, 1);
    CrlFile file;
    g_autoptr(Crl) crl =
        crlindex_map(folder, g_ptr_array_index(names, 0), issuers, &file, NULL);
    assert_non_null(crl);
    g_autoptr(Certificate) bob = pki_certificate("bob");
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, crl);
    const Crl *judge = NULL;
    return crl_check(all, bob, g_ptr_array_index(issuers, 0), clock_now(),
                     &judge);
}

static void
numbers_do_not_go_back_over_restarts(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    Heard heard = {.text = text};
    const MadeCrl five = {.issuer = "issuing", .number = 5};
    const MadeCrl six = {.issuer = "issuing", .number = 6, .revoked = "bob"};
    const MadeCrl earlier = {
        .issuer = "issuing", .number = 6, .from_s = -7200, .until_s = 86400};
    const MadeCrl seven = {.issuer = "issuing", .number = 7};
    Indexer *indexer = make();
    put("by-hand", &five);
    assert_int_equal(run(indexer, &heard), CRL_GOOD);
    put("by-hand", &six);
    assert_int_equal(run(indexer, &heard), CRL_REVOKED);
    assert_int_equal(heard.good, 2);
    /* Killed and started again: nothing is verified twice, nothing told. */
    indexer_free(indexer);
    indexer = make();
    assert_int_equal(run(indexer, &heard), CRL_REVOKED);
    assert_int_equal(heard.good + heard.bad, 2);
    put("by-hand", &five);
    assert_int_equal(run(indexer, &heard), CRL_REVOKED);
    assert_non_null(strstr(text->str, "number went back"));
    put("another", &earlier);
    assert_int_equal(run(indexer, &heard), CRL_REVOKED);
    assert_non_null(strstr(text->str, "made before"));
    indexer_run(indexer, hear, &heard);
    assert_int_equal(heard.bad, 2); /* each told once */
    assert_int_equal(indexer_count_faults(indexer), 0);
    put("another", &seven);
    assert_int_equal(run(indexer, &heard), CRL_GOOD);
    indexer_free(indexer);
}

static void
what_is_no_list_is_told_once_and_tried_again(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    Heard heard = {.text = text};
    g_autoptr(Indexer) indexer = make();
    const MadeCrl future = {
        .issuer = "issuing", .number = 9, .from_s = 3600, .until_s = 86400};
    put("later", &future);
    (void)run(indexer, &heard);
    unsigned before = heard.bad;
    assert_non_null(strstr(text->str, "from the future"));
    assert_int_equal(indexer_count_faults(indexer), 1);
    (void)run(indexer, &heard);
    clock_set(clock_now() + 1200);
    (void)run(indexer, &heard);
    assert_int_equal(heard.bad, before);
    clock_set(clock_now() + 7200);
    (void)run(indexer, &heard);
    clock_set(-1);
    assert_int_equal(indexer_count_faults(indexer), 0);
    assert_non_null(strstr(text->str, "0 entries"));
}

static void
a_folder_that_cannot_be_written_is_told_once(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    Heard heard = {.text = text};
    const IndexerWish wish = {.trust = "corp",
                              .crls = crls,
                              .index = "/nonexistent",
                              .issuers = issuers};
    g_autoptr(Indexer) indexer = indexer_new(&wish);
    indexer_run(indexer, hear, &heard);
    indexer_run(indexer, hear, &heard);
    assert_int_equal(heard.bad, 1);
    assert_non_null(strstr(text->str, "cannot be made"));
    assert_int_equal(indexer_count_faults(indexer), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_do_not_go_back_over_restarts),
        cmocka_unit_test(what_is_no_list_is_told_once_and_tried_again),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_told_once),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
