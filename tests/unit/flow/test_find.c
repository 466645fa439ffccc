/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/find.h"

#include "base/clock.h"
#include "base/error.h"
#include "mime/decode.h"
#include "tests/fakes/made_setup.h"
#include "tests/fakes/spool_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* A question about bob (certificate) and carol (none). */
typedef struct {
    Setup *setup;
    Envelope *envelope;
    Message *message;
    Spool *body;
    Outline outline;
    RightAnswer right;
    PolicyDecision decisions[2];
    GPtrArray *list;
    FindQuestion question;
} Scene;

static int
open_scene(void **state)
{
    Scene *scene = g_new0(Scene, 1);
    decode_init();
    scene->setup = made_setup_new("policy 1\n", "");
    scene->envelope = envelope_new();
    envelope_add_recipient(scene->envelope, "<Bob@partner.example>", "", NULL);
    envelope_add_recipient(scene->envelope, "<carol@partner.example>", "",
                           NULL);
    scene->message = message_new();
    assert_true(
        message_add_field(scene->message, "From", " alice@example.fr", NULL));
    assert_true(
        message_add_field(scene->message, "To", " bob@partner.example", NULL));
    scene->body = spool_text_new("x");
    scene->outline.cms_recipients = g_ptr_array_new();
    scene->right.class = RIGHT_ALLOWED;
    scene->list = g_ptr_array_new();
    for (int i = 0; i < 2; i++) {
        scene->decisions[i].encrypt = ENCRYPT_IF_POSSIBLE;
        scene->decisions[i].sign = SIGN_IF_POSSIBLE;
        g_ptr_array_add(scene->list, &scene->decisions[i]);
    }
    scene->question = (FindQuestion){.setup = scene->setup,
                                     .envelope = scene->envelope,
                                     .message = scene->message,
                                     .body = scene->body,
                                     .outline = &scene->outline,
                                     .right = &scene->right,
                                     .decisions = scene->list};
    *state = scene;
    return 0;
}

static int
close_scene(void **state)
{
    Scene *scene = *state;
    g_ptr_array_unref(scene->list);
    g_ptr_array_unref(scene->outline.cms_recipients);
    spool_unref(scene->body);
    message_free(scene->message);
    envelope_free(scene->envelope);
    setup_unref(scene->setup);
    g_free(scene);
    made_setup_clean();
    return 0;
}

static void
certificates_and_key_are_found(void **state)
{
    const Scene *scene = *state;
    g_autoptr(Found) found = find_all(&scene->question, NULL);
    assert_int_equal(find_get_answer(found, scene->envelope, 0)->class,
                     CERT_FOUND);
    assert_int_equal(find_get_answer(found, scene->envelope, 1)->class,
                     CERT_NONE);
    assert_int_equal(found->key.class, KEY_FOUND);
    assert_null(found->identity);
    g_autoptr(Plan) plan = find_make_plan(&scene->question, found);
    assert_int_equal(plan->lines[0].treatment, TREAT_SIGN_ENCRYPT);
    assert_int_equal(plan->lines[1].treatment, TREAT_SIGN);
}

/* Of files nothing is asked ahead; this must only not wait or fall. */
static void
asking_ahead_needs_no_outline(void **state)
{
    Scene *scene = *state;
    scene->question.outline = NULL;
    find_prefetch(&scene->question);
    scene->decisions[1].verdict = VERDICT_REFUSE;
    find_prefetch(&scene->question);
}

static void
what_cannot_change_the_plan_is_not_asked(void **state)
{
    Scene *scene = *state;
    scene->decisions[0].encrypt = ENCRYPT_NEVER;
    scene->decisions[1].verdict = VERDICT_REFUSE;
    g_autoptr(Found) found = find_all(&scene->question, NULL);
    assert_null(find_get_answer(found, scene->envelope, 0));
    assert_null(find_get_answer(found, scene->envelope, 1));
}

static void
a_key_needs_a_right_and_a_wish(void **state)
{
    Scene *scene = *state;
    scene->right.class = RIGHT_NOT_ALLOWED;
    g_autoptr(Found) not_allowed = find_all(&scene->question, NULL);
    assert_null(not_allowed->key.signer);
    scene->right.class = RIGHT_ALLOWED;
    scene->decisions[0].sign = scene->decisions[1].sign = SIGN_NEVER;
    assert_false(find_wants_signature(scene->list));
    g_autoptr(Found) not_wanted = find_all(&scene->question, NULL);
    assert_null(not_wanted->key.signer);
}

/* What the sender's client encrypted for bob's certificate, or for another. */
static void
a_sealed_message_is_held_against_known_certificates(void **state)
{
    Scene *scene = *state;
    scene->outline.seal = SEAL_ENCRYPTED;
    scene->decisions[0].encrypt = scene->decisions[1].encrypt =
        ENCRYPT_REQUIRED;
    g_autoptr(Found) found = find_all(&scene->question, NULL);
    const CertAnswer *bob = find_get_answer(found, scene->envelope, 0);
    g_autoptr(Plan) stranger = find_make_plan(&scene->question, found);
    assert_int_equal(stranger->lines[0].class, CLASS_ENCRYPTED_NOT_FOR);
    /* Nobody knows a certificate of carol's: hers it may be. */
    assert_int_equal(stranger->lines[1].class, CLASS_ENCRYPTED_FOR);
    CmsRecipientId id = {.issuer = certificate_get_issuer_der(bob->certificate),
                         .serial =
                             certificate_get_serial_der(bob->certificate)};
    g_ptr_array_add(scene->outline.cms_recipients, &id);
    g_autoptr(Plan) his = find_make_plan(&scene->question, found);
    assert_int_equal(his->lines[0].class, CLASS_ENCRYPTED_FOR);
    g_autoptr(GBytes) other = g_bytes_new_static("\x01", 1);
    id.serial = other;
    g_autoptr(Plan) near_miss = find_make_plan(&scene->question, found);
    assert_int_equal(near_miss->lines[0].class, CLASS_ENCRYPTED_NOT_FOR);
}

static void
the_journal_tells_who_was_served(void **state)
{
    Scene *scene = *state;
    g_autoptr(State) journal = state_open(scene->setup->general->state, NULL);
    scene->question.state = journal;
    g_autoptr(Found) before = find_all(&scene->question, NULL);
    assert_non_null(before->identity);
    assert_false(before->sent[0] || before->sent[1]);
    assert_true(
        state_add_copy(journal, before->identity, "bob@partner.example", NULL));
    g_autoptr(Found) after = find_all(&scene->question, NULL);
    assert_true(after->sent[0]);
    assert_false(after->sent[1]);
}

/* A fresh setup, so that what was just denied is known at once. */
static void
find_denied(Scene *scene, State *journal, const char *name, KeyClass wanted)
{
    assert_true(state_add_denial(journal, name, "lost", NULL));
    setup_unref(scene->setup);
    scene->question.setup = scene->setup = made_setup_new("policy 1\n", "");
    g_autoptr(Found) found = find_all(&scene->question, NULL);
    assert_int_equal(found->key.class, wanted);
    assert_int_equal(found->key.signer != NULL, wanted == KEY_FOUND);
    if (wanted != KEY_FOUND)
        assert_non_null(strstr(found->key.reason, "lost"));
    assert_int_equal(state_remove_denial(journal, name, NULL), STATE_YES);
}

static void
who_is_denied_signs_nothing(void **state)
{
    Scene *scene = *state;
    g_autoptr(State) journal = state_open(scene->setup->general->state, NULL);
    g_autoptr(GPtrArray) keys =
        keyring_list_certificates(scene->setup->keyring);
    g_autofree char *print =
        g_strdup(certificate_get_sha256(g_ptr_array_index(keys, 0)));
    find_denied(scene, journal, print, KEY_UNUSABLE);
    find_denied(scene, journal, "alice@example.fr", KEY_UNUSABLE);
    find_denied(scene, journal, "bob@partner.example", KEY_FOUND);
}

/* Carol has no certificate; whether she had one is in the state file. */
static void
who_had_a_certificate_lately_is_lost(void **state)
{
    Scene *scene = *state;
    static const char *const carol[] = {"carol@partner.example", NULL};
    g_autoptr(State) writer = state_open(scene->setup->general->state, NULL);
    assert_true(state_add_marks(writer, carol, NULL));
    g_autoptr(Found) found = find_all(&scene->question, NULL);
    const CertAnswer *lost = find_get_answer(found, scene->envelope, 1);
    assert_int_equal(lost->class, CERT_LOST);
    assert_non_null(strstr(lost->reason, "was encrypted for this address"));
    g_autoptr(Plan) later = find_make_plan(&scene->question, found);
    assert_int_equal(later->verdict, PLAN_LATER);
    assert_int_equal(later->lines[1].class, CLASS_LOST);
    assert_int_equal(state_remove_mark(writer, carol[0], NULL), STATE_YES);
    g_autoptr(Found) again = find_all(&scene->question, NULL);
    assert_int_equal(find_get_answer(again, scene->envelope, 1)->class,
                     CERT_NONE);
}

static void
add_candidate(CertAnswer *answer, CertClass class, bool gateway)
{
    CertCandidate *candidate = g_new0(CertCandidate, 1);
    candidate->class = class;
    candidate->gateway = gateway;
    g_ptr_array_add(answer->candidates, candidate);
}

/* Neither one that may be used nor one that may not. */
static void
a_gateway_hides_no_loss(void **state)
{
    Scene *scene = *state;
    static const char *const carol[] = {"carol@partner.example", NULL};
    static const struct {
        CertClass own, gateway, wanted; /* NONE: there is none */
    } rows[] = {
        {CERT_NONE, CERT_FOUND, CERT_LOST},
        {CERT_NONE, CERT_UNUSABLE, CERT_LOST},
        {CERT_UNUSABLE, CERT_FOUND, CERT_FOUND},
        {CERT_UNUSABLE, CERT_UNUSABLE, CERT_UNUSABLE},
        {CERT_FOUND, CERT_NONE, CERT_FOUND},
    };
    g_autoptr(State) writer = state_open(scene->setup->general->state, NULL);
    assert_true(state_add_marks(writer, carol, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        CertAnswer *answer = cert_answer_new(carol[0]);
        answer->class =
            rows[i].gateway != CERT_NONE ? rows[i].gateway : rows[i].own;
        if (rows[i].gateway == CERT_FOUND)
            answer->gateway = g_strdup("post");
        if (rows[i].gateway != CERT_NONE)
            add_candidate(answer, rows[i].gateway, true);
        if (rows[i].own != CERT_NONE)
            add_candidate(answer, rows[i].own, false);
        g_autoptr(CertAnswer) got = find_consider_lost(scene->setup, answer);
        if (got->class != rows[i].wanted)
            fail_msg("row %zu: %s", i, cert_class_get_name(got->class));
        assert_int_equal(got->gateway != NULL,
                         rows[i].gateway == CERT_FOUND &&
                             rows[i].wanted == CERT_FOUND);
    }
}

/* A certificate that is there is no less there. */
static void
a_state_that_cannot_be_asked_is_not_none(void **state)
{
    Scene *scene = *state;
    g_autofree char *path =
        g_build_filename(scene->setup->general->state, "state.db", NULL);
    assert_true(
        g_file_set_contents(path, "this is no database, is it?", -1, NULL));
    for (guint i = 0; i < 2; i++) {
        g_autoptr(CertAnswer) answer = cert_answer_new("carol@partner.example");
        answer->class = i == 0 ? CERT_NONE : CERT_FOUND;
        g_autoptr(CertAnswer) got =
            find_consider_lost(scene->setup, cert_answer_ref(answer));
        assert_int_equal(got->class, i == 0 ? CERT_DIRECTORY_DOWN : CERT_FOUND);
        assert_int_equal(got->reason != NULL, i == 0);
        assert_int_equal(answer->class, i == 0 ? CERT_NONE : CERT_FOUND);
    }
}

static void
the_clock_is_part_of_what_is_found(void **state)
{
    Scene *scene = *state;
    clock_set(1000);
    g_autoptr(Found) found = find_all(&scene->question, NULL);
    clock_set(-1);
    assert_non_null(found->clock);
    g_autoptr(Plan) later = find_make_plan(&scene->question, found);
    assert_int_equal(later->verdict, PLAN_LATER);
    assert_int_equal(later->lines[0].class, CLASS_CLOCK);
    g_autoptr(Found) again = find_all(&scene->question, NULL);
    assert_null(again->clock);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(certificates_and_key_are_found),
        TEST(asking_ahead_needs_no_outline),
        TEST(what_cannot_change_the_plan_is_not_asked),
        TEST(a_key_needs_a_right_and_a_wish),
        TEST(a_sealed_message_is_held_against_known_certificates),
        TEST(the_journal_tells_who_was_served),
        TEST(who_is_denied_signs_nothing),
        TEST(who_had_a_certificate_lately_is_lost),
        TEST(a_gateway_hides_no_loss),
        TEST(a_state_that_cannot_be_asked_is_not_none),
        TEST(the_clock_is_part_of_what_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
