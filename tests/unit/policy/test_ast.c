/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/ast.h"

#include "given.h"

static Node *
make_test(const char *fact, FactOperator verb, bool negated)
{
    Node *node = ast_node_new(NODE_TEST, (Position){.line = 1});
    node->fact = facts_find(fact);
    node->verb = verb;
    node->negated = negated;
    return node;
}

static void
add_value(Node *node, const char *text, bool quoted)
{
    g_ptr_array_add(node->values,
                    ast_value_new(text, quoted, (Position){.line = 1}));
}

static void
a_test_is_shown_as_it_was_written(void **state)
{
    (void)state;
    g_autoptr(Node) subject =
        make_test("any subject", OPERATOR_HAS_WORD, false);
    add_value(subject, "a b", true);
    g_autoptr(GString) text = g_string_new(NULL);
    ast_write_test(text, subject);
    assert_string_equal(text->str, "any subject has word \"a b\"");
    g_autoptr(Node) recipient = make_test("recipient", OPERATOR_IN, true);
    add_value(recipient, "l", false);
    g_string_truncate(text, 0);
    ast_write_test(text, recipient);
    assert_string_equal(text->str, "recipient not in l");
    g_autoptr(Node) header = make_test("header", OPERATOR_IS, true);
    header->header = g_strdup("X");
    add_value(header, "y", true);
    g_string_truncate(text, 0);
    ast_write_test(text, header);
    assert_string_equal(text->str, "header \"X\" is not \"y\"");
}

static void
many_values_are_cut(void **state)
{
    (void)state;
    g_autoptr(Node) node = make_test("kind", OPERATOR_IS, false);
    for (unsigned i = 0; i < 1000; i++)
        add_value(node, "list", false);
    g_autoptr(GString) text = g_string_new(NULL);
    ast_write_test(text, node);
    assert_string_equal(text->str, "kind is list, list, list, list, ...");
}

static void
count_visit(Node *test, void *pointer)
{
    assert_int_equal(test->kind, NODE_TEST);
    (*(unsigned *)pointer)++;
}

static void
every_test_is_visited(void **state)
{
    (void)state;
    unsigned count = 0;
    ast_visit(NULL, count_visit, &count);
    assert_int_equal(count, 0);
    g_autoptr(Node) root = ast_node_new(NODE_AND, (Position){.line = 1});
    Node *denial = ast_node_new(NODE_NOT, (Position){.line = 1});
    g_ptr_array_add(denial->children,
                    make_test("signed", OPERATOR_PRESENT, false));
    g_ptr_array_add(root->children, denial);
    g_ptr_array_add(root->children,
                    make_test("signed", OPERATOR_PRESENT, false));
    ast_visit(root, count_visit, &count);
    assert_int_equal(count, 2);
    ast_visit(g_ptr_array_index(root->children, 1), count_visit, &count);
    assert_int_equal(count, 3);
}

static void
an_order_is_shown_without_its_texts(void **state)
{
    (void)state;
    static const struct {
        Order order;
        const char *text;
    } rows[] = {
        {{.id = ACTION_ACCEPT}, "accept"},
        {{.id = ACTION_ENCRYPT, .value = ENCRYPT_REQUIRED, .only_here = true},
         "encrypt required for this recipient"},
        {{.id = ACTION_SIGN, .value = SIGN_NEVER}, "sign never"},
        {{.id = ACTION_REFUSE}, "refuse"},
        {{.id = ACTION_DEFER}, "defer"},
        {{.id = ACTION_ON, .class = CLASS_LOST, .value = ON_CLEAR},
         "on lost clear"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        ast_write_order(text, &rows[i].order);
        assert_string_equal(text->str, rows[i].text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_is_shown_as_it_was_written),
        cmocka_unit_test(many_values_are_cut),
        cmocka_unit_test(every_test_is_visited),
        cmocka_unit_test(an_order_is_shown_without_its_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
