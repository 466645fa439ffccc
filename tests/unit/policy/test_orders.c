/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/orders.h"

#include "given.h"

static void
orders_read_as_the_design_prints_them(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"rule r then accept", ""},
        {"rule r then encrypt never", ""},
        {"rule r then encrypt if-possible, sign if-possible", ""},
        {"rule r then encrypt required for this recipient", ""},
        {"rule r then encrypt by-sender, sign required", ""},
        {"rule r then refuse fr \"non\" en \"no\"", ""},
        {"rule r then refuse en \"no\" fr \"non\", sign never", ""},
        {"rule r then sign required, sign opaque", ""},
        {"rule r then sign detached, cipher aes-256-gcm, key-transport oaep",
         ""},
        {"rule r then subject replace \"Message chiffré\"", ""},
        {"rule r then subject strip-tag, protect headers", ""},
        {"rule r then subject keep, protect nothing", ""},
        {"rule r then defer", ""},
        {"rule r then defer en \"later\"", ""},
        {"rule r then on none clear, on revoked refuse, on clock defer", ""},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
every_class_takes_every_word(void **state)
{
    (void)state;
    static const char *const words[] = {"clear", "defer", "refuse"};
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        for (gsize k = 0; k < G_N_ELEMENTS(words); k++) {
            g_autofree char *text = g_strdup_printf(
                "policy 1\nrule r then on %s %s",
                policy_class_get_name((PolicyClass)i), words[k]);
            g_autofree char *lines = given_mistakes(text);
            assert_string_equal(lines, "");
        }
}

static void
mistakes_name_the_nearest_word(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"rule r then", "is no action"},
        {"rule r then acept", "did you mean \"accept\""},
        {"rule r then encrypt", "is no word for \"encrypt\""},
        {"rule r then encrypt if-posible", "did you mean \"if-possible\""},
        {"rule r then sign by-sender", "is no word for \"sign\""},
        {"rule r then encrypt never for this recipient", "bind other"},
        {"rule r then encrypt required for that", "expected \"this\""},
        {"rule r then refuse", "expected fr"},
        {"rule r then refuse fr \"non\"", "expected en"},
        {"rule r then refuse fr \"a\" fr \"b\"", "stands here twice"},
        {"rule r then refuse fr non en no", "a text in quotes after \"fr\""},
        {"rule r then refuse fr \"\" en \"no\"", "1 to 400 bytes"},
        {"rule r then sign opaque, sign detached", "already decided"},
        {"rule r then sign opaqe", "did you mean \"opaque\""},
        {"rule r then cipher 3des", "is no word for \"cipher\""},
        {"rule r then cipher aes-256-cbs", "did you mean \"aes-256-cbc\""},
        {"rule r then subject replace", "a text in quotes"},
        {"rule r then subject replace \"\"", "one line of 1 to 200 bytes"},
        {"rule r then subject replace \"a\tb\"", "one line of 1 to 200 bytes"},
        {"rule r then subject replace \"\xff\"", "one line of 1 to 200 bytes"},
        {"rule r then protect", "is no word for \"protect\""},
        {"rule r then on nome clear", "did you mean \"none\""},
        {"rule r then on none cleer", "did you mean \"clear\""},
        {"rule r then accept,", "is no action"},
        {"rule r then sign required encrypt required", "is no statement"},
    };
    given_check_mistakes(rows, G_N_ELEMENTS(rows));
}

static void
words_of_later_versions_are_refused(void **state)
{
    (void)state;
    static const char *const later[] = {
        "hold",
        "route portal",
        "add header \"X\" \"y\"",
        "notify sender",
        "protected by \"x\"",
        "on none hold",
        "on none route portal",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(later); i++) {
        g_autofree char *text = g_strdup_printf("rule r then %s", later[i]);
        GivenMistake row = {text, "comes in a later version"};
        given_check_mistakes(&row, 1);
    }
}

static void
a_reply_has_a_limit(void **state)
{
    (void)state;
    for (unsigned length = ORDERS_TEXT_LIMIT; length <= ORDERS_TEXT_LIMIT + 1;
         length++) {
        g_autofree char *long_text = g_strnfill(length, 'x');
        g_autofree char *text = g_strdup_printf(
            "rule r then refuse fr \"%s\" en \"no\"", long_text);
        GivenMistake row = {text,
                            length > ORDERS_TEXT_LIMIT ? "1 to 400 bytes" : ""};
        given_check_mistakes(&row, 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_read_as_the_design_prints_them),
        cmocka_unit_test(every_class_takes_every_word),
        cmocka_unit_test(mistakes_name_the_nearest_word),
        cmocka_unit_test(words_of_later_versions_are_refused),
        cmocka_unit_test(a_reply_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
