/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
a_document_nests(void **state)
{
    (void)state;
    g_autoptr(Json) json = json_new();
    json_begin_object(json, NULL);
    json_add_text(json, "name", "a\"b");
    json_add_text(json, "nothing", NULL);
    json_add_number(json, "number", -7);
    json_add_flag(json, "flag", true);
    json_begin_array(json, "list");
    json_add_text(json, NULL, "one");
    json_begin_object(json, NULL);
    json_end_object(json);
    json_end_array(json);
    json_begin_array(json, "empty");
    json_end_array(json);
    json_end_object(json);
    assert_string_equal(json_get_text(json), "{\n"
                                             "  \"name\": \"a\\\"b\",\n"
                                             "  \"nothing\": null,\n"
                                             "  \"number\": -7,\n"
                                             "  \"flag\": true,\n"
                                             "  \"list\": [\n"
                                             "    \"one\",\n"
                                             "    {}\n"
                                             "  ],\n"
                                             "  \"empty\": []\n"
                                             "}\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_nests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
