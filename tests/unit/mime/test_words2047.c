/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/words2047.h"

#include <glib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
words_become_text(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text;
        bool undecodable;
    } rows[] = {
        {"plain", "plain", false},
        {"=?UTF-8?B?W0NPTkZJREVOVElFTF0=?=", "[CONFIDENTIEL]", false},
        {"=?utf-8?b?W0NPTkZJREVOVElFTF0?=", "[CONFIDENTIEL]", false},
        {"=?ISO-8859-1?Q?r=E9sum=E9_x?=", "r\303\251sum\303\251 x", false},
        {"=?UTF-8*fr?Q?a?=", "a", false},
        {"a =?UTF-8?Q?b?= c", "a b c", false},
        {"=?UTF-8?Q?a?= =?UTF-8?Q?b?=", "ab", false},
        {"=?UTF-8?Q?a?=\t =?ISO-8859-1?Q?=E9?=", "a\303\251", false},
        /* a character cut between two words */
        {"=?UTF-8?Q?=C3?= =?UTF-8?Q?=A9?=", "\303\251", false},
        {"=?UTF-8?Q?a b?=", "a b", false},
        {"=?windows-1252?Q?=80?=", "\342\202\254", false},
        {"=?x-martian?Q?abc?=", "?", true},
        {"=?UTF-8?Q?=FF?=", "?", true},
        {"=?UTF-8?B?###?=", "", true},
        {"=?UTF-8?Q?=X1?=", "", true},
        {"=?UTF-8?X?abc?=", "=?UTF-8?X?abc?=", false},
        {"=?UTF-8?Q?open", "=?UTF-8?Q?open", false},
        {"=?", "=?", false},
        {"=?"
         "?Q?a?=",
         "=?"
         "?Q?a?=",
         true},
        {"=?utf-8 ?Q?a?=", "=?utf-8 ?Q?a?=", true},
        {"a =? b ?= c", "a =? b ?= c", false},
        /* which comes first is not said */
        {"=?UTF-16?B?AGEAYg==?=", "\346\204\200\346\210\200", true},
        {"=?UTF-16?B?/v8AYQBi?=", "ab", false},
        {"=?UTF-16BE?B?AGEAYg==?=", "ab", false},
        {"=?UTF-8?B?"
         "?=",
         "", false},
        {"=?UTF-8?Q?=00a?=", "?", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool undecodable = false;
        g_autofree char *text = words2047_decode(rows[i].raw, &undecodable);
        if (strcmp(text, rows[i].text) != 0 ||
            undecodable != rows[i].undecodable)
            fail_msg("%s: \"%s\" %d", rows[i].raw, text, undecodable);
    }
}

static void
the_flag_is_never_taken_back(void **state)
{
    (void)state;
    bool undecodable = true;
    g_free(words2047_decode("fine", &undecodable));
    assert_true(undecodable);
}

static void
what_is_encoded_is_decoded_to_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Message chiffr\303\251",
        "plain",
        "a =?utf-8?Q?false?= word",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts) * 30; i++) {
        /* Also many times over, cut at every place in a letter. */
        g_autoptr(GString) text = g_string_new(NULL);
        for (gsize k = 0; k <= i / G_N_ELEMENTS(texts); k++)
            g_string_append(text, texts[i % G_N_ELEMENTS(texts)]);
        g_autofree char *value = words2047_encode(text->str);
        assert_int_equal(value[0], ' ');
        g_auto(GStrv) lines = g_strsplit(value, "\r\n", -1);
        for (char **line = lines; *line != NULL; line++) {
            assert_int_equal(**line, ' ');
            /* The first one stands behind the field's name. */
            gsize name = line == lines ? strlen("Subject:") : 0;
            assert_in_range(name + strlen(*line), 2, 76);
            assert_true(g_str_is_ascii(*line));
        }
        g_autofree char *unfolded = g_strjoinv("", lines);
        bool undecodable = false;
        g_autofree char *back = words2047_decode(unfolded + 1, &undecodable);
        assert_string_equal(back, text->str);
        assert_false(undecodable);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded_to_the_same),
        cmocka_unit_test(words_become_text),
        cmocka_unit_test(the_flag_is_never_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
