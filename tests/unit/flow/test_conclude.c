/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/conclude.h"

#include "tests/fakes/made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const SpoolSettings place = {.path = (char *)(guintptr) "/tmp",
                                    .memory_bytes = 4096,
                                    .limit_bytes = 4096};

typedef struct {
    Envelope *envelope;
    Message *message;
    Spool *body;
    Entity *entity;
    Plan plan;
    PlanLine lines[3];
    GPtrArray *sealed;
    Setup *setup;
} Scene;

static void
add_group(Scene *scene, PlanTreatment treatment, unsigned recipient,
          Entity *entity)
{
    PlanGroup *group = g_new0(PlanGroup, 1);
    group->treatment = treatment;
    group->recipients = g_array_new(FALSE, FALSE, sizeof(unsigned));
    group->certificates = g_ptr_array_new();
    g_array_append_val(group->recipients, recipient);
    g_ptr_array_add(scene->plan.groups, group);
    const OuterSource source = {.message = scene->message,
                                .setup = scene->setup};
    const Form form = {0};
    SealCopy *sealed = g_new0(SealCopy, 1);
    sealed->entity = entity != NULL ? entity_ref(entity) : NULL;
    sealed->outer = outer_new(&source, entity != NULL, &form);
    g_ptr_array_add(scene->sealed, sealed);
    scene->lines[recipient].treatment = treatment;
}

static void
open_scene(Scene *scene)
{
    static const char *const fields[][2] = {
        {"From", " alice@example.fr"},  {"Bcc", " hidden@partner.example"},
        {"MIME-Version", " 1.0"},       {"Content-Type", " text/plain"},
        {"content-type", " text/html"}, {"Subject", " s"},
        {"Content-Language", " fr"},
    };
    memset(scene, 0, sizeof *scene);
    scene->envelope = envelope_new();
    envelope_add_recipient(scene->envelope, "<Bob@p.example>", "", NULL);
    envelope_add_recipient(scene->envelope, "<carol@p.example>", "", NULL);
    envelope_add_recipient(scene->envelope, "<dave@p.example>", "", NULL);
    scene->message = message_new();
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        assert_true(message_add_field(scene->message, fields[i][0],
                                      fields[i][1], NULL));
    scene->body = spool_new(&place);
    assert_true(spool_write(scene->body, "QQ==\r\n", 6, NULL));
    assert_true(spool_seal(scene->body, NULL));
    scene->entity = entity_make_pkcs7(PKCS7_ENVELOPED, scene->body);
    scene->plan.verdict = PLAN_DELIVER;
    scene->plan.lines = scene->lines;
    scene->plan.line_count = 3;
    scene->plan.groups = g_ptr_array_new();
    scene->sealed =
        g_ptr_array_new_with_free_func((GDestroyNotify)seal_copy_free);
    scene->setup = made_setup_new("policy 1\n", "");
    for (int i = 0; i < 3; i++)
        scene->lines[i].class = CLASS_COUNT;
}

static void
close_scene(Scene *scene)
{
    for (guint i = 0; i < scene->plan.groups->len; i++) {
        PlanGroup *group = g_ptr_array_index(scene->plan.groups, i);
        g_array_unref(group->recipients);
        g_ptr_array_unref(group->certificates);
        g_free(group);
    }
    g_ptr_array_unref(scene->plan.groups);
    g_ptr_array_unref(scene->sealed);
    setup_unref(scene->setup);
    made_setup_clean();
    entity_unref(scene->entity);
    spool_unref(scene->body);
    message_free(scene->message);
    envelope_free(scene->envelope);
}

static Outcome *
deliver(Scene *scene)
{
    Outcome *outcome = outcome_new();
    conclude_deliver(outcome, &scene->plan, scene->envelope, scene->body,
                     scene->sealed);
    return outcome;
}

static void
in_place_changes_mime_and_removes_blind_fields_highest_first(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene);
    add_group(&scene, TREAT_ENCRYPT, 0, scene.entity);
    scene.plan.line_count = 1;
    g_autoptr(Outcome) outcome = deliver(&scene);
    static const struct {
        const char *name;
        unsigned instance;
        bool stays;
    } rows[] = {{"Content-Language", 1, false},
                {"content-type", 2, false},
                {"Content-Type", 1, true},
                {"Bcc", 1, false},
                {"Content-Transfer-Encoding", 0, true},
                {"Content-Disposition", 0, true}};
    assert_int_equal(outcome->kind, OUTCOME_REPLACE);
    assert_int_equal(outcome->changes->len, G_N_ELEMENTS(rows));
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const OutcomeChange *change = g_ptr_array_index(outcome->changes, i);
        assert_string_equal(change->name, rows[i].name);
        assert_int_equal(change->instance, rows[i].instance);
        assert_int_equal(change->value != NULL, rows[i].stays);
    }
    close_scene(&scene);
}

static void
copies_hold_the_header_without_bcc(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene);
    add_group(&scene, TREAT_ENCRYPT, 0, scene.entity);
    add_group(&scene, TREAT_UNTOUCHED, 1, NULL);
    scene.lines[2].treatment = TREAT_SENT;
    g_autoptr(Outcome) outcome = deliver(&scene);
    assert_int_equal(outcome->copies->len, 1);
    assert_int_equal(outcome->removed->len, 2);
    const OutcomeCopy *copy = g_ptr_array_index(outcome->copies, 0);
    gsize size = 0;
    g_autofree char *header = outcome_copy_format_header(copy, &size);
    assert_null(strstr(header, "hidden"));
    assert_non_null(strstr(header, "Content-Type: text/plain\r\n"));
    assert_ptr_equal(copy->body.spool, scene.body);
    close_scene(&scene);
}

static void
one_untouched_group_is_no_change(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene);
    add_group(&scene, TREAT_UNTOUCHED, 0, NULL);
    scene.plan.line_count = 1;
    const SealCopy *sealed = g_ptr_array_index(scene.sealed, 0);
    g_ptr_array_remove_index(sealed->outer->fields, 1); /* the Bcc */
    g_autoptr(Outcome) outcome = deliver(&scene);
    assert_int_equal(outcome->kind, OUTCOME_UNTOUCHED);
    assert_int_equal(outcome->changes->len, 0);
    close_scene(&scene);
}

/* RFC 5322 3.6.3. */
static void
of_an_untouched_message_only_the_blind_field_goes(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene);
    add_group(&scene, TREAT_UNTOUCHED, 0, NULL);
    scene.plan.line_count = 1;
    g_autoptr(Outcome) outcome = deliver(&scene);
    assert_int_equal(outcome->kind, OUTCOME_REPLACE);
    assert_int_equal(outcome->changes->len, 1);
    const OutcomeChange *change = g_ptr_array_index(outcome->changes, 0);
    assert_string_equal(change->name, "Bcc");
    assert_null(change->value);
    assert_int_equal(change->instance, 1);
    assert_null(outcome->body.entity);
    assert_null(outcome->body.spool);
    assert_int_equal(outcome->removed->len, 0);
    close_scene(&scene);
}

static void
all_served_already_leaves_nobody(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene);
    for (int i = 0; i < 3; i++)
        scene.lines[i].treatment = TREAT_SENT;
    g_autoptr(Outcome) outcome = deliver(&scene);
    assert_int_equal(outcome->kind, OUTCOME_REPLACE);
    assert_int_equal(outcome->removed->len, 3);
    assert_int_equal(outcome->copies->len, 0);
    close_scene(&scene);
}

static void
only_who_is_refused_is_named(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene);
    scene.plan.verdict = PLAN_REFUSE;
    scene.lines[0].treatment = TREAT_ENCRYPT;
    scene.lines[1].treatment = TREAT_REFUSE;
    scene.lines[1].class = CLASS_NONE;
    scene.lines[1].reason = (char *)(guintptr) "none";
    scene.lines[1].reason_fr = (char *)(guintptr) "aucun";
    scene.lines[2].treatment = TREAT_LATER;
    g_autoptr(Outcome) outcome = outcome_new();
    conclude_fail(outcome, &scene.plan, scene.envelope);
    conclude_report(outcome, &scene.plan, scene.envelope);
    assert_int_equal(outcome->kind, OUTCOME_REFUSE);
    assert_int_equal(outcome->reasons->len, 1);
    const OutcomeReason *reason = g_ptr_array_index(outcome->reasons, 0);
    assert_string_equal(reason->address, "carol@p.example");
    assert_string_equal(reason->class_name, "none");
    for (guint i = 0; i < outcome->reports->len; i++) {
        const OutcomeReport *report = g_ptr_array_index(outcome->reports, i);
        assert_string_equal(report->action, "refused");
    }
    close_scene(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            in_place_changes_mime_and_removes_blind_fields_highest_first),
        cmocka_unit_test(copies_hold_the_header_without_bcc),
        cmocka_unit_test(one_untouched_group_is_no_change),
        cmocka_unit_test(of_an_untouched_message_only_the_blind_field_goes),
        cmocka_unit_test(all_served_already_leaves_nobody),
        cmocka_unit_test(only_who_is_refused_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
