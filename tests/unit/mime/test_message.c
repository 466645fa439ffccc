/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/message.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
fields_stay_as_received_with_lawful_folds(void **state)
{
    (void)state;
    g_autoptr(Message) message = message_new();
    assert_true(message_add_field(message, "To", " a@b,\n\tc@d", NULL));
    assert_true(message_add_field(message, "TO", "x\r\n y", NULL));
    assert_true(message_add_field(message, "Subject ", "", NULL));
    assert_int_equal(message_count_fields(message), 3);
    assert_string_equal(message_find(message, "to", 0), " a@b,\r\n\tc@d");
    assert_string_equal(message_find(message, "to", 1), "x\r\n y");
    assert_null(message_find(message, "to", 2));
    assert_null(message_find(message, "Cc", 0));
    assert_string_equal(message_get_field(message, 1)->name, "TO");
}

static void
names_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"",   ":",        "a b", "a\r\nb",
                                        " a", "\303\251", "a:b"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Message) message = message_new();
        g_autoptr(GError) error = NULL;
        assert_false(message_add_field(message, names[i], " x", &error));
        assert_int_equal(error_get_class(error), ERROR_MALFORMED);
    }
}

static void
a_header_without_end_is_refused(void **state)
{
    (void)state;
    g_autoptr(Message) message = message_new();
    g_autofree char *value = g_strnfill(60000, 'v');
    bool good = true;
    int count = 0;
    for (; good && count < 100; count++)
        good = message_add_field(message, "X", value, NULL);
    assert_false(good);
    assert_in_range(count, 10, 20);
    g_autoptr(Message) many = message_new();
    for (count = 0, good = true; good && count < 20000; count++)
        good = message_add_field(many, "X", "", NULL);
    assert_false(good);
}

static void
fields_are_values(void **state)
{
    (void)state;
    Field *field = field_new("A", " b");
    assert_string_equal(field->value, " b");
    field_free(field);
    field_free(NULL);
    message_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stay_as_received_with_lawful_folds),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(a_header_without_end_is_refused),
        cmocka_unit_test(fields_are_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
