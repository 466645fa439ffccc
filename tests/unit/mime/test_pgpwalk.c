/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/pgpwalk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define TEN     "0123456789"
#define FIFTY   TEN TEN TEN TEN TEN
#define HUNDRED FIFTY FIFTY
/* A session key for a reader (old and new format, 13 octets), by a password,
 * and containers of 51 octets. */
#define KEY      "\x84\x0d\x03" TEN "89"
#define KEY_NEW  "\xc1\x0d\x03" TEN "89"
#define PASSWORD "\xc3\x04\x04\x09\x03\x08"
#define DATA     "\xd2\x33\x01" FIFTY
#define AEAD     "\xd4\x33\x01" FIFTY
#define MARKER   "\xca\x03PGP"
#define WEAK     "\xa4\x32" FIFTY

#define ROW(text, kind)                                                        \
    {                                                                          \
        text, sizeof text - 1, kind                                            \
    }

static PgpWalkKind
walk(const char *bytes, gsize size, gsize chunk)
{
    g_autoptr(PgpWalk) walk = pgpwalk_new();
    for (gsize at = 0; at < size; at += chunk)
        if (!pgpwalk_write(walk, bytes + at, MIN(chunk, size - at)))
            return PGPWALK_NONE;
    return pgpwalk_finish(walk);
}

static void
only_keys_and_one_container_are_encrypted(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        gsize size;
        PgpWalkKind kind;
    } rows[] = {
        ROW(KEY DATA, PGPWALK_ENCRYPTED),
        ROW(KEY_NEW KEY PASSWORD DATA, PGPWALK_ENCRYPTED),
        ROW(PASSWORD AEAD, PGPWALK_ENCRYPTED),
        ROW(KEY WEAK, PGPWALK_WEAK),
        ROW(KEY "\xa7" FIFTY, PGPWALK_WEAK), /* of indeterminate length */
        ROW(KEY "\xd2\xff\0\0\0\x33\x01" FIFTY, PGPWALK_ENCRYPTED),
        ROW(KEY "\xd2\xc0\x09\x01" HUNDRED HUNDRED, PGPWALK_ENCRYPTED),
        ROW("", PGPWALK_NONE),
        ROW(KEY, PGPWALK_NONE),
        ROW(DATA, PGPWALK_NONE),          /* no key */
        ROW(DATA KEY, PGPWALK_NONE),      /* in the wrong order */
        ROW(KEY DATA "\n", PGPWALK_NONE), /* anything behind */
        ROW(KEY DATA DATA, PGPWALK_NONE),
        ROW(KEY DATA KEY, PGPWALK_NONE),
        ROW(KEY "\xcb\x33\x01" FIFTY, PGPWALK_NONE),  /* literal text */
        ROW(KEY "\xc8\x33\x01" FIFTY, PGPWALK_NONE),  /* compressed */
        ROW("\xcb\x33\x01" FIFTY DATA, PGPWALK_NONE), /* literal first */
        ROW(MARKER KEY MARKER MARKER DATA, PGPWALK_ENCRYPTED),
        ROW(MARKER DATA, PGPWALK_NONE), /* a marker is no key */
        ROW(KEY DATA MARKER, PGPWALK_NONE),
        ROW(KEY "\xca\x03Hey" DATA, PGPWALK_NONE), /* says something else */
        ROW(KEY "\xca\x04PGP!" DATA, PGPWALK_NONE),
        ROW(KEY "\xca\x02PG" DATA, PGPWALK_NONE),
        ROW(KEY "\xd5\x0c" TEN "89" DATA, PGPWALK_NONE), /* padding */
        ROW(KEY "\xd2\x34\x01" FIFTY, PGPWALK_NONE),     /* cut */
        ROW(KEY "\xd2\x33\x07" FIFTY, PGPWALK_NONE),     /* version 7 */
        ROW(KEY "\xd2\x0b\x01" TEN, PGPWALK_NONE),       /* too short */
        ROW(KEY "\xd2\x00", PGPWALK_NONE),               /* empty */
        ROW("\x84\x02\x03x" DATA, PGPWALK_NONE),         /* a key too short */
        ROW("\x84\x0d\x09" TEN "89" DATA, PGPWALK_NONE), /* version 9 */
        ROW("\x87\x03" HUNDRED, PGPWALK_NONE),           /* an endless key */
        ROW("\x85\x27\x10\x03" HUNDRED, PGPWALK_NONE),   /* a huge key */
        ROW("\xc1\xe9\x03" HUNDRED DATA, PGPWALK_NONE),  /* a key in pieces */
        ROW("\x04\x0d\x03" TEN "89" DATA, PGPWALK_NONE), /* no tag at all */
        ROW(KEY "\xd2\xe4\x01" FIFTY, PGPWALK_NONE),     /* pieces too small */
        ROW("clear text, nothing else", PGPWALK_NONE),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize chunk = 1; chunk < 300; chunk += 149)
            if (walk(rows[i].bytes, rows[i].size, chunk) != rows[i].kind)
                fail_msg("row %zu in chunks of %zu", i, chunk);
}

static void
a_container_may_come_in_pieces_that_end(void **state)
{
    (void)state;
    g_autofree char *piece = g_strnfill(511, 'x');
    g_autofree char *whole = g_strconcat(KEY "\xd2\xe9\x01", piece,
                                         "\xe1zz\x05"
                                         "12345",
                                         NULL);
    gsize size = strlen(whole);
    assert_int_equal(walk(whole, size, 1), PGPWALK_ENCRYPTED);
    assert_int_equal(walk(whole, size, 1000), PGPWALK_ENCRYPTED);
    assert_int_equal(walk(whole, size - 1, 1000), PGPWALK_NONE);
    /* The last piece is missing. */
    assert_int_equal(walk(whole, size - 6, 1000), PGPWALK_NONE);
    g_autofree char *more = g_strconcat(whole, "secret", NULL);
    assert_int_equal(walk(more, strlen(more), 1000), PGPWALK_NONE);
}

static void
more_keys_than_anybody_has_are_none(void **state)
{
    (void)state;
    GString *keys = g_string_new(NULL);
    for (unsigned i = 0; i < 1000; i++)
        g_string_append(keys, KEY);
    g_autofree char *most = g_strconcat(keys->str, DATA, NULL);
    g_autofree char *beyond = g_strconcat(keys->str, KEY DATA, NULL);
    g_autofree char *marked = g_strconcat(keys->str, MARKER DATA, NULL);
    assert_int_equal(walk(most, strlen(most), 777), PGPWALK_ENCRYPTED);
    assert_int_equal(walk(beyond, strlen(beyond), 777), PGPWALK_NONE);
    assert_int_equal(walk(marked, strlen(marked), 777), PGPWALK_NONE);
    g_string_free(keys, TRUE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_keys_and_one_container_are_encrypted),
        cmocka_unit_test(a_container_may_come_in_pieces_that_end),
        cmocka_unit_test(more_keys_than_anybody_has_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
