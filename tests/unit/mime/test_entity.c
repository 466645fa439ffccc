/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/entity.h"

#include "mime/decode.h"
#include "mime/entity_build.h"
#include "tests/fakes/spool_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static char *
read_all(const Entity *entity, bool body_only, gsize chunk)
{
    GString *text = g_string_new(NULL);
    char buffer[512];
    ssize_t got = 1;
    while (got > 0) {
        got = body_only
                  ? entity_read_body_at(entity, text->len, buffer, chunk, NULL)
                  : entity_read_at(entity, text->len, buffer, chunk, NULL);
        g_string_append_len(text, buffer, got);
    }
    assert_int_equal(got, 0);
    return g_string_free(text, FALSE);
}

static void
pieces_read_as_one(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = spool_text_new("0123456789");
    assert_true(spool_seal(spool, NULL));
    g_autoptr(Entity) entity = entity_build_new();
    entity_build_field(entity, "A", " 1");
    entity_build_field(entity, "B", " 2");
    entity_build_text(entity, "<");
    entity_build_range(entity, spool, 2, 3);
    entity_build_range(entity, spool, 5, 0);
    entity_build_bytes(entity, g_bytes_new_static(">", 1));
    for (gsize chunk = 1; chunk < 40; chunk += 7) {
        g_autofree char *whole = read_all(entity, false, chunk);
        assert_string_equal(whole, "A: 1\r\nB: 2\r\n\r\n<234>");
        g_autofree char *body = read_all(entity, true, chunk);
        assert_string_equal(body, "<234>");
    }
    static const char *const seen[] = {"<", "234", "34", "4", ">"};
    for (guint64 at = 0; at < G_N_ELEMENTS(seen); at++) {
        gsize size = 0;
        const char *there = entity_peek_body_at(entity, at, &size);
        assert_int_equal(size, strlen(seen[at]));
        assert_memory_equal(there, seen[at], size);
    }
    gsize none = 0;
    assert_null(entity_peek_body_at(entity, 5, &none));
    assert_int_equal(entity_get_size(entity), 19);
    assert_int_equal(entity_get_body_size(entity), 5);
}

static void
a_signed_entity_holds_the_exact_octets(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = spool_text_new("body without end");
    assert_true(spool_seal(spool, NULL));
    g_autoptr(Entity) inner = entity_build_new();
    entity_build_field(inner, "Content-Type", " text/plain");
    entity_build_range(inner, spool, 0, spool_get_size(spool));
    g_autoptr(GBytes) signature = g_bytes_new_static("DER", 3);
    g_autoptr(Entity) outer =
        entity_make_signed(inner, signature, "sha-256", NULL, NULL);
    const Field *type = g_ptr_array_index(entity_get_fields(outer), 0);
    g_autoptr(DecodedType) decoded = decode_type(type->value);
    assert_string_equal(decoded_type_get(decoded), "multipart/signed");
    assert_string_equal(decoded_type_get_parameter(decoded, "micalg"),
                        "sha-256");
    assert_string_equal(decoded_type_get_parameter(decoded, "protocol"),
                        "application/pkcs7-signature");
    g_autofree char *body = read_all(outer, true, 100);
    g_autofree char *expected = g_strdup_printf(
        "--%1$s\r\nContent-Type: text/plain\r\n\r\nbody without end\r\n"
        "--%1$s\r\nContent-Type: application/pkcs7-signature; "
        "name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n"
        "REVS\r\n\r\n--%1$s--\r\n",
        decoded_type_get_parameter(decoded, "boundary"));
    assert_string_equal(body, expected);
    g_auto(GStrv) lines = g_strsplit(type->value, "\r\n", -1);
    for (char **line = lines; *line != NULL; line++)
        assert_true(strlen(*line) < 78);
    g_autoptr(Entity) again =
        entity_make_signed(inner, signature, "sha-256", NULL, NULL);
    const Field *other = g_ptr_array_index(entity_get_fields(again), 0);
    assert_string_not_equal(other->value, type->value);
}

static char *
boundary_of(const Entity *entity)
{
    const Field *type = g_ptr_array_index(entity_get_fields(entity), 0);
    g_autoptr(DecodedType) decoded = decode_type(type->value);
    return g_strdup(decoded_type_get_parameter(decoded, "boundary"));
}

/* Whether a wanted boundary is used around a body with text in it. */
static bool
is_used(const char *wanted, const char *text)
{
    g_autoptr(Message) message = message_new();
    g_autoptr(Scan) scan = scan_new(message);
    scan_write(scan, text, strlen(text));
    scan_finish(scan);
    g_autoptr(Spool) body = spool_text_new(text);
    assert_true(spool_seal(body, NULL));
    const SpoolSettings settings = {.memory_bytes = 4096, .limit_bytes = 4096};
    bool opaque = false;
    g_autoptr(Entity) inner =
        entity_make_inner(message, scan, body, &settings, &opaque, NULL);
    g_autoptr(GBytes) signature = g_bytes_new_static("DER", 3);
    g_autoptr(Entity) outer =
        entity_make_signed(inner, signature, "sha-256", wanted, NULL);
    g_autofree char *boundary = boundary_of(outer);
    return strcmp(boundary, wanted) == 0;
}

static void
a_wanted_boundary_is_used_unless_it_is_inside(void **state)
{
    (void)state;
    assert_true(is_used("=_sceau_0a", "text\r\n"));
    assert_false(is_used("=_sceau_0a", "text\r\n--=_sceau_0a\r\n"));
    assert_false(is_used("=_sceau_0a", "text\r\n--=_sceau_0a--"));
    assert_false(is_used("=_sceau_0a", "--=_sceau_0ab and more\r\n"));
    assert_true(is_used("=_sceau_0a", "--=_sceau_0b\r\n"));
}

static void
its_beginning_can_be_known_before_the_body(void **state)
{
    (void)state;
    g_autoptr(Message) message = message_new();
    assert_true(message_add_field(message, "Subject", " x", NULL));
    assert_true(message_add_field(message, "Content-ID", " <1@x>", NULL));
    g_autoptr(GBytes) head = entity_begin_inner(message);
    g_autoptr(Spool) body = spool_text_new("text\r\n");
    g_autoptr(Spool) twin = spool_text_new("text\r\n");
    assert_true(spool_seal(body, NULL) && spool_seal(twin, NULL));
    g_autoptr(Entity) inner = entity_make_verbatim(message, body);
    assert_true(entity_begins_with(inner, head, body));
    assert_false(entity_begins_with(inner, head, twin));
    g_autoptr(GBytes) signature = g_bytes_new_static("DER", 3);
    g_autoptr(GBytes) begin = entity_begin_signed(head, "=_sceau_0", "sha-256");
    g_autoptr(Entity) outer =
        entity_make_signed(inner, signature, "sha-256", "=_sceau_0", NULL);
    assert_true(entity_begins_with(outer, begin, body));
    assert_false(entity_begins_with(outer, head, body));
    g_autoptr(GBytes) other = entity_begin_signed(head, "=_sceau_1", "sha-256");
    assert_false(entity_begins_with(outer, other, body));
    g_autoptr(GBytes) cut =
        g_bytes_new_from_bytes(begin, 0, g_bytes_get_size(begin) - 1);
    assert_false(entity_begins_with(outer, cut, body));
}

static void
a_changed_body_is_no_beginning(void **state)
{
    (void)state;
    g_autoptr(Message) message = message_new();
    g_autoptr(GBytes) head = entity_begin_inner(message);
    g_autoptr(Spool) body = spool_text_new("0123456789");
    assert_true(spool_seal(body, NULL));
    static const struct {
        guint64 offset, size;
    } rows[] = {{0, 9}, {1, 9}, {0, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Entity) entity = entity_build_new();
        entity_build_field(entity, "Content-Type",
                           " text/plain; charset=us-ascii");
        entity_build_range(entity, body, rows[i].offset, rows[i].size);
        assert_false(entity_begins_with(entity, head, body));
    }
}

static void
pkcs7_entities_say_what_they_are(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = spool_text_new("QUJD\r\n");
    assert_true(spool_seal(spool, NULL));
    static const struct {
        EntityPkcs7 kind;
        const char *word;
    } rows[] = {{PKCS7_ENVELOPED, "enveloped-data"},
                {PKCS7_SIGNED, "signed-data"}};
    for (gsize i = 0; i < 2; i++) {
        g_autoptr(Entity) entity = entity_make_pkcs7(rows[i].kind, spool);
        const Field *type = g_ptr_array_index(entity_get_fields(entity), 0);
        g_autoptr(DecodedType) decoded = decode_type(type->value);
        assert_string_equal(decoded_type_get(decoded),
                            "application/pkcs7-mime");
        assert_string_equal(decoded_type_get_parameter(decoded, "smime-type"),
                            rows[i].word);
        g_autofree char *body = read_all(entity, true, 100);
        assert_string_equal(body, "QUJD\r\n");
    }
}

static void
mime_fields_are_told_apart(void **state)
{
    (void)state;
    assert_true(entity_is_mime_field("content-type"));
    assert_true(entity_is_mime_field("Content-X-Own"));
    assert_true(entity_is_mime_field("MIME-Version"));
    assert_false(entity_is_mime_field("Contents"));
    assert_false(entity_is_mime_field("Subject"));
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_read_as_one),
        cmocka_unit_test(a_signed_entity_holds_the_exact_octets),
        cmocka_unit_test(a_wanted_boundary_is_used_unless_it_is_inside),
        cmocka_unit_test(its_beginning_can_be_known_before_the_body),
        cmocka_unit_test(a_changed_body_is_no_beginning),
        cmocka_unit_test(pkcs7_entities_say_what_they_are),
        cmocka_unit_test(mime_fields_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
