/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/openpgp.h"

#include "mime/decode.h"
#include "mime/message.h"
#include "tests/fakes/spool_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define BEGIN "-----BEGIN PGP MESSAGE-----\r\n\r\n"
#define END   "-----END PGP MESSAGE-----\r\n"
/* A key for a reader and a container of tag 18, 9 or, no encryption, 11. */
#define PACKETS                                                                \
    "hA0DMDEyMzQ1Njc4OTg50jMBMDEyMzQ1Njc4OTAxMjM0NTY3\r\n"                     \
    "ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODk=\r\n"
#define ENCRYPTED BEGIN PACKETS END
#define WEAK                                                                   \
    BEGIN "hA0DMDEyMzQ1Njc4OTg5pDIwMTIzNDU2Nzg5MDEyMzQ1Njc4\r\n"               \
          "OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OQ==\r\n" END
#define LITERAL BEGIN "yw1iAAAAAABib25qb3Vy\r\n" END

#define SENTENCE                                                               \
    "This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)\r\n"
#define CONTROL "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
#define VERSION "Version: 1\r\n"
#define OCTETS                                                                 \
    "\r\n--b\r\nContent-Type: application/octet-stream; name=\"x.asc\"\r\n"    \
    "Content-Description: OpenPGP encrypted message\r\n"
#define CLOSE "\r\n--b--\r\n"

static PgpWalkKind
judge(const char *type, const char *text, bool multipart)
{
    g_autoptr(Message) message = message_new();
    assert_true(message_add_field(message, "Content-Type", type, NULL));
    g_autoptr(Scan) scan = scan_new(message);
    scan_write(scan, text, strlen(text));
    scan_finish(scan);
    g_autoptr(Spool) body = spool_text_new(text);
    assert_true(spool_seal(body, NULL));
    const GArray *parts = scan_get_parts(scan);
    PgpWalkKind kind = PGPWALK_ENCRYPTED;
    if (multipart)
        assert_true(openpgp_judge_multipart(body, parts, &kind, NULL));
    else
        assert_true(openpgp_judge_text(body, &g_array_index(parts, ScanPart, 0),
                                       &kind, NULL));
    return kind;
}

static void
text_is_one_armored_encrypted_message(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        PgpWalkKind kind;
    } rows[] = {
        {ENCRYPTED, PGPWALK_ENCRYPTED},
        {"\r\n" ENCRYPTED "\r\n", PGPWALK_ENCRYPTED},
        {WEAK, PGPWALK_WEAK},
        {LITERAL, PGPWALK_NONE},
        {BEGIN "Ym9uam91cg==\r\n" END, PGPWALK_NONE},
        {ENCRYPTED "secret\r\n", PGPWALK_NONE},
        {BEGIN PACKETS "Ym9uam91cg==\r\n" END, PGPWALK_NONE},
        {"\x84\x0d", PGPWALK_NONE},
        {"", PGPWALK_NONE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (judge(" text/plain", rows[i].text, false) != rows[i].kind)
            fail_msg("row %zu: %s", i, rows[i].text);
}

static void
a_multipart_is_control_and_content_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        PgpWalkKind kind;
    } rows[] = {
        {CONTROL VERSION OCTETS "\r\n" ENCRYPTED CLOSE, PGPWALK_ENCRYPTED},
        {SENTENCE CONTROL VERSION OCTETS "\r\n" ENCRYPTED CLOSE "\r\n",
         PGPWALK_ENCRYPTED},
        {CONTROL VERSION OCTETS
         "Content-Transfer-Encoding: base64\r\n\r\n" PACKETS CLOSE,
         PGPWALK_ENCRYPTED},
        {CONTROL VERSION OCTETS "\r\n" WEAK CLOSE, PGPWALK_WEAK},
        {CONTROL VERSION OCTETS "\r\n" LITERAL CLOSE, PGPWALK_NONE},
        {CONTROL VERSION OCTETS "\r\nsecret\r\n" CLOSE, PGPWALK_NONE},
        {CONTROL VERSION OCTETS "\r\n" CLOSE, PGPWALK_NONE},
        /* Text beside it. */
        {"secret\r\n" CONTROL VERSION OCTETS "\r\n" ENCRYPTED CLOSE,
         PGPWALK_NONE},
        {SENTENCE "the secret of today\r\n" CONTROL VERSION OCTETS
                  "\r\n" ENCRYPTED CLOSE,
         PGPWALK_NONE},
        {CONTROL VERSION OCTETS "\r\n" ENCRYPTED CLOSE "secret\r\n",
         PGPWALK_NONE},
        {CONTROL VERSION OCTETS "\r\n" ENCRYPTED "secret\r\n" CLOSE,
         PGPWALK_NONE},
        {CONTROL VERSION "secret\r\n" OCTETS "\r\n" ENCRYPTED CLOSE,
         PGPWALK_NONE},
        {CONTROL VERSION OCTETS "\r\n" ENCRYPTED "\r\n--b\r\n\r\nsecret" CLOSE,
         PGPWALK_NONE},
        {"--b\r\n\r\nsecret\r\n" CONTROL VERSION OCTETS "\r\n" ENCRYPTED CLOSE,
         PGPWALK_NONE},
        /* Not the form. */
        {CONTROL "Version: 2\r\n" OCTETS "\r\n" ENCRYPTED CLOSE, PGPWALK_NONE},
        {CONTROL OCTETS "\r\n" ENCRYPTED CLOSE, PGPWALK_NONE},
        {CONTROL VERSION OCTETS "\r\n" ENCRYPTED, PGPWALK_NONE},
        {CONTROL VERSION "\r\n--b\r\n\r\n" ENCRYPTED CLOSE, PGPWALK_NONE},
        {"--b\r\n\r\n" VERSION OCTETS "\r\n" ENCRYPTED CLOSE, PGPWALK_NONE},
        {CONTROL VERSION OCTETS "Content-Transfer-Encoding: "
                                "quoted-printable\r\n\r\n" ENCRYPTED CLOSE,
         PGPWALK_NONE},
        {CONTROL VERSION OCTETS
         "Content-Transfer-Encoding: base64\r\n\r\n!" PACKETS CLOSE,
         PGPWALK_NONE},
        {"secret\r\n", PGPWALK_NONE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (judge(" multipart/encrypted; boundary=b", rows[i].text, true) !=
            rows[i].kind)
            fail_msg("row %zu: %s", i, rows[i].text);
}

static void
a_long_header_of_a_part_is_text(void **state)
{
    (void)state;
    g_autofree char *long_value = g_strnfill(1000, 'x');
    g_autofree char *text =
        g_strconcat(CONTROL VERSION OCTETS "X-A: ", long_value, "\r\n\r\n",
                    ENCRYPTED CLOSE, NULL);
    assert_int_equal(judge(" multipart/encrypted; boundary=b", text, true),
                     PGPWALK_NONE);
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_one_armored_encrypted_message),
        cmocka_unit_test(a_multipart_is_control_and_content_and_nothing_else),
        cmocka_unit_test(a_long_header_of_a_part_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
