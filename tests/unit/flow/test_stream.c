/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/stream.h"

#include "mime/decode.h"
#include "smime/digest.h"
#include "tests/fakes/made_certificate.h"
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
static const SpoolSettings nowhere = {.path = (char *)(guintptr) "/nowhere",
                                      .memory_bytes = 0,
                                      .limit_bytes = 1 << 20};

static Certificate *readers[2];
static EVP_PKEY *keys[2];

/* A message, its body, and what went through a stream. */
typedef struct {
    Message *message;
    Scan *scan;
    Spool *body;
    GPtrArray *certificates; /* of the first reader */
    StreamWish wish;
    Stream *stream;
} Scene;

static void
open_scene(Scene *scene, bool sign, bool encrypt)
{
    memset(scene, 0, sizeof *scene);
    scene->message = message_new();
    assert_true(message_add_field(scene->message, "Content-Type",
                                  " text/plain; charset=utf-8", NULL));
    scene->certificates = g_ptr_array_new();
    g_ptr_array_add(scene->certificates, readers[0]);
    scene->wish = (StreamWish){
        .message = scene->message,
        .spool = &place,
        .digest = sign ? "sha-256" : NULL,
        .certificates = encrypt ? scene->certificates : NULL,
    };
}

/* The body arrives; the stream misses the last missing bytes of it. */
static void
receive(Scene *scene, const char *text, gsize missing)
{
    gsize size = strlen(text);
    scene->stream = stream_new(&scene->wish);
    scene->scan = scan_new(scene->message);
    scan_write(scene->scan, text, size);
    scan_finish(scene->scan);
    scene->body = spool_text_new(text);
    assert_true(spool_seal(scene->body, NULL));
    for (gsize at = 0; at < size - missing; at += 7)
        stream_write(scene->stream, text + at, MIN(7, size - missing - at));
}

static void
close_scene(Scene *scene)
{
    stream_free(scene->stream);
    spool_unref(scene->body);
    scan_free(scene->scan);
    message_free(scene->message);
    g_ptr_array_unref(scene->certificates);
}

static Entity *
make_inner(const Scene *scene)
{
    bool opaque = false;
    Entity *inner = entity_make_inner(scene->message, scene->scan, scene->body,
                                      &place, &opaque, NULL);
    assert_non_null(inner);
    return inner;
}

static char *
read_all(const Entity *entity)
{
    gsize size = (gsize)entity_get_size(entity);
    char *text = g_malloc0(size + 1);
    for (gsize at = 0; at < size;) {
        ssize_t got = entity_read_at(entity, at, text + at, size - at, NULL);
        assert_true(got > 0);
        at += (gsize)got;
    }
    return text;
}

static GBytes *
digest_of(const char *text)
{
    g_autoptr(Digest) digest = digest_new("sha-256", NULL);
    assert_true(digest_write(digest, text, strlen(text), NULL));
    return digest_finish(digest, NULL);
}

/* What a reader's key opens; NULL: nothing. Caller frees. */
static char *
open_with(const Spool *base64, int reader)
{
    g_autofree char *text = spool_text_read(base64);
    return made_certificate_open(text, readers[reader], keys[reader]);
}

static Spool *
take(const Scene *scene, const Entity *content)
{
    return stream_take_encrypted(scene->stream, content, scene->body,
                                 scene->certificates, &scene->wish.encryption);
}

/* --- what is right ----------------------------------------------------- */

static void
the_digest_is_that_of_the_inner_entity(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, true, false);
    receive(&scene, "bonjour\r\ntout le monde\r\n", 0);
    g_autoptr(Entity) inner = make_inner(&scene);
    g_autoptr(GBytes) made =
        stream_take_digest(scene.stream, inner, scene.body, "sha-256");
    g_autofree char *text = read_all(inner);
    g_autoptr(GBytes) expected = digest_of(text);
    assert_non_null(made);
    assert_true(g_bytes_equal(made, expected));
    /* Once. */
    assert_null(stream_take_digest(scene.stream, inner, scene.body, "sha-256"));
    close_scene(&scene);
}

static void
what_was_encrypted_is_the_inner_entity(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, false, true);
    receive(&scene, "bonjour\r\n", 0);
    assert_null(stream_get_boundary(scene.stream));
    g_autoptr(Entity) inner = make_inner(&scene);
    g_autoptr(Spool) out = take(&scene, inner);
    assert_non_null(out);
    g_autofree char *clear = open_with(out, 0);
    g_autofree char *text = read_all(inner);
    assert_string_equal(clear, text);
    assert_null(open_with(out, 1));
    assert_null(take(&scene, inner));
    close_scene(&scene);
}

static void
what_was_encrypted_ends_with_the_signature(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, true, true);
    receive(&scene, "bonjour\r\n", 0);
    const char *boundary = stream_get_boundary(scene.stream);
    assert_non_null(boundary);
    g_autoptr(Entity) inner = make_inner(&scene);
    g_autoptr(GBytes) digest =
        stream_take_digest(scene.stream, inner, scene.body, "sha-256");
    assert_non_null(digest);
    g_autoptr(Entity) content =
        entity_make_signed(inner, digest, "sha-256", boundary, NULL);
    g_autoptr(Spool) out = take(&scene, content);
    assert_non_null(out);
    g_autofree char *clear = open_with(out, 0);
    g_autofree char *text = read_all(content);
    assert_string_equal(clear, text);
    close_scene(&scene);
}

static void
an_empty_body_is_a_body_too(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, true, false);
    receive(&scene, "", 0);
    g_autoptr(Entity) inner = make_inner(&scene);
    g_autoptr(GBytes) made =
        stream_take_digest(scene.stream, inner, scene.body, "sha-256");
    g_autofree char *text = read_all(inner);
    g_autoptr(GBytes) expected = digest_of(text);
    assert_non_null(made);
    assert_true(g_bytes_equal(made, expected));
    close_scene(&scene);
}

/* --- what is another thing --------------------------------------------- */

static void
other_bytes_get_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        gsize missing;
    } rows[] = {
        {"8-bit \303\251\r\n", 0}, /* will be re-encoded */
        {"bonjour\r\n", 2},        /* not all went through */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Scene scene;
        open_scene(&scene, true, false);
        receive(&scene, rows[i].text, rows[i].missing);
        g_autoptr(Entity) inner = make_inner(&scene);
        assert_null(
            stream_take_digest(scene.stream, inner, scene.body, "sha-256"));
        close_scene(&scene);
        open_scene(&scene, false, true);
        receive(&scene, rows[i].text, rows[i].missing);
        g_autoptr(Entity) content = make_inner(&scene);
        assert_null(take(&scene, content));
        close_scene(&scene);
    }
}

static void
another_header_or_body_gets_nothing(void **state)
{
    (void)state;
    Scene scene;
    Scene other;
    open_scene(&scene, true, false);
    receive(&scene, "bonjour\r\n", 0);
    open_scene(&other, true, false);
    assert_true(
        message_add_field(other.message, "Content-Language", " fr", NULL));
    receive(&other, "bonjour\r\n", 0);
    g_autoptr(Entity) longer = make_inner(&other);
    assert_null(
        stream_take_digest(scene.stream, longer, scene.body, "sha-256"));
    assert_null(
        stream_take_digest(scene.stream, longer, other.body, "sha-256"));
    g_autoptr(Entity) inner = make_inner(&scene);
    assert_null(stream_take_digest(scene.stream, inner, other.body, "sha-256"));
    assert_null(stream_take_digest(scene.stream, inner, scene.body, "sha-384"));
    close_scene(&scene);
    close_scene(&other);
}

static void
another_reader_or_cipher_gets_nothing(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, false, true);
    receive(&scene, "bonjour\r\n", 0);
    g_autoptr(Entity) inner = make_inner(&scene);
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    EncryptProfile profile = {0};
    assert_null(stream_take_encrypted(scene.stream, inner, scene.body, others,
                                      &profile));
    g_ptr_array_add(others, readers[1]);
    assert_null(stream_take_encrypted(scene.stream, inner, scene.body, others,
                                      &profile));
    g_ptr_array_add(others, readers[0]);
    assert_null(stream_take_encrypted(scene.stream, inner, scene.body, others,
                                      &profile));
    profile.cipher = CIPHER_AES_256_GCM;
    assert_null(stream_take_encrypted(scene.stream, inner, scene.body,
                                      scene.certificates, &profile));
    profile = (EncryptProfile){.oaep = true};
    assert_null(stream_take_encrypted(scene.stream, inner, scene.body,
                                      scene.certificates, &profile));
    close_scene(&scene);
}

static void
an_unsigned_copy_is_not_the_signed_one(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, true, true);
    receive(&scene, "bonjour\r\n", 0);
    g_autoptr(Entity) inner = make_inner(&scene);
    assert_null(take(&scene, inner));
    g_autoptr(GBytes) signature = g_bytes_new_static("DER", 3);
    g_autoptr(Entity) elsewhere =
        entity_make_signed(inner, signature, "sha-256", NULL, NULL);
    assert_null(take(&scene, elsewhere));
    g_autoptr(Entity) stronger = entity_make_signed(
        inner, signature, "sha-512", stream_get_boundary(scene.stream), NULL);
    assert_null(take(&scene, stronger));
    close_scene(&scene);
}

/* --- trouble ----------------------------------------------------------- */

static void
trouble_is_silent(void **state)
{
    (void)state;
    Scene scene;
    open_scene(&scene, true, true);
    scene.wish.spool = &nowhere;
    scene.wish.digest = "sha-3";
    receive(&scene, "bonjour\r\n", 0);
    g_autoptr(Entity) inner = make_inner(&scene);
    assert_null(stream_take_digest(scene.stream, inner, scene.body, "sha-3"));
    assert_null(take(&scene, inner));
    close_scene(&scene);
    assert_null(stream_get_boundary(NULL));
    assert_null(stream_take_digest(NULL, NULL, NULL, "sha-256"));
    assert_null(stream_take_encrypted(NULL, NULL, NULL, NULL, NULL));
}

int
main(void)
{
    decode_init();
    for (int i = 0; i < 2; i++)
        readers[i] =
            made_certificate_new(KEY_RSA, "reader@example.fr", &keys[i]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_that_of_the_inner_entity),
        cmocka_unit_test(what_was_encrypted_is_the_inner_entity),
        cmocka_unit_test(what_was_encrypted_ends_with_the_signature),
        cmocka_unit_test(an_empty_body_is_a_body_too),
        cmocka_unit_test(other_bytes_get_nothing),
        cmocka_unit_test(another_header_or_body_gets_nothing),
        cmocka_unit_test(another_reader_or_cipher_gets_nothing),
        cmocka_unit_test(an_unsigned_copy_is_not_the_signed_one),
        cmocka_unit_test(trouble_is_silent),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        certificate_unref(readers[i]);
        EVP_PKEY_free(keys[i]);
    }
    return failed;
}
