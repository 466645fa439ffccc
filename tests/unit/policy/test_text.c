/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/text.h"

#include "given.h"

static void
assert_folds(const char *text, const char *expected)
{
    bool whole = true;
    g_autofree char *folded = text_fold(text, &whole);
    assert_string_equal(folded, expected);
    assert_true(whole);
}

static void
spellings_of_one_word_are_equal(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "confidentiel",
        "CONFIDENTIEL",
        "Confidenti\u00e9l",
        "confidentie\u0301l",
        "con\u00adfidentiel",
        "con\u200bfi\u200ddentiel",
        "\u202econfidentiel\u202c",
        "\uff23\uff2f\uff2e\uff26identiel",
        "con\ufb01dentiel",
        "confi\u034fdentiel",
        "con\001fidentiel",
        "  confidentiel\t",
        "con\u3164fidentiel",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(spellings); i++)
        assert_folds(spellings[i], "confidentiel");
}

static void
blanks_apostrophes_and_dashes_are_one(void **state)
{
    (void)state;
    assert_folds("secret  d\u2019affaires", "secret d'affaires");
    assert_folds("a\u00a0\t\r\n b", "a b");
    assert_folds("diffusion\u2011restreinte", "diffusion-restreinte");
    assert_folds("c\u0153ur Stra\u00dfe", "coeur strasse");
    assert_folds("", "");
    assert_folds(" \u200b ", "");
}

static void
no_bytes_and_long_texts_are_not_whole(void **state)
{
    (void)state;
    bool whole = true;
    g_autofree char *broken = text_fold("a\xff"
                                        "b",
                                        &whole);
    assert_false(whole);
    assert_string_equal(broken, "a\ufffd"
                                "b");
    g_autofree char *many = g_strnfill(3 * TEXT_LIMIT_BYTES, 'a');
    whole = true;
    g_autofree char *cut = text_fold(many, &whole);
    assert_false(whole);
    assert_int_equal(strlen(cut), TEXT_LIMIT_BYTES + 3);
    /* Not in the middle of a letter. */
    many[TEXT_LIMIT_BYTES - 1] = '\xc3';
    many[TEXT_LIMIT_BYTES] = '\xa9';
    whole = true;
    g_autofree char *between = text_fold(many, &whole);
    assert_int_equal(strlen(between), TEXT_LIMIT_BYTES - 1 + 3);
    assert_null(strstr(between, "\ufffd\ufffd"));
}

static void
hostile_marks_are_only_dropped(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("a");
    while (text->len + 4 < TEXT_LIMIT_BYTES)
        g_string_append(text, "\u0316\u0301");
    g_string_append(text, "b");
    assert_folds(text->str, "ab");
}

static void
a_blank_of_braille_is_a_blank(void **state)
{
    (void)state;
    assert_folds("diffusion\u2800restreinte", "diffusion restreinte");
}

static void
a_word_has_borders(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *phrase;
        bool found;
    } rows[] = {
        {"confidentiel", "confidentiel", true},
        {"[confidentiel] offre", "confidentiel", true},
        {"re:confidentiel!", "confidentiel", true},
        {"confidentiel_rh", "confidentiel", true},
        {"confidentielle", "confidentiel", false},
        {"nonconfidentiel", "confidentiel", false},
        {"confidentiel2", "confidentiel", true},
        {"1confidentiel", "confidentiel", true},
        {"c25", "c2", false},
        {"c2pa", "c2", false},
        {"tc2", "c2", false},
        {"confidentielle, confidentiel", "confidentiel", true},
        {"en diffusion restreinte", "diffusion restreinte", true},
        {"diffusion restreintes", "diffusion restreinte", false},
        {"x[c2]y", "[c2]", true},
        {"\u00e9dr", "dr", false},
        {"dr", "", false},
        {"", "dr", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (text_has_word(rows[i].text, rows[i].phrase, true) != rows[i].found)
            fail_msg("\"%s\" in \"%s\"", rows[i].phrase, rows[i].text);
}

static void
what_could_not_be_read_is_no_border(void **state)
{
    (void)state;
    assert_true(text_has_word("confidentiel?", "confidentiel", true));
    assert_false(text_has_word("confidentiel?", "confidentiel", false));
    assert_false(text_has_word("confidentiel\ufffd", "confidentiel", false));
    assert_true(text_has_word("confidentiel \ufffd", "confidentiel", false));
}

static void
patterns_lose_accents_and_gain_no_operators(void **state)
{
    (void)state;
    g_autofree char *plain = text_strip_pattern("^\u00e9t\u00e9$");
    assert_string_equal(plain, "^ete$");
    /* NFKD would make three dots, each of them any letter. */
    g_autofree char *dots = text_strip_pattern("\u2026\uff08");
    assert_string_equal(dots, "\u2026\uff08");
    bool whole = true;
    g_autofree char *text = text_make_plain("\u00c9t\u00e9 \u0153", &whole);
    assert_string_equal(text, "Ete \u0153");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_word_are_equal),
        cmocka_unit_test(blanks_apostrophes_and_dashes_are_one),
        cmocka_unit_test(no_bytes_and_long_texts_are_not_whole),
        cmocka_unit_test(hostile_marks_are_only_dropped),
        cmocka_unit_test(a_blank_of_braille_is_a_blank),
        cmocka_unit_test(a_word_has_borders),
        cmocka_unit_test(what_could_not_be_read_is_no_border),
        cmocka_unit_test(patterns_lose_accents_and_gain_no_operators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
