/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/spool.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

static Spool *
spool_sharing(guint64 memory, guint64 shared, guint64 limit)
{
    const SpoolSettings settings = {.path = (char *)(guintptr) "/tmp",
                                    .memory_bytes = memory,
                                    .shared_bytes = shared,
                                    .limit_bytes = limit};
    return spool_new(&settings);
}

static Spool *
spool_of(guint64 memory, guint64 limit)
{
    return spool_sharing(memory, 0, limit);
}

static void
bytes_come_back_from_memory_and_from_a_file(void **state)
{
    (void)state;
    for (int file = 0; file < 2; file++) {
        g_autoptr(Spool) spool = spool_of(file ? 16 : 1 << 20, 1 << 20);
        g_autofree char *bytes = g_malloc(100000);
        for (int i = 0; i < 100000; i++)
            bytes[i] = (char)(i * 31 + i / 7);
        for (int at = 0; at < 100000; at += 777)
            assert_true(spool_write(spool, bytes + at,
                                    (size_t)MIN(777, 100000 - at), NULL));
        assert_true(spool_seal(spool, NULL));
        assert_int_equal(spool_get_size(spool), 100000);
        g_autofree char *read = g_malloc(100000);
        assert_int_equal(spool_read_at(spool, 0, read, 100000, NULL), 100000);
        assert_memory_equal(read, bytes, 100000);
        assert_int_equal(spool_read_at(spool, 99990, read, 100, NULL), 10);
        assert_memory_equal(read, bytes + 99990, 10);
        assert_int_equal(spool_read_at(spool, 100000, read, 1, NULL), 0);
        assert_int_equal(spool_read_at(spool, 1 << 30, read, 1, NULL), 0);
    }
}

/* Written in odd pieces and read while it is written, at every change of its
 * place: small, mapped, file. */
static void
every_byte_is_in_its_place_at_any_size(void **state)
{
    (void)state;
    static const struct {
        guint64 memory, shared;
        gsize size, piece;
    } rows[] = {
        {0, 0, 300000, 1},
        {1, 0, 700000, 65535},
        {65536, 0, 1 << 20, 33792},
        {100000, 0, 1 << 20, 262144},
        {1 << 20, 0, 3 << 20, 4097},
        {16 << 20, 0, 9 << 20, 65535},
        {0, 16 << 20, 300000, 1},
        {65536, 16 << 20, 9 << 20, 65535},
        {1 << 20, 5 << 20, 9 << 20, 65535},
        {1 << 20, 3 << 20, 3 << 20, 3 << 20},
        {16 << 20, 2 << 20, 9 << 20, 65535},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize size = rows[i].size;
        g_autoptr(Spool) spool =
            spool_sharing(rows[i].memory, rows[i].shared, size);
        g_autofree char *bytes = g_malloc(size);
        g_autofree char *read = g_malloc(size);
        for (gsize k = 0; k < size; k++)
            bytes[k] = (char)(k * 31 + k / 251);
        for (gsize at = 0; at < size; at += rows[i].piece) {
            gsize part = MIN(rows[i].piece, size - at);
            assert_true(spool_write(spool, bytes + at, part, NULL));
            gsize from = at > 70000 ? at - 70000 : 0;
            if (part == 1 && at % 997 != 0)
                continue;
            ssize_t got = spool_read_at(spool, from, read, size, NULL);
            assert_int_equal(got, at + part - from);
            assert_memory_equal(read, bytes + from, (gsize)got);
        }
        assert_true(spool_seal(spool, NULL));
        assert_true(spool_seal(spool, NULL));
        assert_int_equal(spool_read_at(spool, 0, read, size, NULL), size);
        assert_memory_equal(read, bytes, size);
    }
}

static bool
is_in_memory(const Spool *spool)
{
    gsize size = 0;
    return spool_peek_at(spool, 0, &size) != NULL;
}

/* Two of 3 MiB are too much for 6 MiB in steps of 2; the second goes to a file, and what it
 * leaves is there for the third. */
static void
large_ones_share_what_there_is(void **state)
{
    (void)state;
    const gsize size = 3 << 20;
    g_autofree char *bytes = g_malloc0(size);
    Spool *spools[3] = {0};
    for (int i = 0; i < 3; i++) {
        spools[i] = spool_sharing(65536, 6 << 20, size);
        if (i == 2)
            spool_unref(spools[0]);
        for (gsize at = 0; at < size; at += 65536)
            assert_true(spool_write(spools[i], bytes + at, 65536, NULL));
        assert_true(spool_seal(spools[i], NULL));
        assert_int_equal(is_in_memory(spools[i]), i != 1);
    }
    spool_unref(spools[1]);
    spool_unref(spools[2]);
}

static void
what_lies_in_memory_can_be_looked_at(void **state)
{
    (void)state;
    g_autoptr(Spool) memory = spool_of(100, 100);
    g_autoptr(Spool) file = spool_of(4, 100);
    gsize size = 0;
    assert_null(spool_peek_at(memory, 0, &size));
    assert_true(spool_write(memory, "0123456789", 10, NULL));
    assert_true(spool_write(file, "0123456789", 10, NULL));
    assert_true(spool_seal(memory, NULL) && spool_seal(file, NULL));
    const char *there = spool_peek_at(memory, 3, &size);
    assert_int_equal(size, 7);
    assert_memory_equal(there, "3456789", 7);
    assert_null(spool_peek_at(memory, 10, &size));
    assert_null(spool_peek_at(file, 0, &size));
}

static void
past_the_limit_is_the_messages_fault(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = spool_of(16, 100);
    g_autofree char *bytes = g_malloc0(101);
    g_autoptr(GError) error = NULL;
    assert_true(spool_write(spool, bytes, 100, NULL));
    assert_false(spool_write(spool, bytes, 1, &error));
    assert_int_equal(error_get_class(error), ERROR_MALFORMED);
}

static void
a_disk_that_fails_is_temporary(void **state)
{
    (void)state;
    const SpoolSettings nowhere = {.path =
                                       (char *)(guintptr) "/nonexistent/spool",
                                   .memory_bytes = 4,
                                   .limit_bytes = 100};
    g_autoptr(Spool) spool = spool_new(&nowhere);
    g_autoptr(GError) error = NULL;
    assert_true(spool_write(spool, "abcd", 4, NULL));
    assert_false(spool_write(spool, "e", 1, &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    assert_non_null(strstr(error->message, "/nonexistent/spool"));
}

static void
a_full_disk_is_temporary(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit tight = {.rlim_cur = 8192, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    g_autoptr(Spool) spool = spool_of(16, 1 << 20);
    g_autofree char *bytes = g_malloc0(65536);
    g_autoptr(GError) error = NULL;
    bool written =
        spool_write(spool, bytes, 65536, &error) && spool_seal(spool, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_false(written);
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
}

static void
references_are_counted(void **state)
{
    (void)state;
    Spool *spool = spool_of(16, 100);
    assert_ptr_equal(spool_ref(spool), spool);
    spool_unref(spool);
    assert_int_equal(spool_get_size(spool), 0);
    spool_unref(spool);
    spool_unref(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back_from_memory_and_from_a_file),
        cmocka_unit_test(every_byte_is_in_its_place_at_any_size),
        cmocka_unit_test(large_ones_share_what_there_is),
        cmocka_unit_test(what_lies_in_memory_can_be_looked_at),
        cmocka_unit_test(past_the_limit_is_the_messages_fault),
        cmocka_unit_test(a_disk_that_fails_is_temporary),
        cmocka_unit_test(a_full_disk_is_temporary),
        cmocka_unit_test(references_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
