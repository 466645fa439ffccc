/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

typedef struct {
    SettingsHead head;
    char *path;
    gint64 delay_ms;
    char **list;
    bool flag;
    int choice;
    guint64 size;
} Sample;

#define AT(member) offsetof(Sample, member)

static const SettingRow rows[] = {
    {.name = "path", .type = SETTING_PATH, .offset = AT(path), .help = "h"},
    {.name = "delay",
     .type = SETTING_DURATION,
     .offset = AT(delay_ms),
     .default_text = "5s",
     .minimum = 1000,
     .maximum = 10000,
     .help = "h"},
    {.name = "list",
     .type = SETTING_LIST,
     .offset = AT(list),
     .default_text = "x, y",
     .help = "h"},
    {.name = "flag",
     .type = SETTING_FLAG,
     .offset = AT(flag),
     .default_text = "no",
     .help = "h"},
    {.name = "choice",
     .type = SETTING_CHOICE,
     .offset = AT(choice),
     .default_text = "b",
     .choices = "a|b|c",
     .help = "h"},
    {.name = "size",
     .type = SETTING_SIZE,
     .offset = AT(size),
     .default_text = "1MiB",
     .help = "h"},
    {0}};

static const SettingRow *
row_of(const char *name)
{
    const SettingRow *row = rows;
    while (strcmp(row->name, name) != 0)
        row++;
    return row;
}

static void
values_are_set_formatted_and_cleared(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *formatted;
    } good[] = {
        {"path", "/a", "\"/a\""},      {"delay", "2s", "2s"},
        {"delay", "1500ms", "1500ms"}, {"delay", "10s", "10s"},
        {"flag", "yes", "yes"},        {"choice", "c", "c"},
        {"size", "65536", "64KiB"},    {"size", "3GiB", "3GiB"},
        {"size", "1000", "1000"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        Sample sample = {0};
        g_autoptr(Problems) problems = problems_new();
        char *const texts[] = {(char *)(guintptr)good[i].text, NULL};
        const SettingRow *row = row_of(good[i].name);
        value_set(row, &sample, texts, NULL, problems);
        g_autofree char *formatted = value_format(row, &sample);
        assert_string_equal(formatted, good[i].formatted);
        assert_int_equal(problems_count(problems), 0);
        value_clear(row, &sample);
        assert_null(sample.path);
    }
}

static void
a_wrong_value_changes_nothing(void **state)
{
    (void)state;
    Sample sample = {.delay_ms = 7};
    g_autoptr(Problems) problems = problems_new();
    char *const texts[] = {(char *)(guintptr) "99h", NULL};
    value_set(row_of("delay"), &sample, texts, NULL, problems);
    assert_int_equal(sample.delay_ms, 7);
    assert_int_equal(problems_count(problems), 1);
}

static void
lists_start_empty_and_are_replaced(void **state)
{
    (void)state;
    Sample sample = {0};
    g_autoptr(Problems) problems = problems_new();
    const SettingRow *row = row_of("list");
    value_set_empty_list(row, &sample);
    assert_null(sample.list[0]);
    char *const texts[] = {(char *)(guintptr) "a", (char *)(guintptr) "b c",
                           NULL};
    value_set(row, &sample, texts, NULL, problems);
    g_autofree char *formatted = value_format(row, &sample);
    assert_string_equal(formatted, "a, \"b c\"");
    value_clear(row, &sample);
    assert_null(sample.list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_set_formatted_and_cleared),
        cmocka_unit_test(a_wrong_value_changes_nothing),
        cmocka_unit_test(lists_start_empty_and_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
