/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/compare.h"

#include "given.h"

static Node *
make_test(const char *fact, FactOperator verb, const char *folded)
{
    Node *node = ast_node_new(NODE_TEST, (Position){.line = 1});
    node->fact = facts_find(fact);
    node->verb = verb;
    Value *value = ast_value_new(folded, true, (Position){.line = 1});
    value->folded = g_strdup(folded);
    g_ptr_array_add(node->values, value);
    return node;
}

static void
a_text_is_made_ready_once(void **state)
{
    (void)state;
    Compare *compare = compare_new(1);
    g_autoptr(Node) has = make_test("subject", OPERATOR_HAS, "rouge");
    char text[] = "le ROUGE";
    assert_int_equal(compare_text(compare, has, text, true), TRUTH_TRUE);
    memcpy(text, "le vert!", 8);
    assert_int_equal(compare_text(compare, has, text, true), TRUTH_TRUE);
    compare_free(compare);
    compare_free(NULL);
}

static void
half_a_text_is_unknown_unless_found(void **state)
{
    (void)state;
    Compare *compare = compare_new(1);
    g_autoptr(Node) has = make_test("subject", OPERATOR_HAS, "rouge");
    g_autoptr(Node) is = make_test("subject", OPERATOR_IS, "rouge");
    assert_int_equal(compare_text(compare, has, "Rouge", false), TRUTH_TRUE);
    assert_int_equal(compare_text(compare, has, "vert", false), TRUTH_UNKNOWN);
    assert_int_equal(compare_text(compare, is, "rouge", false), TRUTH_UNKNOWN);
    assert_int_equal(compare_text(compare, is, "rouge\xff", true),
                     TRUTH_UNKNOWN);
    assert_int_equal(compare_text(compare, is, "rouge", true), TRUTH_TRUE);
    compare_free(compare);
}

static void
no_login_is_known_and_no_address_is_not(void **state)
{
    (void)state;
    Compare *compare = compare_new(1);
    g_autoptr(Node) login = make_test("login", OPERATOR_IS, "alice");
    assert_int_equal(compare_name(compare, login, NULL), TRUTH_FALSE);
    assert_int_equal(compare_name(compare, login, "Alice"), TRUTH_TRUE);
    assert_int_equal(compare_name(compare, login, "\u00e0lice"), TRUTH_FALSE);
    g_autoptr(Node) sender = make_test("sender", OPERATOR_IS, "");
    assert_int_equal(compare_address(compare, sender, NULL), TRUTH_UNKNOWN);
    assert_int_equal(compare_address(compare, sender, ""), TRUTH_TRUE);
    assert_int_equal(compare_address(compare, sender, "a@b.fr"), TRUTH_FALSE);
    compare_free(compare);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_made_ready_once),
        cmocka_unit_test(half_a_text_is_unknown_unless_found),
        cmocka_unit_test(no_login_is_known_and_no_address_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
