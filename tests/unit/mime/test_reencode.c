/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/reencode.h"

#include "mime/decode.h"
#include "mime/header.h"
#include "mime/entity.h"
#include "mime/outline.h"
#include "tests/fakes/spool_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* A message: header lines, empty line, body, all with CRLF. */
typedef struct {
    Message *message;
    Scan *scan;
    Spool *body;
    Outline *outline;
} Mail;

static void
open_mail(Mail *mail, const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    gsize header = end != NULL ? (gsize)(end - text) + 2 : strlen(text);
    const char *body = end != NULL ? end + 4 : "";
    bool malformed = false;
    g_autoptr(GPtrArray) fields = header_parse(text, header, &malformed);
    mail->message = message_new();
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        assert_true(
            message_add_field(mail->message, field->name, field->value, NULL));
    }
    mail->scan = scan_new(mail->message);
    scan_write(mail->scan, body, strlen(body));
    scan_finish(mail->scan);
    mail->body = spool_text_new(body);
    assert_true(spool_seal(mail->body, NULL));
    mail->outline = NULL;
}

static void
close_mail(Mail *mail)
{
    outline_free(mail->outline);
    spool_unref(mail->body);
    scan_free(mail->scan);
    message_free(mail->message);
}

static char *
inner_of(const char *text, bool *opaque)
{
    const SpoolSettings place = {.path = (char *)(guintptr) "/tmp",
                                 .memory_bytes = 65536,
                                 .limit_bytes = 1 << 24};
    Mail mail;
    open_mail(&mail, text);
    g_autoptr(Entity) entity = entity_make_inner(
        mail.message, mail.scan, mail.body, &place, opaque, NULL);
    assert_non_null(entity);
    gsize size = (gsize)entity_get_size(entity);
    char *whole = g_malloc0(size + 1);
    gsize have = 0;
    ssize_t got;
    while ((got = entity_read_at(entity, have, whole + have, size - have,
                                 NULL)) > 0)
        have += (gsize)got;
    assert_int_equal(have, size);
    close_mail(&mail);
    return whole;
}

static void
safe_content_stays_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text, *inner;
    } rows[] = {
        {"Subject: s\r\nContent-Type: text/plain\r\nContent-X: y\r\n\r\n"
         "a\r\n",
         "Content-Type: text/plain\r\nContent-X: y\r\n\r\na\r\n"},
        {"Subject: s\r\n\r\na\r\n",
         "Content-Type: text/plain; charset=us-ascii\r\n\r\na\r\n"},
        {"Subject: s\r\n\r\n",
         "Content-Type: text/plain; charset=us-ascii\r\n\r\n"},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n"
         "\r\nx\r\n--b--\r\npost\r\n",
         "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n"
         "\r\nx\r\n--b--\r\npost\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool opaque = true;
        g_autofree char *inner = inner_of(rows[i].text, &opaque);
        assert_string_equal(inner, rows[i].inner);
        assert_false(opaque);
    }
}

static void
unsafe_leaves_are_encoded_and_the_rest_stays(void **state)
{
    (void)state;
    static const struct {
        const char *text, *inner;
    } rows[] = {
        {"Content-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: 8bit\r\n\r\n\303\251 \r\n",
         "Content-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9=20\r\n"},
        {"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n"
         "\r\nascii\r\n",
         "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n"
         "\r\nascii\r\n"},
        {"Content-Type: application/pdf\r\n\r\n\303\r\n",
         "Content-Type: application/pdf\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\nww0K\r\n"},
        {"Content-Type: multipart/mixed; boundary=b\r\n"
         "Content-Transfer-Encoding: 8bit\r\n\r\npre\r\n--b\r\n"
         "Content-Type: text/plain\r\n\r\nFrom here\r\n--b\r\n\r\n"
         "safe\r\n--b--\r\n",
         "Content-Type: multipart/mixed; boundary=b\r\n"
         "Content-Transfer-Encoding: 7bit\r\n\r\npre\r\n--b\r\n"
         "Content-Type: text/plain\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n\r\n=46rom here"
         "\r\n--b\r\n\r\nsafe\r\n--b--\r\n"},
        {"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\n"
         "\303\251\r\n",
         "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n"},
        {"Subject: none\r\n\r\n\303\251\r\n",
         "Content-Type: text/plain; charset=unknown-8bit\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool opaque = true;
        g_autofree char *inner = inner_of(rows[i].text, &opaque);
        if (strcmp(inner, rows[i].inner) != 0)
            fail_msg("row %zu: %s", i, inner);
        assert_false(opaque);
    }
}

static void
what_cannot_be_encoded_is_left_for_an_opaque_signature(void **state)
{
    (void)state;
    static const char *const texts[] = {
        /* inside a signature of somebody else */
        "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n"
        "\303\251\r\n--b--\r\n",
        /* a broken tree */
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n",
        /* 8-bit in a part's header, in a preamble */
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: a/b; name=\303\251\r\n\r\nx\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n\303\251\r\n"
        "--b\r\n\r\nx\r\n--b--\r\n",
        /* a lone LF that belongs to a delimiter, a lone CR in a field */
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\n"
        "--b--\r\n",
        "Content-Type: text/plain;\r a=b\r\n\r\nx\r\n",
        /* an encoding nobody knows */
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-odd\r\n"
        "\r\n\303\251\r\n",
        "Content-Type: message/delivery-status\r\n\r\n\303\251\r\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        bool opaque = false;
        g_autofree char *inner = inner_of(texts[i], &opaque);
        if (!opaque)
            fail_msg("row %zu is not opaque", i);
        assert_string_equal(strstr(inner, "\r\n\r\n"),
                            strstr(texts[i], "\r\n\r\n"));
    }
}

static void
verbatim_changes_nothing_at_all(void **state)
{
    (void)state;
    Mail mail;
    open_mail(&mail, "Content-Type: text/plain\r\n\r\n\303\251 \r\n");
    g_autoptr(Entity) entity = entity_make_verbatim(mail.message, mail.body);
    char text[100] = "";
    assert_int_equal(entity_read_body_at(entity, 0, text, 99, NULL), 5);
    assert_string_equal(text, "\303\251 \r\n");
    close_mail(&mail);
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(safe_content_stays_byte_for_byte),
        cmocka_unit_test(unsafe_leaves_are_encoded_and_the_rest_stays),
        cmocka_unit_test(
            what_cannot_be_encoded_is_left_for_an_opaque_signature),
        cmocka_unit_test(verbatim_changes_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
