/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
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

static const SettingRow needy_rows[] = {{.name = "path",
                                         .type = SETTING_PATH,
                                         .offset = AT(path),
                                         .required = true,
                                         .help = "h"},
                                        {0}};

static const SettingsTable top = {.size_bytes = sizeof(Sample), .rows = rows};
static const SettingsTable person = {.block = "person",
                                     .named = true,
                                     .size_bytes = sizeof(Sample),
                                     .rows = needy_rows};
static const SettingsTable house = {
    .block = "house", .size_bytes = sizeof(Sample), .rows = rows};
static const SettingsTable *const tables[] = {&top, &person, &house, NULL};

static Settings *
parse(const char *text, Problems *problems)
{
    return settings_parse("c", text, strlen(text), tables, problems);
}

static void
defaults_fill_what_is_not_written(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = parse("", problems);
    const Sample *sample = settings_get(settings, NULL);
    assert_int_equal(problems_count(problems), 0);
    assert_null(sample->path);
    assert_int_equal(sample->delay_ms, 5000);
    assert_string_equal(sample->list[1], "y");
    assert_int_equal(sample->choice, 1);
    assert_int_equal(sample->size, 1 << 20);
    assert_false(sample->head.present);
    assert_int_equal(settings_get_all(settings, "person")->len, 0);
    const Sample *unwritten = settings_get(settings, "house");
    assert_int_equal(unwritten->delay_ms, 5000);
}

static void
values_are_read_in_any_layout(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        parse("path = \"/a b\" delay=2s list = a,\n \"b c\"\nflag = yes "
              "house{choice=c}\nperson bob { path = /b }\n"
              "person \"a l\" { path = \"/l\" }",
              problems);
    assert_int_equal(problems_count(problems), 0);
    const Sample *sample = settings_get(settings, NULL);
    assert_string_equal(sample->path, "/a b");
    assert_string_equal(sample->list[1], "b c");
    assert_null(sample->list[2]);
    assert_true(sample->flag);
    const Sample *home = settings_get(settings, "house");
    assert_true(home->head.present);
    assert_int_equal(home->choice, 2);
    const GPtrArray *people = settings_get_all(settings, "person");
    assert_int_equal(people->len, 2);
    const Sample *second = g_ptr_array_index(people, 1);
    assert_string_equal(second->head.name, "a l");
    assert_int_equal(settings_get_position(settings, sample, "list").line, 1);
    assert_int_equal(settings_get_position(settings, second, "path").line, 5);
}

static void
mistakes_are_told_at_once_and_nearest_names_offered(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } wrong[] = {
        {"delay = 99s", "c:1:1: delay must be between 1s and 10s"},
        {"delay = soon", "wants a duration"},
        {"delay = 2s, 3s", "takes one value"},
        {"flag = maybe", "yes or no"},
        {"choice = d", "one of a, b, c"},
        {"path = relative", "absolute path"},
        {"size = 1XB", "wants a size"},
        {"flg = yes", "did you mean \"flag\"?"},
        {"flag = yes flag = no", "c:1:12: flag is set already at line 1"},
        {"flag =", "flag has no value"},
        {"list = a,", "a value is missing after the comma"},
        {"list = a, flag = yes", "a value is missing after the comma"},
        {"hous { }", "unknown block \"hous\"; did you mean \"house\"?"},
        {"house { flag = yes", "has no \"}\""},
        {"house a { }", "takes no name"},
        {"person { path = /x }", "needs a name"},
        {"person bob { }", "path is missing in person bob"},
        {"person bob { path = /a } person bob { path = /b }",
         "stands already at line 1"},
        {"house { } house { }", "stands already"},
        {"house { = }", "expected a setting"},
        {"}", "expected a setting"},
        {"alone", "expected"},
        {"a b", "expected \"=\" or \"{\""},
        {"\"flag\" = yes", "expected a setting"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Settings) settings = parse(wrong[i].text, problems);
        assert_non_null(settings);
        if (problems_count(problems) == 0)
            fail_msg("nothing is wrong with: %s", wrong[i].text);
        bool told = false;
        const char *line;
        for (unsigned k = 0; (line = problems_get(problems, k)) != NULL; k++)
            told = told || strstr(line, wrong[i].problem) != NULL;
        if (!told)
            fail_msg("%s: %s", wrong[i].text, problems_get(problems, 0));
    }
    g_autoptr(Problems) many = problems_new();
    g_autoptr(Settings) settings =
        parse("delay = x\nflag = x\nhouse { choice = x }\nsize = x", many);
    assert_non_null(settings);
    assert_int_equal(problems_count(many), 4);
}

static void
what_is_written_can_be_read_again(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        parse("path = \"/a \\\"b\" list = \"c d\", e delay = 2500ms", problems);
    g_autoptr(GString) text = g_string_new(NULL);
    const Sample *sample = settings_get(settings, NULL);
    for (const SettingRow *row = rows; row->name != NULL; row++) {
        g_autofree char *value = settings_format(row, sample);
        g_string_append_printf(text, "%s = %s\n", row->name, value);
    }
    g_autoptr(Settings) again = parse(text->str, problems);
    assert_int_equal(problems_count(problems), 0);
    const Sample *copy = settings_get(again, NULL);
    assert_string_equal(copy->path, sample->path);
    assert_string_equal(copy->list[0], "c d");
    assert_int_equal(copy->delay_ms, 2500);
    assert_ptr_equal(settings_get_tables(again), tables);
}

static void
a_missing_file_is_a_problem_not_a_crash(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        settings_load("/nonexistent/sceau.conf", tables, problems);
    assert_non_null(settings);
    assert_int_equal(problems_count(problems), 1);
    assert_non_null(
        strstr(problems_get(problems, 0), "/nonexistent/sceau.conf"));
}

static void
what_is_for_others_is_passed_over(void **state)
{
    (void)state;
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp(NULL, &path, NULL);
    assert_true(fd >= 0);
    close(fd);
    /* A block and a setting that no table knows, and one more mistake. */
    static const struct {
        const char *text;
        unsigned problems;
    } files[] = {
        {"stranger one { a = b, c }\nother { x = 1 }\n", 0},
        {"stranger one { a = b\n", 0},
        {"stranger {\n}\n= 3\n", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        assert_true(g_file_set_contents(path, files[i].text, -1, NULL));
        g_autoptr(Problems) strict = problems_new();
        g_autoptr(Settings) whole = settings_load(path, tables, strict);
        assert_non_null(whole);
        assert_true(problems_count(strict) > 0);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Settings) part = settings_load_part(path, tables, problems);
        assert_non_null(part);
        assert_int_equal(problems_count(problems), files[i].problems);
    }
    assert_int_equal(unlink(path), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_fill_what_is_not_written),
        cmocka_unit_test(values_are_read_in_any_layout),
        cmocka_unit_test(mistakes_are_told_at_once_and_nearest_names_offered),
        cmocka_unit_test(what_is_written_can_be_read_again),
        cmocka_unit_test(a_missing_file_is_a_problem_not_a_crash),
        cmocka_unit_test(what_is_for_others_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
