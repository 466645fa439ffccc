/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/actions.h"

#include "manual.h"

static bool
is_documented(char **section, const char *action, const char *word)
{
    g_autofree char *wanted = g_strdup_printf(".It Cm %s", word);
    bool inside = false;
    for (char **line = section; *line != NULL; line++) {
        g_autofree char *name = manual_read_name(*line);
        if (name != NULL)
            inside = strcmp(name, action) == 0;
        if (inside && strcmp(*line, wanted) == 0)
            return true;
    }
    return false;
}

static void
every_action_is_in_the_manual(void **state)
{
    (void)state;
    g_autofree char *manual = manual_load();
    g_auto(GStrv) section = manual_find_section(manual, "RULE ACTIONS");
    unsigned actions = 0, words = 0, documented = 0, documented_words = 0;
    for (const ActionRow *row = actions_table; row->name != NULL; row++) {
        actions++;
        assert_true(strlen(row->help) > 5);
        if (manual_find_entry(section, row->name) == NULL)
            fail_msg("%s is not documented", row->name);
        for (const ActionValue *value = row->values;
             value != NULL && value->word != NULL; value++) {
            words++;
            if (!is_documented(section, row->name, value->word))
                fail_msg("%s %s is not documented", row->name, value->word);
            assert_string_equal(actions_get_word(row->id, value->value),
                                value->word);
        }
    }
    for (char **line = section; *line != NULL; line++) {
        documented += g_str_has_prefix(*line, ".It Ic ") ? 1 : 0;
        documented_words += g_str_has_prefix(*line, ".It Cm ") ? 1 : 0;
    }
    assert_int_equal(actions, documented);
    assert_int_equal(words, documented_words);
}

static void
every_class_is_in_the_manual(void **state)
{
    (void)state;
    g_autofree char *manual = manual_load();
    g_auto(GStrv) section = manual_find_section(manual, "CLASSES");
    unsigned documented = 0;
    for (unsigned i = 0; i < CLASS_COUNT; i++) {
        if (manual_find_entry(section, actions_classes[i].name) == NULL)
            fail_msg("%s is not documented", actions_classes[i].name);
        assert_int_equal(actions_find_class(actions_classes[i].name), i);
    }
    for (char **line = section; *line != NULL; line++)
        documented += g_str_has_prefix(*line, ".It Ic ") ? 1 : 0;
    assert_int_equal(documented, CLASS_COUNT);
    assert_int_equal(actions_find_class("nothing"), CLASS_COUNT);
}

static void
no_word_is_both_known_and_for_later(void **state)
{
    (void)state;
    for (const ActionRow *row = actions_table; row->name != NULL; row++) {
        assert_false(actions_is_later(row->name));
        for (const ActionValue *value = row->values;
             value != NULL && value->word != NULL; value++)
            assert_false(actions_is_later(value->word));
    }
    assert_true(actions_is_later("hold"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_is_in_the_manual),
        cmocka_unit_test(every_class_is_in_the_manual),
        cmocka_unit_test(no_word_is_both_known_and_for_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
