/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crlentries.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static CrlEntry
entry(const char *serial, guchar on_hold)
{
    CrlEntry made;
    const CrlSlice slice = {.bytes = (const guchar *)serial,
                            .size = strlen(serial)};
    assert_true(crlentries_make(slice, &made));
    made.on_hold = on_hold;
    return made;
}

static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(CrlEntry));
}

static void
any_entries_are_sorted(void **state)
{
    (void)state;
    static const guint counts[] = {0, 1, 2, 3, 100, 5000};
    g_autoptr(GRand) dice = g_rand_new_with_seed(4);
    for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autofree CrlEntry *ours = g_new0(CrlEntry, counts[i] + 1);
        /* Few values, so that many are equal. */
        for (guint k = 0; k < counts[i]; k++) {
            ours[k].size = (guchar)g_rand_int_range(dice, 1, 4);
            for (guint j = 0; j < ours[k].size; j++)
                ours[k].serial[j] = (guchar)g_rand_int_range(dice, 0, 9);
            ours[k].on_hold = (guchar)g_rand_int_range(dice, 0, 2);
        }
        g_autofree CrlEntry *theirs =
            g_memdup2(ours, (counts[i] + 1) * sizeof(CrlEntry));
        crlentries_sort(ours, counts[i]);
        qsort(theirs, counts[i], sizeof(CrlEntry), compare);
        assert_memory_equal(ours, theirs, counts[i] * sizeof(CrlEntry));
        assert_true(crlentries_check(ours, counts[i]));
    }
}

static void
what_is_there_is_found(void **state)
{
    (void)state;
    CrlEntry list[] = {entry("m", 1), entry("bb", 0), entry("a", 0),
                       entry("z", 0), entry("m", 0),  entry("k", 1)};
    crlentries_sort(list, G_N_ELEMENTS(list));
    CrlEntry wanted = entry("k", 0);
    assert_int_equal(crlentries_find(list, 6, &wanted)->on_hold, 1);
    /* Revoked outweighs on hold. */
    wanted = entry("m", 0);
    assert_int_equal(crlentries_find(list, 6, &wanted)->on_hold, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(list); i++)
        assert_non_null(crlentries_find(list, 6, &list[i]));
    static const char *const others[] = {"A", "b", "zz", "aaa", "\x01"};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        wanted = entry(others[i], 0);
        assert_null(crlentries_find(list, 6, &wanted));
    }
    assert_null(crlentries_find(list, 0, &wanted));
}

static void
serials_have_their_limit(void **state)
{
    (void)state;
    CrlEntry made;
    const CrlSlice none = {0};
    const CrlSlice most = {.bytes = (const guchar *)"01234567890123456789",
                           .size = 20};
    const CrlSlice more = {.bytes = (const guchar *)"012345678901234567890",
                           .size = 21};
    assert_false(crlentries_make(none, &made));
    assert_true(crlentries_make(most, &made));
    assert_false(crlentries_make(more, &made));
}

static void
what_could_hide_a_serial_is_seen(void **state)
{
    (void)state;
    const CrlEntry good[] = {entry("a", 0), entry("b", 0), entry("aa", 0)};
    assert_true(crlentries_check(good, 3));
    for (int row = 0; row < 5; row++) {
        CrlEntry bad[3];
        memcpy(bad, good, sizeof bad);
        if (row == 0)
            bad[0] = entry("c", 0);
        else if (row == 1)
            bad[1].size = 0;
        else if (row == 2)
            bad[2].size = 21;
        else if (row == 3)
            bad[1].on_hold = 2;
        else
            bad[1].serial[7] = 1;
        assert_false(crlentries_check(bad, 3));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_entries_are_sorted),
        cmocka_unit_test(what_is_there_is_found),
        cmocka_unit_test(serials_have_their_limit),
        cmocka_unit_test(what_could_hide_a_serial_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
