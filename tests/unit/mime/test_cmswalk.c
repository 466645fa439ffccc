/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/cmswalk.h"

#include "mime/outline.h"
#include "smime/certificate.h"
#include "tests/fakes/made_certificate.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static Certificate *rsa, *rsa_two, *ec;
static EVP_PKEY *signing_key;

static int
make_people(void **state)
{
    (void)state;
    rsa = made_certificate_new(KEY_RSA, "rsa@example.org", &signing_key);
    rsa_two = made_certificate_new(KEY_RSA, "two@example.org", NULL);
    ec = made_certificate_new(KEY_EC, "ec@example.org", NULL);
    return 0;
}

static int
drop_people(void **state)
{
    (void)state;
    certificate_unref(rsa);
    certificate_unref(rsa_two);
    certificate_unref(ec);
    EVP_PKEY_free(signing_key);
    return 0;
}

static GBytes *
take(CMS_ContentInfo *cms, BIO *in, bool stream, unsigned flags)
{
    BIO *out = BIO_new(BIO_s_mem());
    assert_non_null(cms);
    if (stream)
        assert_true(i2d_CMS_bio_stream(out, cms, in, (int)flags));
    else
        assert_true(i2d_CMS_bio(out, cms));
    char *bytes = NULL;
    long size = BIO_get_mem_data(out, &bytes);
    GBytes *made = g_bytes_new(bytes, (gsize)size);
    BIO_free(out);
    BIO_free(in);
    CMS_ContentInfo_free(cms);
    return made;
}

/* An envelope for the given readers, DER or streamed BER. */
static GBytes *
envelope(const EVP_CIPHER *cipher, Certificate *const *readers, bool stream,
         unsigned more)
{
    BIO *in = BIO_new_mem_buf("Content-Type: text/plain\r\n\r\nsecret", -1);
    unsigned flags = CMS_BINARY | CMS_PARTIAL | (stream ? CMS_STREAM : 0);
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, cipher, flags);
    for (; *readers != NULL; readers++)
        assert_non_null(CMS_add1_recipient_cert(
            cms, certificate_get_x509(*readers), CMS_KEY_PARAM | more));
    if (!stream)
        assert_true(CMS_final(cms, in, NULL, CMS_BINARY));
    return take(cms, in, stream, flags);
}

static void
keep_content(gpointer user, const guchar *bytes, gsize size)
{
    g_byte_array_append(user, bytes, (guint)size);
}

static CmsWalk *
walk(GBytes *bytes, gsize size, GByteArray *content, CmsWalkKind *kind)
{
    CmsWalk *walker =
        cmswalk_new(content != NULL ? keep_content : NULL, content);
    cmswalk_write(walker, g_bytes_get_data(bytes, NULL), size);
    *kind = cmswalk_finish(walker);
    return walker;
}

static CmsWalkKind
kind_of(GBytes *bytes, gsize size)
{
    CmsWalkKind kind = CMSWALK_INVALID;
    cmswalk_free(walk(bytes, size, NULL, &kind));
    return kind;
}

static bool
names(const CmsWalk *walker, const Certificate *certificate)
{
    const GPtrArray *found = cmswalk_get_recipients(walker);
    for (guint i = 0; i < found->len; i++) {
        const CmsRecipientId *id = g_ptr_array_index(found, i);
        GBytes *key_id = certificate_get_key_id(certificate);
        if (id->key_id != NULL && key_id != NULL &&
            g_bytes_equal(id->key_id, key_id))
            return true;
        if (id->issuer != NULL && id->serial != NULL &&
            g_bytes_equal(id->issuer,
                          certificate_get_issuer_der(certificate)) &&
            g_bytes_equal(id->serial, certificate_get_serial_der(certificate)))
            return true;
    }
    return false;
}

static void
envelopes_are_known_and_their_readers_named(void **state)
{
    (void)state;
    Certificate *const both[] = {rsa, rsa_two, NULL};
    Certificate *const mixed[] = {rsa, ec, NULL};
    Certificate *const curve[] = {ec, NULL};
    static const bool ways[] = {false, true};
    for (gsize i = 0; i < 2; i++) {
        CmsWalkKind kind = CMSWALK_INVALID;
        g_autoptr(GBytes) one = envelope(EVP_aes_256_cbc(), both, ways[i], 0);
        g_autoptr(CmsWalk) first =
            walk(one, g_bytes_get_size(one), NULL, &kind);
        assert_int_equal(kind, CMSWALK_ENVELOPED);
        assert_int_equal(cmswalk_get_recipients(first)->len, 2);
        assert_true(names(first, rsa) && names(first, rsa_two));
        assert_false(names(first, ec));
        assert_false(cmswalk_has_other_recipients(first));
        assert_false(cmswalk_has_weak_cipher(first));
        g_autoptr(GBytes) two = envelope(EVP_aes_128_cbc(), curve, ways[i], 0);
        g_autoptr(CmsWalk) second =
            walk(two, g_bytes_get_size(two), NULL, &kind);
        assert_int_equal(kind, CMSWALK_ENVELOPED);
        assert_int_equal(cmswalk_get_recipients(second)->len, 1);
        assert_true(names(second, ec));
        assert_false(cmswalk_has_other_recipients(second));
        g_autoptr(GBytes) three =
            envelope(EVP_aes_256_gcm(), mixed, ways[i], 0);
        g_autoptr(CmsWalk) third =
            walk(three, g_bytes_get_size(three), NULL, &kind);
        assert_int_equal(kind, CMSWALK_ENVELOPED);
        assert_true(names(third, rsa) && names(third, ec));
    }
}

static void
weak_ciphers_are_told(void **state)
{
    (void)state;
    Certificate *const readers[] = {rsa, NULL};
    CmsWalkKind kind = CMSWALK_INVALID;
    g_autoptr(GBytes) bytes = envelope(EVP_des_ede3_cbc(), readers, false, 0);
    g_autoptr(CmsWalk) walker =
        walk(bytes, g_bytes_get_size(bytes), NULL, &kind);
    assert_int_equal(kind, CMSWALK_ENVELOPED);
    assert_true(cmswalk_has_weak_cipher(walker));
}

/* The object in frames without a length, more behind its last member. */
static GByteArray *
reframe(GBytes *bytes, const guint8 *more, gsize more_size)
{
    gsize size = 0;
    const guint8 *der = g_bytes_get_data(bytes, &size);
    /* SEQUENCE, OID, [0], SEQUENCE: each with a length of 82 xx xx. */
    const gsize oid = 4, oid_size = der[oid + 1] + 2u;
    const gsize explicit = oid + oid_size, inner = explicit + 4;
    GByteArray *made = g_byte_array_new();
    g_byte_array_append(made, (const guint8 *)"\x30\x80", 2);
    g_byte_array_append(made, der + oid, (guint)oid_size);
    g_byte_array_append(made, (const guint8 *)"\xA0\x80\x30\x80", 4);
    g_byte_array_append(made, der + inner + 4, (guint)(size - inner - 4));
    g_byte_array_append(made, more, (guint)more_size);
    g_byte_array_append(made, (const guint8 *)"\0\0\0\0\0\0", 6);
    return made;
}

/* What follows in an envelope must not change what was said before. */
static void
nothing_overrides_an_envelope(void **state)
{
    (void)state;
    static const struct {
        const char *more;
        gsize size;
        CmsWalkKind kind;
    } rows[] = {
        {"", 0, CMSWALK_ENVELOPED},
        {"\xA1\x00", 2, CMSWALK_ENVELOPED},
        {"\x30\x00", 2, CMSWALK_INVALID},
        {"\x31\x00", 2, CMSWALK_INVALID},
        {"\xA1\x00\xA1\x00", 4, CMSWALK_INVALID},
        /* a second content, said to be in AES */
        {"\x30\x1d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x30\x0d\x06"
         "\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x05\x00\x80\x01x",
         31, CMSWALK_INVALID},
        {"\x04\x04text", 6, CMSWALK_INVALID},
    };
    Certificate *const readers[] = {rsa, NULL};
    g_autoptr(GBytes) weak = envelope(EVP_des_ede3_cbc(), readers, false, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GByteArray) made =
            reframe(weak, (const guint8 *)rows[i].more, rows[i].size);
        g_autoptr(GBytes) bytes = g_bytes_new(made->data, made->len);
        CmsWalkKind kind = CMSWALK_INVALID;
        g_autoptr(CmsWalk) walker = walk(bytes, made->len, NULL, &kind);
        if (kind != rows[i].kind)
            fail_msg("row %zu: %d", i, kind);
        if (kind == CMSWALK_ENVELOPED)
            assert_true(cmswalk_has_weak_cipher(walker));
    }
}

/* A cipher nobody knows may be none. */
static void
unknown_ciphers_are_weak(void **state)
{
    (void)state;
    static const guint8 aes[] = "\x60\x86\x48\x01\x65\x03\x04\x01";
    Certificate *const readers[] = {rsa, NULL};
    g_autoptr(GBytes) bytes = envelope(EVP_aes_256_cbc(), readers, false, 0);
    gsize size = 0;
    const guint8 *der = g_bytes_get_data(bytes, &size);
    g_autofree guint8 *copy = g_memdup2(der, size);
    guint8 *oid = memmem(copy, size, aes, sizeof aes - 1);
    assert_non_null(oid);
    for (int last = 0; last < 128; last++) {
        oid[sizeof aes - 1] = (guint8)last;
        g_autoptr(GBytes) changed = g_bytes_new(copy, size);
        CmsWalkKind kind = CMSWALK_INVALID;
        g_autoptr(CmsWalk) walker = walk(changed, size, NULL, &kind);
        assert_int_equal(kind, CMSWALK_ENVELOPED);
        bool known = last == 2 || last == 22 || last == 42;
        assert_int_equal(cmswalk_has_weak_cipher(walker), !known);
    }
}

/* RFC 5652 5.2: another type's octets are no MIME. */
static void
signed_content_that_is_no_mime_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool other;
    } rows[] = {
        {"1.2.840.113549.1.7.1", false},
        {"1.2.840.113549.1.7.2", true},
        {"1.2.840.113549.1.9.16.1.9", true},
        {"1.2.840.113549.1.9.16.1.1", false},
        {"1.2.3.4", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        BIO *in = BIO_new_mem_buf("Subject: in\r\n\r\ntext", -1);
        unsigned flags = CMS_BINARY | CMS_PARTIAL;
        CMS_ContentInfo *cms =
            CMS_sign(certificate_get_x509(rsa), signing_key, NULL, in, flags);
        ASN1_OBJECT *type = OBJ_txt2obj(rows[i].type, 1);
        assert_true(CMS_set1_eContentType(cms, type));
        ASN1_OBJECT_free(type);
        assert_true(CMS_final(cms, in, NULL, flags));
        g_autoptr(GBytes) bytes = take(cms, in, false, flags);
        CmsWalkKind kind = CMSWALK_INVALID;
        g_autoptr(CmsWalk) walker =
            walk(bytes, g_bytes_get_size(bytes), NULL, &kind);
        assert_int_equal(kind, CMSWALK_SIGNED);
        if (cmswalk_has_other_content(walker) != rows[i].other)
            fail_msg("%s", rows[i].type);
    }
}

static void
passwords_are_other_recipients(void **state)
{
    (void)state;
    BIO *in = BIO_new_mem_buf("secret", -1);
    unsigned flags = CMS_BINARY | CMS_PARTIAL;
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, EVP_aes_256_cbc(), flags);
    guchar phrase[] = "phrase";
    assert_non_null(CMS_add0_recipient_password(
        cms, -1, NID_undef, NID_undef, (guchar *)OPENSSL_strdup("phrase"),
        sizeof phrase - 1, NULL));
    assert_true(CMS_final(cms, in, NULL, CMS_BINARY));
    g_autoptr(GBytes) bytes = take(cms, in, false, flags);
    CmsWalkKind kind = CMSWALK_INVALID;
    g_autoptr(CmsWalk) walker =
        walk(bytes, g_bytes_get_size(bytes), NULL, &kind);
    assert_int_equal(kind, CMSWALK_ENVELOPED);
    assert_true(cmswalk_has_other_recipients(walker));
    assert_int_equal(cmswalk_get_recipients(walker)->len, 0);
}

static void
nobody_as_reader_is_not_encrypted(void **state)
{
    (void)state;
    Certificate *const nobody[] = {NULL};
    g_autoptr(GBytes) bytes = envelope(EVP_aes_256_cbc(), nobody, false, 0);
    assert_int_equal(kind_of(bytes, g_bytes_get_size(bytes)), CMSWALK_OTHER);
}

static void
signed_data_is_signed_and_its_content_shown(void **state)
{
    (void)state;
    static const bool ways[] = {false, true};
    for (gsize i = 0; i < 2; i++) {
        BIO *in = BIO_new_mem_buf("Subject: in\r\n\r\ntext", -1);
        unsigned flags = CMS_BINARY | (ways[i] ? CMS_STREAM : 0);
        CMS_ContentInfo *cms =
            CMS_sign(certificate_get_x509(rsa), signing_key, NULL, in, flags);
        g_autoptr(GBytes) bytes = take(cms, in, ways[i], flags);
        g_autoptr(GByteArray) content = g_byte_array_new();
        CmsWalkKind kind = CMSWALK_INVALID;
        g_autoptr(CmsWalk) walker =
            walk(bytes, g_bytes_get_size(bytes), content, &kind);
        assert_int_equal(kind, CMSWALK_SIGNED);
        assert_non_null(walker);
        assert_int_equal(content->len, 19);
        assert_memory_equal(content->data, "Subject: in\r\n\r\ntext", 19);
    }
}

static void
content_of_any_size_is_shown_whole(void **state)
{
    (void)state;
    g_autofree char *text = g_strnfill(5000, 'x');
    BIO *in = BIO_new_mem_buf(text, -1);
    CMS_ContentInfo *cms =
        CMS_sign(certificate_get_x509(rsa), signing_key, NULL, in, CMS_BINARY);
    g_autoptr(GBytes) bytes = take(cms, in, false, CMS_BINARY);
    g_autoptr(GByteArray) content = g_byte_array_new();
    CmsWalkKind kind = CMSWALK_INVALID;
    g_autoptr(CmsWalk) walker =
        walk(bytes, g_bytes_get_size(bytes), content, &kind);
    assert_non_null(walker);
    assert_int_equal(kind, CMSWALK_SIGNED);
    assert_int_equal(content->len, 5000);
    assert_memory_equal(content->data, text, 5000);
}

static void
a_part_of_an_envelope_is_none(void **state)
{
    (void)state;
    Certificate *const readers[] = {rsa, NULL};
    static const bool ways[] = {false, true};
    for (gsize i = 0; i < 2; i++) {
        g_autoptr(GBytes) whole =
            envelope(EVP_aes_256_cbc(), readers, ways[i], 0);
        gsize size = g_bytes_get_size(whole);
        for (gsize cut = 0; cut < size; cut++)
            assert_int_not_equal(kind_of(whole, cut), CMSWALK_ENVELOPED);
        g_autoptr(GByteArray) longer = g_byte_array_new();
        g_byte_array_append(longer, g_bytes_get_data(whole, NULL), (guint)size);
        g_byte_array_append(longer, (const guint8 *)"clear text", 10);
        g_autoptr(GBytes) trailing = g_bytes_new(longer->data, longer->len);
        assert_int_equal(kind_of(trailing, longer->len), CMSWALK_INVALID);
    }
}

/* Names, identifiers, parameters and ciphertext: what OpenSSL takes apart and
 * we pass over. The frame before them leaves no room. */
static bool
is_passed_over(const guint8 *bytes, gsize size, gsize at)
{
    gsize name = 0;
    const guint8 *issuer =
        g_bytes_get_data(certificate_get_issuer_der(rsa), &name);
    const guint8 *found = memmem(bytes, size, issuer, name);
    gsize start = found != NULL ? (gsize)(found - bytes) : 0;
    return at >= start;
}

/* Whatever one octet is changed to: what we call an envelope, OpenSSL reads to
 * its end as one too. */
static void
a_changed_octet_never_makes_us_more_trusting(void **state)
{
    (void)state;
    Certificate *const readers[] = {rsa, NULL};
    static const guint8 flips[] = {0x01, 0x20, 0x80, 0xff};
    for (int way = 0; way < 2; way++) {
        g_autoptr(GBytes) whole =
            envelope(EVP_aes_256_cbc(), readers, way == 1, 0);
        gsize size = g_bytes_get_size(whole);
        const guint8 *original = g_bytes_get_data(whole, NULL);
        g_autofree guint8 *copy = g_memdup2(original, size);
        int compared = 0;
        for (gsize at = 0; at < size; at++)
            for (gsize f = 0; f < sizeof flips; f++) {
                copy[at] ^= flips[f];
                g_autoptr(GBytes) changed = g_bytes_new(copy, size);
                const guint8 *cursor = copy;
                CMS_ContentInfo *cms =
                    d2i_CMS_ContentInfo(NULL, &cursor, (long)size);
                bool sound = cms != NULL && cursor == copy + size;
                if (kind_of(changed, size) == CMSWALK_ENVELOPED && !sound &&
                    !is_passed_over(original, size, at))
                    fail_msg("way %d, octet %zu, flip %02x", way, at, flips[f]);
                compared += sound;
                CMS_ContentInfo_free(cms);
                copy[at] ^= flips[f];
            }
        assert_true(compared > 100);
    }
    ERR_clear_error();
}

static void
other_bytes_are_no_envelope(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "0", "clear text",
                                        "0\x80\x06\x09*\x86H\x86\xf7",
                                        "-----BEGIN PKCS7-----"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GBytes) bytes =
            g_bytes_new_static(texts[i], strlen(texts[i]));
        assert_int_equal(kind_of(bytes, strlen(texts[i])), CMSWALK_INVALID);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes_are_known_and_their_readers_named),
        cmocka_unit_test(weak_ciphers_are_told),
        cmocka_unit_test(nothing_overrides_an_envelope),
        cmocka_unit_test(unknown_ciphers_are_weak),
        cmocka_unit_test(signed_content_that_is_no_mime_is_told),
        cmocka_unit_test(passwords_are_other_recipients),
        cmocka_unit_test(nobody_as_reader_is_not_encrypted),
        cmocka_unit_test(signed_data_is_signed_and_its_content_shown),
        cmocka_unit_test(content_of_any_size_is_shown_whole),
        cmocka_unit_test(a_part_of_an_envelope_is_none),
        cmocka_unit_test(a_changed_octet_never_makes_us_more_trusting),
        cmocka_unit_test(other_bytes_are_no_envelope),
    };
    return cmocka_run_group_tests(tests, make_people, drop_people);
}
