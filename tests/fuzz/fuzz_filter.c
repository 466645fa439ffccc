/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz filter: any two addresses as a filter (RFC 4515). Read back by the
 * rules of the grammar, it asserts exactly these and nothing else. */
#include "base/mailbox.h"
#include "certs/query.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void
expect(const char **cursor, const char *text)
{
    g_assert_true(strncmp(*cursor, text, strlen(text)) == 0);
    *cursor += strlen(text);
}

/* A value ends at a parenthesis; none of the other special characters may
 * stand in it but as an escape. */
static char *
read_value(const char **cursor)
{
    GString *value = g_string_new(NULL);
    for (; **cursor != ')'; (*cursor)++) {
        guchar c = (guchar) * *cursor;
        g_assert_true(c != '\0' && c != '(' && c != '*');
        if (c == '\\') {
            int high = g_ascii_xdigit_value((*cursor)[1]);
            int low = g_ascii_xdigit_value((*cursor)[2]);
            g_assert_true(high >= 0 && low >= 0);
            c = (guchar)(high << 4 | low);
            *cursor += 2;
        }
        g_string_append_c(value, (char)c);
    }
    return g_string_free(value, FALSE);
}

static void
expect_value(const char **cursor, const char *prefix, const char *address)
{
    g_autofree char *folded = mailbox_fold(address);
    g_autofree char *wanted = g_strconcat(prefix, folded, NULL);
    g_autofree char *value = read_value(cursor);
    g_assert_cmpstr(value, ==, wanted);
    expect(cursor, ")");
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    char *const attributes[] = {
        (char *)(guintptr) "mail",
        (char *)(guintptr) "proxyAddresses:smtp:", NULL};
    g_autofree char *text = g_strndup((const char *)bytes, size_bytes);
    g_auto(GStrv) parts = g_strsplit(text, "\n", 2);
    if (parts[0] == NULL)
        return 0;
    const char *const addresses[] = {parts[0],
                                     parts[1] != NULL ? parts[1] : "x@y"};
    g_autofree char *filter = query_make_filter(attributes, addresses, 2);
    const char *cursor = filter;
    expect(&cursor, "(|");
    for (int i = 0; i < 2; i++) {
        expect(&cursor, "(mail=");
        expect_value(&cursor, "", addresses[i]);
    }
    for (int i = 0; i < 2; i++) {
        expect(&cursor, "(proxyAddresses=");
        expect_value(&cursor, "smtp:", addresses[i]);
    }
    g_assert_cmpstr(cursor, ==, ")");
    return 0;
}
