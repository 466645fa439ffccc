/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/source_files.h"

#include "certs/finder.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Settings of this room's blocks, from text. */
static Settings *
parse(const char *text)
{
    static const SettingRow no_rows[] = {{0}};
    static const SettingsTable top = {.size_bytes = sizeof(SettingsHead),
                                      .rows = no_rows};
    static const SettingsTable *const tables[] = {&top, &directory_settings,
                                                  &certificates_settings,
                                                  &trust_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    Settings *settings =
        settings_parse("c", text, strlen(text), tables, problems);
    if (problems_count(problems) > 0)
        fail_msg("%s", problems_get(problems, 0));
    return settings;
}

static void
certificates_are_found_by_every_address(void **state)
{
    (void)state;
    char *dir = pki_scratch_new();
    static const char *const names[] = {"bob.pem", "several.pem",
                                        "other-user.pem"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize size = 0;
        g_autofree char *pem = pki_read(names[i], &size);
        g_free(pki_scratch_write(dir, names[i], pem, size, 0644));
    }
    g_autofree char *text = g_strdup_printf(
        "certificates local { path = \"%s\" domains = example.fr }", dir);
    g_autoptr(Settings) settings = parse(text);
    g_autoptr(Problems) problems = problems_new();
    Source *source = source_files_new(
        settings_get_all(settings, "certificates")->pdata[0], problems);
    assert_int_equal(problems_count(problems), 0);
    assert_string_equal(source->name, "local");
    assert_string_equal(source->domains[0], "example.fr");
    static const char *const addresses[] = {
        "BOB@example.fr", "several.alias@example.com", "nobody@example.fr"};
    static const guint counts[] = {2, 1, 0};
    SourceAnswer answers[3];
    for (int i = 0; i < 3; i++)
        source_answer_init(&answers[i]);
    source->find(source, addresses, 3, 0, answers);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(answers[i].state, SOURCE_ANSWERED);
        assert_int_equal(answers[i].values->len, counts[i]);
        source_answer_clear(&answers[i]);
    }
    source->destroy(source);
    pki_scratch_remove(dir);
}

static void
put(const char *dir, const char *name)
{
    gsize size = 0;
    g_autofree char *pem = pki_read(name, &size);
    g_free(pki_scratch_write(dir, name, pem, size, 0644));
}

static guint
count_found(Source *source, const char *address)
{
    SourceAnswer answer;
    source_answer_init(&answer);
    source->find(source, &address, 1, 0, &answer);
    assert_int_equal(answer.state, SOURCE_ANSWERED);
    guint count = answer.values->len;
    source_answer_clear(&answer);
    return count;
}

static void
wait_for(Source *source, const char *address, guint wanted)
{
    for (int tries = 0; tries < 1000; tries++) {
        if (count_found(source, address) == wanted)
            return;
        g_usleep(20000);
    }
    fail_msg("%s: never %u", address, wanted);
}

static void
a_changed_folder_is_seen_and_a_bad_file_left_out(void **state)
{
    (void)state;
    char *dir = pki_scratch_new();
    put(dir, "bob.pem");
    g_free(pki_scratch_write(dir, "bad.pem", "junk", 4, 0644));
    g_autofree char *text =
        g_strdup_printf("certificates local { path = \"%s\" }", dir);
    g_autoptr(Settings) settings = parse(text);
    g_autoptr(Problems) problems = problems_new();
    Source *source = source_files_new(
        settings_get_all(settings, "certificates")->pdata[0], problems);
    assert_int_equal(problems_count(problems), 0);
    assert_non_null(problems_get(problems, 0));
    assert_true(problems_is_warning(problems, 0));
    assert_non_null(strstr(problems_get(problems, 0), "bad.pem"));
    assert_int_equal(count_found(source, "bob@example.fr"), 1);
    assert_int_equal(count_found(source, "carol@example.fr"), 0);
    put(dir, "carol.pem");
    wait_for(source, "carol@example.fr", 1);
    assert_int_equal(count_found(source, "bob@example.fr"), 1);
    put(dir, "no-address.pem");
    wait_for(source, "nobody@example.fr", 1);
    source->destroy(source);
    pki_scratch_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_found_by_every_address),
        cmocka_unit_test(a_changed_folder_is_seen_and_a_bad_file_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
