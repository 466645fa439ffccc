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
is_armor(const char *text, gsize size, gsize chunk)
{
    g_autoptr(Armor) armor = armor_new();
    for (gsize at = 0; at < size; at += chunk)
        if (!armor_write(armor, text + at, MIN(chunk, size - at)))
            return false;
    return armor_finish(armor);
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
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize chunk = 1; chunk < 90; chunk += 44)
            if (is_armor(rows[i].text, strlen(rows[i].text), chunk) !=
                rows[i].armor)
                fail_msg("%s", rows[i].text);
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
        cmocka_unit_test(a_nul_or_an_endless_line_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
