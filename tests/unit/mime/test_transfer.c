/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static GByteArray *
encode(TransferEncoding encoding, const void *bytes, gsize size, gsize chunk)
{
    g_autoptr(TransferEncoder) encoder = transfer_encoder_new(encoding);
    GByteArray *out = g_byte_array_new();
    for (gsize at = 0; at < size; at += chunk)
        transfer_encode(encoder, (const char *)bytes + at,
                        MIN(chunk, size - at), out);
    transfer_encode_end(encoder, out);
    return out;
}

static GByteArray *
decode(TransferEncoding encoding, const void *bytes, gsize size, gsize chunk)
{
    g_autoptr(TransferDecoder) decoder = transfer_decoder_new(encoding);
    GByteArray *out = g_byte_array_new();
    for (gsize at = 0; at < size; at += chunk)
        transfer_decode(decoder, (const char *)bytes + at,
                        MIN(chunk, size - at), out);
    transfer_decode_end(decoder, out);
    return out;
}

static void
check_lines(const GByteArray *text)
{
    gsize column = 0;
    for (guint i = 0; i < text->len; i++) {
        guint8 c = text->data[i];
        if (c == '\r') {
            assert_true(i + 1 < text->len && text->data[i + 1] == '\n');
            assert_true(i == 0 || (text->data[i - 1] != ' ' &&
                                   text->data[i - 1] != '\t'));
            column = 0;
            i++;
            continue;
        }
        assert_true(c == '\t' || (c >= ' ' && c <= '~'));
        if (column == 0)
            assert_true(memchr("F.-", c, 3) == NULL);
        assert_in_range(++column, 1, 76);
    }
}

static void
random_bytes_come_back(void **state)
{
    (void)state;
    static const char alphabet[] = "aF.- \t\r\n=\0\377\303\251xyz";
    static const TransferEncoding encodings[] = {ENCODING_QUOTED_PRINTABLE,
                                                 ENCODING_BASE64};
    GRand *rand = g_rand_new_with_seed(42);
    for (int round = 0; round < 2000; round++) {
        guint8 bytes[300];
        gsize size = (gsize)g_rand_int_range(rand, 0, 300);
        for (gsize i = 0; i < size; i++)
            bytes[i] = (guint8)alphabet[g_rand_int_range(
                rand, 0, (gint32)sizeof alphabet - 1)];
        for (gsize e = 0; e < 2; e++) {
            gsize chunk = (gsize)g_rand_int_range(rand, 1, 20);
            g_autoptr(GByteArray) text =
                encode(encodings[e], bytes, size, chunk);
            if (e == 0)
                check_lines(text);
            g_autoptr(GByteArray) back =
                decode(encodings[e], text->data, text->len, chunk);
            assert_int_equal(back->len, size);
            if (size > 0)
                assert_memory_equal(back->data, bytes, size);
        }
    }
    g_rand_free(rand);
}

static void
what_others_wrote_is_decoded_as_readers_do(void **state)
{
    (void)state;
    static const struct {
        TransferEncoding encoding;
        const char *text, *plain;
    } rows[] = {
        {ENCODING_QUOTED_PRINTABLE, "a=3Db", "a=b"},
        {ENCODING_QUOTED_PRINTABLE, "a=3db", "a=b"},
        {ENCODING_QUOTED_PRINTABLE, "soft=\r\nbreak", "softbreak"},
        {ENCODING_QUOTED_PRINTABLE, "soft= \t\r\nbreak", "softbreak"},
        {ENCODING_QUOTED_PRINTABLE, "blanks \t\r\nend", "blanks\r\nend"},
        {ENCODING_QUOTED_PRINTABLE, "bad=ZZ", "bad=ZZ"},
        {ENCODING_QUOTED_PRINTABLE, "cut=", "cut"},
        {ENCODING_QUOTED_PRINTABLE, "cut=4", "cut=4"},
        {ENCODING_BASE64, "YWJj\r\nZGVm\r\n", "abcdef"},
        {ENCODING_BASE64, "YWI=", "ab"},
        {ENCODING_BASE64, "YWI", "ab"},
        {ENCODING_7BIT, "as it is\r\n", "as it is\r\n"},
        {ENCODING_UNKNOWN, "as it is", "as it is"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize chunk = 1; chunk < 30; chunk += 28) {
            g_autoptr(GByteArray) plain = decode(rows[i].encoding, rows[i].text,
                                                 strlen(rows[i].text), chunk);
            g_byte_array_append(plain, (const guint8 *)"", 1);
            assert_string_equal((const char *)plain->data, rows[i].plain);
        }
}

static void
readable_text_stays_readable(void **state)
{
    (void)state;
    static const char text[] = "Bonjour,\r\nun r\303\251sum\303\251 \r\n";
    g_autoptr(GByteArray) made =
        encode(ENCODING_QUOTED_PRINTABLE, text, strlen(text), 100);
    g_byte_array_append(made, (const guint8 *)"", 1);
    assert_string_equal((const char *)made->data,
                        "Bonjour,\r\nun r=C3=A9sum=C3=A9=20\r\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(what_others_wrote_is_decoded_as_readers_do),
        cmocka_unit_test(readable_text_stays_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
