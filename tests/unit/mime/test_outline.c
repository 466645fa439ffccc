/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/outline.h"

#include "mime/decode.h"
#include "mime/header.h"
#include "tests/fakes/spool_text.h"
#include "tests/fakes/made_certificate.h"

#include <openssl/cms.h>
#include <openssl/evp.h>

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

static void
look(Mail *mail, const char *text)
{
    open_mail(mail, text);
    mail->outline = outline_make(mail->message, mail->scan, mail->body, NULL);
    assert_non_null(mail->outline);
}

/* base64 lines of CMS made by the library itself. */
static char *
make_cms(bool encrypted, const char *text)
{
    EVP_PKEY *key = NULL;
    g_autoptr(Certificate) certificate =
        made_certificate_new(KEY_RSA, "bob@example.org", &key);
    X509 *x509 = certificate_get_x509(certificate);
    BIO *in = BIO_new_mem_buf(text, -1);
    STACK_OF(X509) *readers = sk_X509_new_null();
    sk_X509_push(readers, x509);
    CMS_ContentInfo *cms =
        encrypted ? CMS_encrypt(readers, in, EVP_aes_256_cbc(), CMS_BINARY)
                  : CMS_sign(x509, key, NULL, in, CMS_BINARY);
    guchar *der = NULL;
    int size = i2d_CMS_ContentInfo(cms, &der);
    g_autofree char *flat = g_base64_encode(der, (gsize)size);
    GString *lines = g_string_new(NULL);
    gsize left = strlen(flat);
    for (const char *c = flat; left > 0; c += 64) {
        g_string_append_len(lines, c, (gssize)MIN(left, 64));
        g_string_append(lines, "\r\n");
        left -= MIN(left, 64);
    }
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    sk_X509_free(readers);
    BIO_free(in);
    EVP_PKEY_free(key);
    return g_string_free(lines, FALSE);
}

static OutlineSeal
seal_of(const char *header, const char *body)
{
    g_autofree char *text = g_strconcat(header, "\r\n\r\n", body, NULL);
    Mail mail;
    look(&mail, text);
    OutlineSeal seal = mail.outline->seal;
    close_mail(&mail);
    return seal;
}

#define P7M                                                                    \
    "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; "        \
    "name=smime.p7m\r\nContent-Transfer-Encoding: base64"

#define PGP                                                                    \
    "-----BEGIN PGP MESSAGE-----\r\n\r\n"                                      \
    "hA0DMDEyMzQ1Njc4OTg50jMBMDEyMzQ1Njc4OTAxMjM0NTY3\r\n"                     \
    "ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODk=\r\n=njUN\r\n"                \
    "-----END PGP MESSAGE-----\r\n"
#define PGP_PARTS                                                              \
    "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"     \
    "\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n"

static void
claims_are_held_against_the_structure(void **state)
{
    (void)state;
    g_autofree char *envelope = make_cms(true, "secret");
    g_autofree char *signature = make_cms(false, "clear text");
    g_autofree char *cut = g_strndup(envelope, strlen(envelope) - 66);
    g_autofree char *head =
        g_strdup_printf("%.64s\r\nclear text\r\n", envelope);
    g_autofree char *padded = g_strconcat("QQ==\r\n", envelope, NULL);
    g_autofree char *trailing = g_strconcat(envelope, "clear\r\n", NULL);
    g_autofree char *mixed = g_strconcat(envelope, "!\r\n", NULL);
    const struct {
        const char *header, *body;
        OutlineSeal seal;
    } rows[] = {
        {P7M, envelope, SEAL_ENCRYPTED},
        {P7M, signature, SEAL_SIGNED},
        {P7M, "Y2xlYXIgdGV4dA==\r\n", SEAL_FALSE},
        {P7M, "clear text\r\n", SEAL_FALSE},
        {P7M, "", SEAL_FALSE},
        {P7M, cut, SEAL_FALSE},
        {P7M, head, SEAL_FALSE},
        {P7M, padded, SEAL_FALSE},
        {P7M, trailing, SEAL_FALSE},
        {P7M, mixed, SEAL_FALSE},
        {"Content-Type: application/x-pkcs7-mime\r\n"
         "Content-Transfer-Encoding: base64",
         envelope, SEAL_ENCRYPTED},
        {"Content-Type: application/octet-stream; name=\"smime.P7M\"\r\n"
         "Content-Transfer-Encoding: base64",
         envelope, SEAL_ENCRYPTED},
        {"Content-Type: application/octet-stream\r\n"
         "Content-Transfer-Encoding: base64",
         envelope, SEAL_NONE},
        {"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64",
         envelope, SEAL_NONE},
        {"Content-Type: application/pkcs7-mime\r\n"
         "Content-Transfer-Encoding: quoted-printable",
         envelope, SEAL_FALSE},
        {P7M "\r\nContent-Type: text/plain", envelope, SEAL_NONE},
        {"Subject: plain", "text\r\n", SEAL_NONE},
        {"Subject: inline", PGP, SEAL_PGP_ENCRYPTED},
        {"Content-Type: text/plain", "\r\n" PGP "\r\n", SEAL_PGP_ENCRYPTED},
        {"Content-Type: text/plain", PGP "and clear\r\n", SEAL_NONE},
        {"Content-Type: text/html", PGP, SEAL_NONE},
        {"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64",
         "LS0tLS1CRUdJTiBQR1AgTUVTU0FHRS0tLS0tCgpoQTBETURFeU16UTFOamM0"
         "T1RnNTBqTUJNREV5TXpRMU5qYzRPVEF4TWpNME5UWTNPRGt3TVRJek5EVTJO"
         "emc1TURFeU16UTFOamM0T1RBeE1qTTBOVFkzT0RrPQotLS0tLUVORCBQR1Ag"
         "TUVTU0FHRS0tLS0tCg==\r\n",
         SEAL_PGP_ENCRYPTED},
        /* an armored message that is no encrypted one */
        {"Content-Type: text/plain",
         "-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n"
         "-----END PGP MESSAGE-----\r\n",
         SEAL_NONE},
        {"Content-Type: multipart/encrypted; boundary=b; "
         "protocol=\"application/pgp-encrypted\"",
         PGP_PARTS PGP "\r\n--b--\r\n", SEAL_PGP_ENCRYPTED},
        {"Content-Type: multipart/encrypted; boundary=b; "
         "protocol=\"application/pgp-encrypted\"",
         "--b\r\n\r\nx\r\n--b--\r\n", SEAL_FALSE},
        {"Content-Type: multipart/encrypted; boundary=b; "
         "protocol=\"application/pgp-encrypted\"",
         PGP_PARTS "clear text\r\n\r\n--b--\r\n", SEAL_FALSE},
        {"Content-Type: multipart/encrypted; boundary=b",
         PGP_PARTS PGP "\r\n--b--\r\n", SEAL_FALSE},
        {"Content-Type: multipart/signed; boundary=b; "
         "protocol=\"application/pkcs7-signature\"",
         "--b\r\n\r\nx\r\n--b\r\nContent-Type: "
         "application/pkcs7-signature\r\n\r\ny\r\n--b--\r\n",
         SEAL_SIGNED},
        {"Content-Type: multipart/signed; boundary=b; "
         "protocol=\"application/pkcs7-signature\"",
         "--b\r\n\r\nx\r\n--b--\r\n", SEAL_NONE},
        {"Content-Type: multipart/signed; boundary=b; "
         "protocol=\"application/pgp-signature\"",
         "--b\r\n\r\nx\r\n--b--\r\n", SEAL_PGP_SIGNED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        OutlineSeal seal = seal_of(rows[i].header, rows[i].body);
        if (seal != rows[i].seal)
            fail_msg("row %zu: %d, not %d", i, seal, rows[i].seal);
    }
}

static bool
shows(const Outline *outline, const char *value)
{
    for (guint i = 0; i < outline->inner_fields->len; i++) {
        const Field *field = g_ptr_array_index(outline->inner_fields, i);
        if (strstr(field->value, value) != NULL)
            return true;
    }
    return false;
}

static void
headers_inside_are_found_wherever_they_hide(void **state)
{
    (void)state;
    static const char inner[] = "Subject: hidden-word\r\n\r\ntext\r\n";
    g_autofree char *encoded =
        g_base64_encode((const guchar *)inner, sizeof inner - 1);
    g_autofree char *wrapped =
        g_strconcat("Content-Type: message/rfc822\r\n\r\n", inner, NULL);
    g_autofree char *opaque = make_cms(false, wrapped);
    g_autofree char *protected = make_cms(false, inner);
    g_autofree char *texts[] = {
        g_strconcat("Content-Type: message/rfc822\r\n\r\n", inner, NULL),
        g_strconcat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                    "Content-Type: message/rfc822\r\n\r\n",
                    inner, "--b--\r\n", NULL),
        g_strconcat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                    "Content-Type: message/rfc822\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n",
                    encoded, "\r\n--b--\r\n", NULL),
        g_strconcat("Content-Type: multipart/digest; boundary=b\r\n\r\n"
                    "--b\r\n\r\n",
                    inner, "--b--\r\n", NULL),
        g_strconcat("Content-Type: message/rfc822\r\n\r\n"
                    "Content-Type: message/rfc822\r\n\r\n",
                    inner, NULL),
        g_strconcat(P7M "\r\n\r\n", opaque, NULL),
        g_strconcat(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" P7M
            "\r\n\r\n",
            opaque, "--b--\r\n", NULL),
        g_strconcat("Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n"
                    "Content-Type: text/plain; hp=\"clear\"\r\n",
                    inner, "--b--\r\n", NULL),
        g_strconcat(P7M "\r\n\r\n", protected, NULL),
        g_strconcat("Content-Type: text/rfc822-headers\r\n\r\n", inner, NULL),
        g_strconcat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                    "Content-Type: text/rfc822-headers\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n",
                    encoded, "\r\n--b--\r\n", NULL),
        g_strconcat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                    "Content-Type: application/octet-stream; name=a.P7M\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n",
                    opaque, "--b--\r\n", NULL),
        /* an empty object of a type that holds text: digested-data */
        g_strconcat(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" P7M
            "\r\n\r\nMA8GCSqGSIb3DQEHBaACMAA=\r\n--b--\r\n",
            NULL),
        g_strconcat("Content-Type: text/plain; name=a.eml\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n",
                    encoded, "\r\n", NULL),
        g_strconcat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                    "Content-Disposition: attachment; filename=\"a.eml\"\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n",
                    encoded, "\r\n--b--\r\n", NULL),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        Mail mail;
        look(&mail, texts[i]);
        if (!shows(mail.outline, "hidden-word") &&
            !mail.outline->inner_incomplete)
            fail_msg("row %zu hides its subject", i);
        close_mail(&mail);
    }
    for (gsize i = 1; i < G_N_ELEMENTS(texts); i++)
        g_free(g_steal_pointer(&texts[i]));
}

static void
what_cannot_be_looked_into_is_incomplete(void **state)
{
    (void)state;
    g_autoptr(GString) deep = g_string_new("");
    for (int i = 0; i < 60; i++)
        g_string_append(deep, "Content-Type: message/rfc822\r\n\r\n");
    g_string_append(deep, "Subject: x\r\n\r\ny\r\n");
    Mail mail;
    look(&mail, deep->str);
    assert_true(mail.outline->inner_incomplete);
    close_mail(&mail);
    look(&mail, P7M "\r\n\r\ngarbage\r\n");
    assert_true(mail.outline->inner_incomplete);
    close_mail(&mail);
    look(&mail, "Subject: x\r\n\r\nplain\r\n");
    assert_false(mail.outline->inner_incomplete);
    close_mail(&mail);
}

/* Where readers see different structures, nobody knows what hides. */
static void
what_readers_disagree_about_is_incomplete(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool incomplete;
    } rows[] = {
        {"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
         true},
        {"Content-Type: multipart/mixed; boundary=c; boundary=b\r\n\r\n"
         "--b\r\n\r\nx\r\n--b--\r\n",
         true},
        {"Content-Type: multipart/mixed; boundary=b\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
         true},
        {"Content-Type: text/plain\r\nContent-Type: multipart/mixed; "
         "boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
         true},
        {"Content-Type: text/plain\r\nContent-Type:  TEXT/plain\r\n\r\nx\r\n",
         false},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
         "Content-Type: text/plain\r\nContent-Type: message/rfc822\r\n\r\n"
         "x\r\n--b--\r\n",
         true},
        {"Content-Type: message/rfc822\r\n"
         "Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin\r\n",
         true},
        {"Content-Type: message/partial; id=x; number=1; total=2\r\n\r\nx\r\n",
         true},
        {"Content-Type: multipart mixed boundary=b\r\n\r\nx\r\n", true},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\nx\r\n", true},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
         "--b\r\n\r\nx\r\n--b--\r\n",
         false},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
         "--b\r\n\r\nx\r\n--bx\r\n\r\ny\r\n--b--\r\n",
         true},
        {"Content-Type: multipart/mixed; boundary=bx\r\n\r\n--bx\r\n"
         "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
         "--b\r\n\r\nx\r\n--b--\r\n--bx--\r\n",
         false},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"
         "--b                                                               "
         "                                                                  "
         "x\r\n\r\ny\r\n--b--\r\n",
         true},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
         " Content-Type: message/rfc822\r\n\r\nx\r\n--b--\r\n",
         true},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
         "X: y\rContent-Type: message/rfc822\r\n\r\nx\r\n--b--\r\n",
         true},
        {"X: y\rSubject: z\r\n\r\nx\r\n", true},
        {"X: y\r\n z\r\n\r\nx\r\n", false},
        {"Content-Type: application/octet-stream; name=a.eml\r\n"
         "Content-Transfer-Encoding: base64 (x)\r\n\r\nQQ==\r\n",
         true},
        {"Content-Type: text\r\n\r\nx\r\n", false},
        {"Content-Type: text/plain\r\n"
         "Content-Transfer-Encoding: x-unknown\r\n\r\nx\r\n",
         false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Mail mail;
        look(&mail, rows[i].text);
        if (mail.outline->inner_incomplete != rows[i].incomplete)
            fail_msg("row %zu", i);
        close_mail(&mail);
    }
}

/* Far beyond what is kept in memory. */
static void
large_messages_inside_are_looked_into_whole(void **state)
{
    (void)state;
    g_autofree char *filling = g_strnfill(3 << 20, 'x');
    for (gsize i = 100; i < 3 << 20; i += 100)
        memcpy(filling + i, "\r\n", 2);
    g_autofree char *inner = g_strconcat(
        "Subject: outer\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
        "--c\r\n\r\n",
        filling,
        "\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n"
        "Subject: hidden-word\r\n\r\nx\r\n--c--\r\n",
        NULL);
    g_autofree char *opaque = make_cms(false, inner);
    g_autofree char *encoded =
        g_base64_encode((const guchar *)inner, strlen(inner));
    g_autofree char *texts[] = {
        g_strconcat("Content-Type: message/rfc822\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n",
                    encoded, "\r\n", NULL),
        g_strconcat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                    "Content-Type: application/octet-stream\r\n"
                    "Content-Disposition: attachment; filename=a.EML\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\n",
                    encoded, "\r\n--b--\r\n", NULL),
        g_strconcat(P7M "\r\n\r\n", opaque, NULL),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        Mail mail;
        look(&mail, texts[i]);
        if (!shows(mail.outline, "hidden-word") ||
            mail.outline->inner_incomplete)
            fail_msg("row %zu", i);
        close_mail(&mail);
    }
    for (gsize i = 1; i < G_N_ELEMENTS(texts); i++)
        g_free(g_steal_pointer(&texts[i]));
}

static void
machine_made_parts_are_noted(void **state)
{
    (void)state;
    Mail mail;
    look(&mail, "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                "--b\r\nContent-Type: text/calendar\r\n\r\nx\r\n"
                "--b\r\nContent-Type: message/delivery-status\r\n\r\nx\r\n"
                "--b\r\nContent-Type: message/disposition-notification"
                "\r\n\r\nx\r\n--b--\r\n");
    assert_true(mail.outline->has_calendar);
    assert_true(mail.outline->has_bounce);
    assert_true(mail.outline->has_receipt);
    close_mail(&mail);
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_held_against_the_structure),
        cmocka_unit_test(headers_inside_are_found_wherever_they_hide),
        cmocka_unit_test(what_cannot_be_looked_into_is_incomplete),
        cmocka_unit_test(what_readers_disagree_about_is_incomplete),
        cmocka_unit_test(large_messages_inside_are_looked_into_whole),
        cmocka_unit_test(machine_made_parts_are_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
