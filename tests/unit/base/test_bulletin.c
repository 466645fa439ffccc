/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/bulletin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
note(gpointer data, BulletinKind kind, const char *key, const char *value)
{
    static const char signs[] = {'s', 't', 'n'};
    g_string_append_printf(data, "%c|%s|%s\n", signs[kind], key, value);
}

static void
what_is_written_is_read_back(void **state)
{
    (void)state;
    g_autoptr(Bulletin) bulletin = bulletin_new();
    bulletin_begin(bulletin, "cache", NULL);
    bulletin_add_number(bulletin, "bytes", -12);
    bulletin_begin(bulletin, "server", "ldaps://a.example [1]");
    bulletin_add_text(bulletin, "fault", "no: answer = 3\nforged: line");
    bulletin_add_text(bulletin, "nothing", NULL);
    bulletin_add_text(bulletin, "empty", "");
    bulletin_add_time(bulletin, "since", 1700000000);
    g_autoptr(GString) seen = g_string_new(NULL);
    assert_true(bulletin_read(bulletin_get_text(bulletin), note, seen));
    assert_string_equal(seen->str, "s|cache|\n"
                                   "n|bytes|-12\n"
                                   "s|server|ldaps://a.example [1]\n"
                                   "t|fault|no: answer = 3 forged: line\n"
                                   "t|empty|\n"
                                   "t|since|2023-11-14T22:13:20Z\n");
}

static void
other_text_is_none(void **state)
{
    (void)state;
    static const char *const rows[] = {"[open\n", "word\n", ": value\n",
                                       "key:value\n", "[\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) seen = g_string_new(NULL);
        assert_false(bulletin_read(rows[i], note, seen));
    }
    assert_true(bulletin_read("", note, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(other_text_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
