/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/armor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define BEGIN "-----BEGIN PGP MESSAGE-----\r\n"
#define END   "-----END PGP MESSAGE-----\r\n"

static bool
take(gpointer user, const void *bytes, gsize size_bytes)
{
    g_string_append_len(user, bytes, (gssize)size_bytes);
    return strstr(((GString *)user)->str, "stop") == NULL;
}

static bool
read_armor(const char *text, gsize size, gsize chunk, GString *content)
{
    g_autoptr(Armor) armor = armor_new(take, content);
    for (gsize at = 0; at < size; at += chunk)
        if (!armor_write(armor, text + at, MIN(chunk, size - at)))
            return false;
    return armor_finish(armor);
}

static bool
is_armor(const char *text, gsize size, gsize chunk)
{
    GString *content = g_string_new(NULL);
    bool is = read_armor(text, size, chunk, content);
    g_string_free(content, TRUE);
    return is;
}

static void
only_one_whole_message_and_nothing_else_is_armor(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool armor;
    } rows[] = {
        {BEGIN "\r\nhQEMA+/=\r\n=njUN\r\n" END, true},
        {"\r\n \r\n" BEGIN "Version: 1\r\nComment: x\r\n\r\nhQEM\r\n" END
         "\r\n \r\n",
         true},
        {BEGIN "\r\nhQEM\r\n-----END PGP MESSAGE-----", true},
        {"", false},
        {"bonjour\r\n" BEGIN "\r\nhQEM\r\n" END, false},
        {BEGIN "\r\nhQEM\r\n" END "secret\r\n", false},
        {BEGIN "\r\nhQEM secret\r\n" END, false},
        {BEGIN "\r\nhQEM\r\n", false},
        {BEGIN "\r\n" END, false},
        {BEGIN "hQEM\r\n" END, false},
        {BEGIN "\r\nhQEM\r\n" END BEGIN "\r\nhQEM\r\n" END, false},
        {"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nhQEM\r\n" END, false},
        /* Fields are clear text. */
        {BEGIN "Secret: x\r\n\r\nhQEM\r\n" END, false},
        {BEGIN "the secret: x\r\n\r\nhQEM\r\n" END, false},
        {BEGIN "Comment: 0123456789012345678901234567890123456789012345678901"
               "234567890123456789\r\n\r\nhQEM\r\n" END,
         false},
        {BEGIN "Comment: a\r\nComment: b\r\nComment: c\r\nComment: d\r\n"
               "\r\nhQEM\r\n" END,
         true},
        {BEGIN "Comment: a\r\nComment: b\r\nComment: c\r\nComment: d\r\n"
               "Comment: e\r\n\r\nhQEM\r\n" END,
         false},
        /* Base64 that readers read differently. */
        {BEGIN "\r\nhQE\r\n" END, false},
        {BEGIN "\r\nhQ==\r\nhQEM\r\n" END, false},
        {BEGIN "\r\nhQEM\r\n=njUN\r\nhQEM\r\n" END, false},
        {BEGIN "\r\nhQEM\r\n=njUN\r\n\r\n" END, false},
        {BEGIN "\r\nhQEM\r\n=secret\r\n" END, false},
        {BEGIN "\r\n=njUN\r\n" END, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize chunk = 1; chunk < 90; chunk += 44)
            if (is_armor(rows[i].text, strlen(rows[i].text), chunk) !=
                rows[i].armor)
                fail_msg("%s", rows[i].text);
}

static void
its_content_is_handed_on_until_enough_was_seen(void **state)
{
    (void)state;
    static const char text[] = BEGIN "\r\nYm9u\r\nam91cg==\r\n=njUN\r\n" END;
    static const char stop[] = BEGIN "\r\nc3RvcA==\r\n" END;
    for (gsize chunk = 1; chunk < 90; chunk += 44) {
        GString *content = g_string_new(NULL);
        assert_true(read_armor(text, sizeof text - 1, chunk, content));
        assert_string_equal(content->str, "bonjour");
        assert_false(read_armor(stop, sizeof stop - 1, chunk, content));
        g_string_free(content, TRUE);
    }
}

static void
a_nul_or_an_endless_line_is_none(void **state)
{
    (void)state;
    static const char nul[] = BEGIN "\r\nhQEM\0secret\r\n" END;
    assert_false(is_armor(nul, sizeof nul - 1, 1000));
    g_autofree char *line = g_strnfill(600, 'A');
    g_autofree char *text = g_strconcat(BEGIN "\r\n", line, "\r\n" END, NULL);
    assert_false(is_armor(text, strlen(text), 7));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_whole_message_and_nothing_else_is_armor),
        cmocka_unit_test(its_content_is_handed_on_until_enough_was_seen),
        cmocka_unit_test(a_nul_or_an_endless_line_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
