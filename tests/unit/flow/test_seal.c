/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/seal.h"

#include "base/error.h"
#include "mime/decode.h"
#include "flow/outcome.h"
#include "tests/fakes/made_certificate.h"
#include "tests/fakes/made_setup.h"
#include "tests/fakes/spool_text.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const SpoolSettings place = {.path = (char *)(guintptr) "/tmp",
                                    .memory_bytes = 65536,
                                    .limit_bytes = 1 << 20};

/* A signer that counts its signatures, or fails. */
typedef struct {
    Signer signer;
    Certificate *certificate;
    EVP_PKEY *key;
    int signatures;
    bool away;
} CountingSigner;

static const Certificate *
get_certificate(const Signer *signer)
{
    return ((const CountingSigner *)(gconstpointer)signer)->certificate;
}

static GBytes *
sign(Signer *signer, const SignProfile *profile, GBytes *digest, GError **error)
{
    CountingSigner *counting = (CountingSigner *)(gpointer)signer;
    counting->signatures++;
    if (counting->away) {
        error_set(error, ERROR_TEMPORARY, "token away");
        return NULL;
    }
    return sign_make(
        &(SignIdentity){.leaf = counting->certificate, .key = counting->key},
        profile, digest, error);
}

static Setup *setup;

static CountingSigner signer = {.signer = {.references = 1,
                                           .get_certificate = get_certificate,
                                           .sign = sign}};

typedef struct {
    Message *message;
    Scan *scan;
    Spool *body;
    PlanGroup group;
} Scene;

static void
open_scene(Scene *scene, const char *text, PlanTreatment treatment)
{
    memset(scene, 0, sizeof *scene);
    scene->message = message_new();
    assert_true(message_add_field(scene->message, "Content-Type",
                                  " text/plain; charset=utf-8", NULL));
    scene->scan = scan_new(scene->message);
    scan_write(scene->scan, text, strlen(text));
    scan_finish(scene->scan);
    scene->body = spool_new(&place);
    assert_true(spool_write(scene->body, text, strlen(text), NULL));
    assert_true(spool_seal(scene->body, NULL));
    scene->group.treatment = treatment;
    scene->group.certificates = g_ptr_array_new();
    g_ptr_array_add(scene->group.certificates, signer.certificate);
}

static void
close_scene(Scene *scene)
{
    g_ptr_array_unref(scene->group.certificates);
    spool_unref(scene->body);
    scan_free(scene->scan);
    message_free(scene->message);
}

static Seal *
seal_of(const Scene *scene, Signer *by)
{
    const SealSource source = {.setup = setup,
                               .message = scene->message,
                               .scan = scene->scan,
                               .body = scene->body,
                               .signer = by,
                               .now_s = 1};
    return seal_new(&source);
}

static char *
type_of(const Entity *entity)
{
    const Field *first = g_ptr_array_index(entity_get_fields(entity), 0);
    assert_string_equal(first->name, "Content-Type");
    g_autoptr(DecodedType) type = decode_type(first->value);
    return g_strdup(decoded_type_get(type));
}

static void
signed_text_stays_readable(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "bonjour\r\n", TREAT_SIGN);
    g_autoptr(Seal) seal = seal_of(&scene, &signer.signer);
    g_autoptr(SealCopy) entity = seal_group(seal, &scene.group, NULL);
    assert_non_null(entity);
    g_autofree char *type = type_of(entity->entity);
    assert_string_equal(type, "multipart/signed");
    const OutcomeBody body = {.entity = entity->entity};
    g_autoptr(Spool) spool = outcome_body_spool(&body, &place, NULL);
    g_autofree char *text = spool_text_read(spool);
    assert_non_null(strstr(text, "\r\n\r\nbonjour\r\n"));
    close_scene(&scene);
}

static void
all_groups_share_one_signature(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "bonjour\r\n", TREAT_SIGN_ENCRYPT);
    int before = signer.signatures;
    g_autoptr(Seal) seal = seal_of(&scene, &signer.signer);
    g_autoptr(SealCopy) one = seal_group(seal, &scene.group, NULL);
    g_autoptr(SealCopy) two = seal_group(seal, &scene.group, NULL);
    scene.group.treatment = TREAT_SIGN;
    g_autoptr(SealCopy) three = seal_group(seal, &scene.group, NULL);
    assert_true(one != NULL && two != NULL && three != NULL);
    assert_int_equal(signer.signatures, before + 1);
    g_autofree char *type = type_of(one->entity);
    assert_string_equal(type, "application/pkcs7-mime");
    close_scene(&scene);
}

static void
encrypted_text_is_nowhere_readable(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "bonjour bonjour\r\n", TREAT_ENCRYPT);
    g_autoptr(Seal) seal = seal_of(&scene, NULL);
    g_autoptr(SealCopy) entity = seal_group(seal, &scene.group, NULL);
    const OutcomeBody body = {.entity = entity->entity};
    g_autoptr(Spool) spool = outcome_body_spool(&body, &place, NULL);
    g_autofree char *text = spool_text_read(spool);
    assert_true(strlen(text) > 100);
    assert_null(strstr(text, "bonjour"));
    assert_null(strstr(text, "Ym9uam91"));
    close_scene(&scene);
}

static void
a_key_that_is_away_is_temporary(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "bonjour\r\n", TREAT_SIGN);
    g_autoptr(GError) error = NULL;
    signer.away = true;
    g_autoptr(Seal) seal = seal_of(&scene, &signer.signer);
    assert_null(seal_group(seal, &scene.group, &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
    signer.away = false;
    close_scene(&scene);
}

static void
no_signer_is_our_own_mistake(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, "bonjour\r\n", TREAT_SIGN);
    g_autoptr(GError) error = NULL;
    g_autoptr(Seal) seal = seal_of(&scene, NULL);
    assert_null(seal_group(seal, &scene.group, &error));
    assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    close_scene(&scene);
}

int
main(void)
{
    decode_init();
    setup = made_setup_new("policy 1\n", "");
    signer.certificate =
        made_certificate_new(KEY_EC, "alice@example.fr", &signer.key);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_text_stays_readable),
        cmocka_unit_test(all_groups_share_one_signature),
        cmocka_unit_test(encrypted_text_is_nowhere_readable),
        cmocka_unit_test(a_key_that_is_away_is_temporary),
        cmocka_unit_test(no_signer_is_our_own_mistake),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    certificate_unref(signer.certificate);
    EVP_PKEY_free(signer.key);
    setup_unref(setup);
    made_setup_clean();
    return failed;
}
