/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/guess.h"

#include "mime/decode.h"
#include "tests/fakes/made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define LARGE_BYTES 200000

/* Its first rule looks into the body: nothing is decided before that. */
static const char policy[] =
    "policy 1\n"
    "rule machines when kind is bounce, calendar then accept\n"
    "rule never when recipient in dave then encrypt never, sign never\n"
    "list dave = dave@partner.example\n"
    "rule shut when header \"X\" is \"opaque\" then encrypt if-possible,\n"
    "  sign if-possible, sign opaque\n"
    "rule gcm when header \"X\" is \"gcm\" then cipher aes-256-gcm\n"
    "rule outgoing when recipient is outside\n"
    "  then encrypt if-possible, sign if-possible\n";

static Setup *setup;

typedef struct {
    Envelope *envelope;
    Message *message;
    Spool *body;
    RightAnswer right;
    FindQuestion question;
    Guess *guess;
} Scene;

static void
open_scene(Scene *scene, const char *recipient, const char *name,
           const char *value)
{
    memset(scene, 0, sizeof *scene);
    scene->envelope = envelope_new();
    g_autofree char *path = g_strdup_printf("<%s>", recipient);
    envelope_set_sender(scene->envelope, "<alice@example.fr>", "");
    envelope_add_recipient(scene->envelope, path, "", NULL);
    scene->message = message_new();
    assert_true(
        message_add_field(scene->message, "From", " alice@example.fr", NULL));
    assert_true(message_add_field(scene->message, name, value, NULL));
    scene->body = spool_new(setup->spool);
    scene->right.class = RIGHT_ALLOWED;
    scene->question = (FindQuestion){.setup = setup,
                                     .envelope = scene->envelope,
                                     .message = scene->message,
                                     .body = scene->body,
                                     .right = &scene->right};
    scene->guess = guess_new();
}

static void
receive(Scene *scene, gsize size)
{
    static const char line[] = "all the same\r\n";
    while (spool_get_size(scene->body) < size) {
        assert_true(spool_write(scene->body, line, strlen(line), NULL));
        guess_write(scene->guess, &scene->question, line, strlen(line));
    }
}

static void
close_scene(Scene *scene)
{
    guess_free(scene->guess);
    spool_unref(scene->body);
    message_free(scene->message);
    envelope_free(scene->envelope);
}

static void
a_large_message_is_begun_before_its_end(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "bob@partner.example", "Subject", " hello");
    receive(&scene, 1000);
    assert_null(guess_get_stream(scene.guess));
    assert_null(guess_get_found(scene.guess));
    receive(&scene, LARGE_BYTES);
    Stream *stream = guess_get_stream(scene.guess);
    assert_non_null(stream_get_boundary(stream));
    assert_non_null(
        find_get_answer(guess_get_found(scene.guess), scene.envelope, 0));
    close_scene(&scene);
}

/* All the body is in it, that which came before the guess too. */
static void
what_was_begun_is_the_whole_body(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "carol@partner.example", "Content-Type", " text/plain");
    receive(&scene, LARGE_BYTES);
    assert_null(stream_get_boundary(guess_get_stream(scene.guess)));
    assert_true(spool_seal(scene.body, NULL));
    g_autoptr(Entity) inner = entity_make_verbatim(scene.message, scene.body);
    g_autoptr(GBytes) digest = stream_take_digest(guess_get_stream(scene.guess),
                                                  inner, scene.body, "sha-256");
    assert_non_null(digest);
    close_scene(&scene);
}

static void
what_needs_the_whole_body_first_is_not_begun(void **state)
{
    (void)state;
    static const struct {
        const char *recipient, *name, *value;
    } rows[] = {
        {"dave@partner.example", "Subject", " nothing to do"},
        {"bob@partner.example", "X", " opaque"},
        {"bob@partner.example", "Content-Type",
         " multipart/signed; protocol=\"application/pkcs7-signature\""},
        {"bob@partner.example", "Content-Type",
         " Application/X-PKCS7-MIME; smime-type=enveloped-data"},
        {"bob@partner.example", "Content-Type", " multipart/encrypted"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        open_scene(&scene, rows[i].recipient, rows[i].name, rows[i].value);
        receive(&scene, LARGE_BYTES);
        assert_null(guess_get_stream(scene.guess));
        close_scene(&scene);
    }
}

static void
the_cipher_is_the_one_policy_wants(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "bob@partner.example", "X", " gcm");
    scene.right.class = RIGHT_NOT_SUBMITTED;
    receive(&scene, LARGE_BYTES);
    assert_true(spool_seal(scene.body, NULL));
    const CertAnswer *answer =
        find_get_answer(guess_get_found(scene.guess), scene.envelope, 0);
    g_autoptr(GPtrArray) certificates = g_ptr_array_new();
    g_ptr_array_add(certificates, answer->certificate);
    g_autoptr(Entity) inner = entity_make_verbatim(scene.message, scene.body);
    Stream *stream = guess_get_stream(scene.guess);
    EncryptProfile profile = {.cipher = CIPHER_AES_256_CBC};
    assert_null(stream_take_encrypted(stream, inner, scene.body, certificates,
                                      &profile));
    profile.cipher = CIPHER_AES_256_GCM;
    g_autoptr(Spool) out = stream_take_encrypted(stream, inner, scene.body,
                                                 certificates, &profile);
    assert_non_null(out);
    close_scene(&scene);
}

int
main(void)
{
    decode_init();
    setup = made_setup_new(policy, "");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_message_is_begun_before_its_end),
        cmocka_unit_test(what_was_begun_is_the_whole_body),
        cmocka_unit_test(what_needs_the_whole_body_first_is_not_begun),
        cmocka_unit_test(the_cipher_is_the_one_policy_wants),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    setup_unref(setup);
    made_setup_clean();
    return failed;
}
