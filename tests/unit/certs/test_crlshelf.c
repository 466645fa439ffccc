/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crlshelf.h"

#include "base/clock.h"
#include "certs/crlindex.h"
#include "tests/fakes/made_crl.h"
#include "tests/fakes/pki.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static char *dir;
static GPtrArray *issuers;

/* --- a reading that lasts as long as the test wants ---------------------- */

static GMutex gate_lock;
static GCond gate_changed;
static bool gate_closed;
static guint gate_waiting;

Crl *__real_crl_load(const char *path, const GPtrArray *of, GError **error);
Crl *__wrap_crl_load(const char *path, const GPtrArray *of, GError **error);

Crl *
__wrap_crl_load(const char *path, const GPtrArray *of, GError **error)
{
    g_mutex_lock(&gate_lock);
    gate_waiting++;
    g_cond_broadcast(&gate_changed);
    while (gate_closed)
        g_cond_wait(&gate_changed, &gate_lock);
    gate_waiting--;
    g_mutex_unlock(&gate_lock);
    return __real_crl_load(path, of, error);
}

static void
set_gate(bool closed)
{
    g_mutex_lock(&gate_lock);
    gate_closed = closed;
    g_cond_broadcast(&gate_changed);
    g_mutex_unlock(&gate_lock);
}

static void
await_reader(void)
{
    g_mutex_lock(&gate_lock);
    while (gate_waiting == 0)
        g_cond_wait(&gate_changed, &gate_lock);
    g_mutex_unlock(&gate_lock);
}

/* --- a shelf ------------------------------------------------------------- */

static int
start(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    assert_int_equal(chmod(dir, 0755), 0);
    issuers = g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
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

static char *
make_folder(const char *name)
{
    char *path = g_build_filename(dir, name, NULL);
    assert_int_equal(g_mkdir_with_parents(path, 0755), 0);
    return path;
}

static char *
put(const char *folder, const char *name, const MadeCrl *wish)
{
    g_autoptr(GBytes) der = made_crl_new(wish);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    g_autofree char *written =
        pki_scratch_write(folder, ".new", bytes, size, 0644);
    char *final = g_build_filename(folder, name, NULL);
    assert_int_equal(rename(written, final), 0);
    return final;
}

static CrlShelf *
make_shelf(const char *crls, const char *index)
{
    g_autoptr(Problems) problems = problems_new();
    const CrlShelfWish wish = {
        .name = "corp", .crls = crls, .index = index, .issuers = issuers};
    CrlShelf *shelf = crlshelf_new(&wish, problems);
    assert_int_equal(problems_count(problems), 0);
    return shelf;
}

static CrlVerdict
ask(CrlShelf *shelf)
{
    g_autoptr(Certificate) bob = pki_certificate("bob");
    g_autoptr(Crl) judge = NULL;
    CrlVerdict verdict = crlshelf_check(
        shelf, bob, g_ptr_array_index(issuers, 0), clock_now(), &judge);
    assert_int_equal(judge == NULL, verdict == CRL_UNKNOWN);
    return verdict;
}

static void
await(CrlShelf *shelf, guint64 before)
{
    while (crlshelf_get_generation(shelf) == before)
        g_thread_yield();
}

static void
who_asks_never_waits_for_a_list(void **state)
{
    (void)state;
    g_autofree char *crls = make_folder("crls");
    const MadeCrl first = {.issuer = "issuing", .number = 1};
    const MadeCrl second = {.issuer = "issuing", .number = 2, .revoked = "bob"};
    g_free(put(crls, "list", &first));
    g_autoptr(CrlShelf) shelf = make_shelf(crls, NULL);
    assert_int_equal(ask(shelf), CRL_GOOD);
    guint64 before = crlshelf_get_generation(shelf);
    set_gate(true);
    g_free(put(crls, "list", &second));
    assert_int_equal(ask(shelf), CRL_GOOD);
    await_reader();
    /* The new list is being read, and will be until the gate opens: each of
     * these answers comes before. */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ask(shelf), CRL_GOOD);
    assert_true(crlshelf_get_generation(shelf) == before);
    set_gate(false);
    await(shelf, before);
    assert_int_equal(ask(shelf), CRL_REVOKED);
}

static gpointer
ask_until_revoked(gpointer shelf)
{
    while (ask(shelf) != CRL_REVOKED)
        g_thread_yield();
    return NULL;
}

static void
many_may_ask_while_lists_change(void **state)
{
    (void)state;
    g_autofree char *crls = make_folder("many");
    g_autoptr(CrlShelf) shelf = make_shelf(crls, NULL);
    GThread *threads[4];
    assert_int_equal(ask(shelf), CRL_UNKNOWN);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("ask", ask_until_revoked, shelf);
    for (long number = 1; number <= 5; number++) {
        const MadeCrl list = {.issuer = "issuing",
                              .number = number,
                              .revoked = number == 5 ? "bob" : NULL};
        guint64 before = crlshelf_get_generation(shelf);
        g_free(put(crls, "list", &list));
        await(shelf, before);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

/* A folder that has not settled is read again, and finds the very same. */
static void
what_has_not_changed_is_not_read_again(void **state)
{
    (void)state;
    g_autofree char *crls = make_folder("same");
    const MadeCrl list = {.issuer = "issuing", .number = 1};
    const MadeCrl other = {.issuer = "issuing", .number = 2};
    g_free(put(crls, "a", &list));
    g_autoptr(CrlShelf) shelf = make_shelf(crls, NULL);
    g_autoptr(GPtrArray) old = crlshelf_list(shelf);
    guint64 before = crlshelf_get_generation(shelf);
    g_free(put(crls, "b", &other));
    await(shelf, before);
    g_autoptr(GPtrArray) new = crlshelf_list(shelf);
    assert_int_equal(new->len, 2);
    assert_true(g_ptr_array_find(new, g_ptr_array_index(old, 0), NULL));
}

static void
indexes_take_the_place_of_lists(void **state)
{
    (void)state;
    g_autofree char *crls = make_folder("listed");
    g_autofree char *index = make_folder("index");
    const MadeCrl first = {.issuer = "issuing", .number = 1};
    const MadeCrl second = {.issuer = "issuing", .number = 2, .revoked = "bob"};
    g_free(put(crls, "list", &first));
    g_autoptr(CrlShelf) shelf = make_shelf(crls, index);
    /* sceau-crld has not made an index yet. */
    assert_int_equal(ask(shelf), CRL_UNKNOWN);
    assert_true(crlindex_prepare(index, "corp", NULL));
    for (int round = 0; round < 2; round++) {
        guint64 before = crlshelf_get_generation(shelf);
        g_autofree char *again =
            put(crls, "list", round == 0 ? &first : &second);
        g_autoptr(Crl) crl = crl_load(again, issuers, NULL);
        assert_true(crlindex_write(index, "corp", crl, NULL));
        await(shelf, before);
        assert_int_equal(ask(shelf), round == 0 ? CRL_GOOD : CRL_REVOKED);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_never_waits_for_a_list),
        cmocka_unit_test(many_may_ask_while_lists_change),
        cmocka_unit_test(what_has_not_changed_is_not_read_again),
        cmocka_unit_test(indexes_take_the_place_of_lists),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
