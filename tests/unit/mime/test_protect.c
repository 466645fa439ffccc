/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/protect.h"

#include "mime/decode.h"
#include "mime/entity_build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

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

static Entity *
make_inner(const char *type)
{
    Entity *inner = entity_build_new();
    entity_build_field(inner, "Content-Type", type);
    entity_build_field(inner, "Content-Language", " fr");
    entity_build_text(inner, "bonjour\r\n");
    return inner;
}

static const ProtectField from = {"From", " alice@example.fr",
                                  " alice@example.fr"};
static const ProtectField subject = {"Subject", " plan\r\n secret ", " ..."};
static const ProtectField thread = {"Thread-Topic", " plan", NULL};

static GPtrArray *
list_fields(void)
{
    GPtrArray *fields = g_ptr_array_new();
    g_ptr_array_add(fields, (gpointer)(guintptr)&from);
    g_ptr_array_add(fields, (gpointer)(guintptr)&subject);
    g_ptr_array_add(fields, (gpointer)(guintptr)&thread);
    return fields;
}

/* RFC 9788 2.1.1: nothing hidden, nothing said of the outside. */
static void
signed_content_carries_the_fields(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) fields = list_fields();
    g_autoptr(Entity) inner = make_inner(" text/plain; charset=utf-8 ; ");
    bool opaque = false;
    g_autoptr(Entity) entity = protect_make(inner, fields, false, &opaque);
    g_autofree char *text = read_all(entity);
    assert_string_equal(text, "From: alice@example.fr\r\n"
                              "Subject: plan\r\n secret\r\n"
                              "Thread-Topic: plan\r\n"
                              "Content-Type: text/plain; charset=utf-8;\r\n"
                              " hp=\"clear\"\r\n"
                              "Content-Language: fr\r\n"
                              "\r\n"
                              "bonjour\r\n");
    assert_false(opaque);
}

/* RFC 9788 2.2: HP-Outer for each that stands outside. */
static void
encrypted_content_tells_what_stands_outside(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) fields = list_fields();
    g_autoptr(Entity) inner = make_inner(" text/plain");
    bool opaque = false;
    g_autoptr(Entity) entity = protect_make(inner, fields, true, &opaque);
    g_autofree char *text = read_all(entity);
    assert_non_null(strstr(text, "\r\nSubject: plan\r\n secret\r\n"
                                 "HP-Outer: Subject: ...\r\n"
                                 "Thread-Topic: plan\r\n"
                                 "Content-Type: text/plain;\r\n"
                                 " hp=\"cipher\"\r\n"));
    assert_null(strstr(text, "HP-Outer: Thread-Topic"));
}

static void
hidden_fields_are_shown_to_readers_that_know_nothing(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) fields = list_fields();
    g_autoptr(Entity) inner = make_inner(" text/plain");
    bool opaque = false;
    g_autoptr(Entity) entity = protect_make_shown(
        inner, fields, "Subject: pl\303\242n\n", &opaque, NULL);
    g_autofree char *text = read_all(entity);
    const GPtrArray *own = entity_get_fields(entity);
    const Field *last = g_ptr_array_index(own, own->len - 1);
    g_autoptr(DecodedType) type = decode_type(last->value);
    assert_string_equal(decoded_type_get(type), "multipart/mixed");
    assert_string_equal(decoded_type_get_parameter(type, "hp"), "cipher");
    g_autofree char *parts = g_strdup_printf(
        "\r\n\r\n--%1$s\r\n"
        "Content-Type: text/plain; charset=utf-8;\r\n"
        " hp-legacy-display=\"1\"\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "Content-Disposition: inline\r\n\r\n"
        "U3ViamVjdDogcGzDom4NCg==\r\n"
        "\r\n--%1$s\r\n"
        "Content-Type: text/plain\r\nContent-Language: fr\r\n\r\n"
        "bonjour\r\n"
        "\r\n--%1$s--\r\n",
        decoded_type_get_parameter(type, "boundary"));
    assert_true(g_str_has_suffix(text, parts));
}

static void
what_is_marked_or_unreadable_is_left_alone(void **state)
{
    (void)state;
    static const char *const types[] = {
        " text/plain; hp=\"clear\"",
        " text/plain; hp=cipher",
        " text/plain; name=\"open",
        " text/plain (open",
    };
    g_autoptr(GPtrArray) fields = list_fields();
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(Entity) inner = make_inner(types[i]);
        bool opaque = false;
        g_autoptr(Entity) entity = protect_make(inner, fields, true, &opaque);
        if (entity != inner)
            fail_msg("changed:%s", types[i]);
    }
}

static void
a_field_that_no_relay_keeps_asks_for_an_opaque_signature(void **state)
{
    (void)state;
    g_autofree char *words = g_strnfill(990, 'x');
    const char *const values[] = {" pl\303\242n", words, " a\rb", " a\nb"};
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        const ProtectField field = {"Subject", values[i], NULL};
        g_autoptr(GPtrArray) fields = g_ptr_array_new();
        g_ptr_array_add(fields, (gpointer)(guintptr)&field);
        g_autoptr(Entity) inner = make_inner(" text/plain");
        bool opaque = false;
        g_autoptr(Entity) entity = protect_make(inner, fields, false, &opaque);
        assert_non_null(entity);
        assert_true(opaque);
    }
}

static void
only_what_the_sender_wrote_is_carried(void **state)
{
    (void)state;
    static const char *const kept[] = {"From",        "subject",    "To",
                                       "Date",        "Message-ID", "X-Own",
                                       "In-Reply-To", "List-Id",    NULL};
    static const char *const left[] = {
        "Received",  "Bcc",          "bcc",          "Resent-Bcc",
        "Resent-To", "Content-Type", "MIME-Version", "DKIM-Signature",
        "ARC-Seal",  "HP-Outer",     "Return-Path",  "Authentication-Results",
        NULL};
    for (int i = 0; kept[i] != NULL; i++)
        assert_true(protect_is_carried(kept[i]));
    for (int i = 0; left[i] != NULL; i++)
        assert_false(protect_is_carried(left[i]));
}

static int
prepare(void **state)
{
    (void)state;
    decode_init();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_content_carries_the_fields),
        cmocka_unit_test(encrypted_content_tells_what_stands_outside),
        cmocka_unit_test(hidden_fields_are_shown_to_readers_that_know_nothing),
        cmocka_unit_test(what_is_marked_or_unreadable_is_left_alone),
        cmocka_unit_test(
            a_field_that_no_relay_keeps_asks_for_an_opaque_signature),
        cmocka_unit_test(only_what_the_sender_wrote_is_carried),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
