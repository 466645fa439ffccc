/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/copies.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

typedef struct {
    char *dir;
    char *out;
    Envelope *envelope;
    Message *message;
    Outcome *outcome;
    Spool *body;
} Stage;

static int
set_up(void **state)
{
    Stage *stage = g_new0(Stage, 1);
    stage->dir = g_dir_make_tmp("sceau-test-XXXXXX", NULL);
    assert_non_null(stage->dir);
    stage->out = g_build_filename(stage->dir, "out", NULL);
    stage->envelope = envelope_new();
    envelope_set_sender(stage->envelope, "<a@x.example>", "BODY=8BITMIME");
    envelope_add_recipient(stage->envelope, "<b@y.example>", "NOTIFY=NEVER",
                           NULL);
    envelope_add_recipient(stage->envelope, "<c@y.example>", "", NULL);
    stage->message = message_new();
    static const char *const fields[][2] = {
        {"X", " 1"}, {"x", " 2"}, {"Y", " y"}, {"X", " 3"}};
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        assert_true(message_add_field(stage->message, fields[i][0],
                                      fields[i][1], NULL));
    const SpoolSettings spool = {
        .path = stage->dir, .memory_bytes = 4096, .limit_bytes = 65536};
    stage->body = spool_new(&spool);
    assert_true(spool_write(stage->body, "body\r\n", 6, NULL));
    assert_true(spool_seal(stage->body, NULL));
    stage->outcome = outcome_new();
    stage->outcome->kind = OUTCOME_REPLACE;
    *state = stage;
    return 0;
}

static int
tear_down(void **state)
{
    Stage *stage = *state;
    GDir *dir = g_dir_open(stage->out, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(stage->out, name, NULL);
        (void)g_unlink(path);
    }
    if (dir != NULL)
        g_dir_close(dir);
    (void)g_rmdir(stage->out);
    (void)g_rmdir(stage->dir);
    outcome_free(stage->outcome);
    message_free(stage->message);
    envelope_free(stage->envelope);
    spool_unref(stage->body);
    g_free(stage->out);
    g_free(stage->dir);
    g_free(stage);
    return 0;
}

static void
change(Stage *stage, const char *name, const char *value, unsigned instance)
{
    OutcomeChange *made = g_new0(OutcomeChange, 1);
    made->name = g_strdup(name);
    made->value = g_strdup(value);
    made->instance = instance;
    g_ptr_array_add(stage->outcome->changes, made);
}

static bool
write_all(const Stage *stage, unsigned *count, GError **error)
{
    return copies_prepare(stage->out, error) &&
           copies_write(stage->out, stage->outcome, stage->envelope,
                        stage->message, stage->body, count, error);
}

static void
holds(const Stage *stage, const char *name, const char *expected)
{
    g_autofree char *path = g_build_filename(stage->out, name, NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, expected);
}

static void
deletions_count_as_received_without_regard_to_case(void **state)
{
    Stage *stage = *state;
    unsigned count = 0;
    change(stage, "X", NULL, 3);
    change(stage, "X", NULL, 2);
    change(stage, "Z", " new\r\n fold", 0);
    assert_true(write_all(stage, &count, NULL));
    assert_int_equal(count, 1);
    holds(stage, "1.eml", "X: 1\r\nY: y\r\nZ: new\r\n fold\r\n\r\nbody\r\n");
    holds(stage, "1.env",
          "MAIL FROM:<a@x.example> BODY=8BITMIME\n"
          "RCPT TO:<b@y.example> NOTIFY=NEVER\nRCPT TO:<c@y.example>\n");
}

static void
nobody_left_in_place_leaves_no_first_file(void **state)
{
    Stage *stage = *state;
    unsigned count = 9;
    for (guint i = 0; i < 2; i++)
        g_ptr_array_add(stage->outcome->removed,
                        g_ptr_array_index(stage->envelope->recipients, i));
    assert_true(write_all(stage, &count, NULL));
    assert_int_equal(count, 0);
}

static void
files_are_for_their_owner_alone(void **state)
{
    const Stage *stage = *state;
    unsigned count = 0;
    struct stat about;
    assert_true(write_all(stage, &count, NULL));
    g_autofree char *path = g_build_filename(stage->out, "1.eml", NULL);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void
a_directory_that_cannot_be_used_is_named(void **state)
{
    const Stage *stage = *state;
    g_autofree char *file = g_build_filename(stage->dir, "out", NULL);
    assert_true(g_file_set_contents(file, "x", -1, NULL));
    g_autoptr(GError) error = NULL;
    assert_false(copies_prepare(file, &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_non_null(strstr(error->message, file));
    (void)g_unlink(file);
}

static void
a_full_directory_is_not_written_to(void **state)
{
    const Stage *stage = *state;
    unsigned count = 0;
    assert_true(write_all(stage, &count, NULL));
    g_autoptr(GError) error = NULL;
    assert_false(write_all(stage, &count, &error));
    assert_non_null(strstr(error->message, "not empty"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(deletions_count_as_received_without_regard_to_case),
        TEST(nobody_left_in_place_leaves_no_first_file),
        TEST(files_are_for_their_owner_alone),
        TEST(a_directory_that_cannot_be_used_is_named),
        TEST(a_full_directory_is_not_written_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
