/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/partread.h"

#include "tests/fakes/spool_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define BEFORE "clear text before "

static bool
take(gpointer user, const GByteArray *chunk)
{
    g_string_append_len(user, (const char *)chunk->data, chunk->len);
    return true;
}

static bool
take_once(gpointer user, const GByteArray *chunk)
{
    (void)chunk;
    return ++*(unsigned *)user > 1;
}

static void
content_is_read_between_its_ends_and_decoded(void **state)
{
    (void)state;
    static const struct {
        TransferEncoding encoding;
        const char *raw, *content;
        bool strict;
    } rows[] = {
        {ENCODING_7BIT, "bonjour", "bonjour", true},
        {ENCODING_8BIT, "\xc3\xa9", "\xc3\xa9", true},
        {ENCODING_BASE64, "Ym9u\r\nam91cg==", "bonjour", true},
        {ENCODING_BASE64, "Ym9u!am91cg==", "bonjour", false},
        {ENCODING_BASE64, "Ym9uam91cg", "bonjour", false},
        {ENCODING_QUOTED_PRINTABLE, "bon=6Aour", "bonjour", false},
        {ENCODING_UNKNOWN, "bonjour", "bonjour", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strconcat(BEFORE, rows[i].raw, " after", NULL);
        g_autoptr(Spool) body = spool_text_new(text);
        assert_true(spool_seal(body, NULL));
        ScanPart part = {.body_start = strlen(BEFORE),
                         .body_end = strlen(BEFORE) + strlen(rows[i].raw),
                         .encoding = rows[i].encoding};
        GString *content = g_string_new(NULL);
        bool strict = !rows[i].strict;
        assert_true(partread_decode(body, &part, take, content, NULL));
        assert_string_equal(content->str, rows[i].content);
        assert_true(partread_is_strict(body, &part, &strict, NULL));
        if (strict != rows[i].strict)
            fail_msg("row %zu", i);
        g_string_free(content, TRUE);
    }
}

static void
who_has_seen_enough_is_not_asked_again(void **state)
{
    (void)state;
    g_autofree char *text = g_strnfill(200000, 'x');
    g_autoptr(Spool) body = spool_text_new(text);
    assert_true(spool_seal(body, NULL));
    const ScanPart part = {.body_end = 200000};
    unsigned asked = 0;
    assert_true(partread_decode(body, &part, take_once, &asked, NULL));
    assert_int_equal(asked, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_read_between_its_ends_and_decoded),
        cmocka_unit_test(who_has_seen_enough_is_not_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
