/* SPDX-License-Identifier: BSD-2-Clause */
/* Ast: the tree of a policy; every node keeps its place in the text. */
#include "policy/ast.h"

#include <string.h>

/* Of a test's values, when it is shown. */
#define SHOWN_VALUES 4

Value *
ast_value_new(const char *text, bool quoted, Position at)
{
    Value *value = g_new0(Value, 1);
    value->text = g_strdup(text);
    value->quoted = quoted;
    value->at = at;
    return value;
}

void
ast_value_free(Value *value)
{
    g_free(value->text);
    g_free(value->folded);
    pattern_free(value->pattern);
    g_free(value);
}

Node *
ast_node_new(NodeKind kind, Position at)
{
    Node *node = g_new0(Node, 1);
    node->kind = kind;
    node->at = at;
    node->children =
        g_ptr_array_new_with_free_func((GDestroyNotify)ast_node_free);
    node->values =
        g_ptr_array_new_with_free_func((GDestroyNotify)ast_value_free);
    return node;
}

void
ast_node_free(Node *node)
{
    if (node == NULL)
        return;
    g_ptr_array_unref(node->children);
    g_ptr_array_unref(node->values);
    g_free(node->header);
    g_free(node);
}

void
ast_order_free(Order *order)
{
    g_free(order->text_fr);
    g_free(order->text_en);
    g_free(order->subject);
    g_free(order);
}

void
ast_list_free(List *list)
{
    g_free(list->name);
    g_free(list->path);
    g_ptr_array_unref(list->values);
    addresses_free(list->addresses);
    g_free(list);
}

void
ast_label_free(Label *label)
{
    g_free(label->name);
    ast_node_free(label->when);
    g_free(label);
}

void
ast_rule_free(Rule *rule)
{
    g_free(rule->name);
    ast_node_free(rule->when);
    g_ptr_array_unref(rule->orders);
    g_free(rule);
}

Tree *
ast_new(void)
{
    Tree *tree = g_new0(Tree, 1);
    tree->lists = g_ptr_array_new_with_free_func((GDestroyNotify)ast_list_free);
    tree->labels =
        g_ptr_array_new_with_free_func((GDestroyNotify)ast_label_free);
    tree->rules = g_ptr_array_new_with_free_func((GDestroyNotify)ast_rule_free);
    return tree;
}

void
ast_free(Tree *tree)
{
    if (tree == NULL)
        return;
    g_ptr_array_unref(tree->rules);
    g_ptr_array_unref(tree->labels);
    g_ptr_array_unref(tree->lists);
    g_free(tree);
}

void
ast_visit(Node *node, void (*visit)(Node *test, void *pointer), void *pointer)
{
    if (node == NULL)
        return;
    if (node->kind == NODE_TEST)
        visit(node, pointer);
    for (guint i = 0; i < node->children->len; i++)
        ast_visit(g_ptr_array_index(node->children, i), visit, pointer);
}

static void
write_values(GString *text, const GPtrArray *values)
{
    for (guint i = 0; i < values->len && i < SHOWN_VALUES; i++) {
        const Value *value = g_ptr_array_index(values, i);
        const char *quote = value->quoted ? "\"" : "";
        g_string_append_printf(text, "%s%s%s%s", i == 0 ? " " : ", ", quote,
                               value->text, quote);
    }
    if (values->len > SHOWN_VALUES)
        g_string_append(text, ", ...");
}

void
ast_write_test(GString *text, const Node *test)
{
    g_string_append(text, test->fact->name);
    if (test->header != NULL)
        g_string_append_printf(text, " \"%s\"", test->header);
    if (test->negated && test->verb != OPERATOR_IS)
        g_string_append(text, " not");
    if (test->verb != OPERATOR_PRESENT)
        g_string_append_printf(text, " %s",
                               facts_get_operator_name(test->verb));
    if (test->negated && test->verb == OPERATOR_IS)
        g_string_append(text, " not");
    write_values(text, test->values);
}

void
ast_write_order(GString *text, const Order *order)
{
    g_string_append(text, actions_get_name(order->id));
    if (order->id == ACTION_ON)
        g_string_append_printf(text, " %s",
                               policy_class_get_name(order->class));
    const char *word = actions_get_word(order->id, order->value);
    if (*word != '\0')
        g_string_append_printf(text, " %s", word);
    if (order->only_here)
        g_string_append(text, " for this recipient");
}

Label *
ast_find_label(const Tree *tree, const char *name, unsigned *index)
{
    for (guint i = 0; i < tree->labels->len; i++) {
        Label *label = g_ptr_array_index(tree->labels, i);
        if (strcmp(label->name, name) != 0)
            continue;
        if (index != NULL)
            *index = i;
        return label;
    }
    return NULL;
}

List *
ast_find_list(const Tree *tree, const char *name)
{
    for (guint i = 0; i < tree->lists->len; i++) {
        List *list = g_ptr_array_index(tree->lists, i);
        if (strcmp(list->name, name) == 0)
            return list;
    }
    return NULL;
}
