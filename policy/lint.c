/* SPDX-License-Identifier: BSD-2-Clause */
/* Lint: what could leave in clear though a label says otherwise, and what is
 * there without use.
 *
 * A condition is asked what it comes to when one label is known to be there
 * and nothing else is known: what is not false then could match labelled
 * mail. */
#include "policy/lint.h"

#include "policy/check_rules.h"

#include <string.h>

/* --- conditions under an assumption ------------------------------------ */

static bool
covers(const Tree *tree, const Node *test, unsigned index)
{
    const Label *label = g_ptr_array_index(tree->labels, index);
    if (test->fact->id == FACT_LEVEL) {
        const Value *value = g_ptr_array_index(test->values, 0);
        return (guint64)label->level >= value->number;
    }
    if (test->fact->id != FACT_LABELLED)
        return false;
    for (guint i = 0; i < test->values->len; i++) {
        const Value *value = g_ptr_array_index(test->values, i);
        if (value->number == index)
            return true;
    }
    return test->values->len == 0;
}

/* With the label assumed. */
static Truth
assume(const Tree *tree, const Node *node, unsigned index)
{
    if (node == NULL)
        return TRUTH_TRUE;
    if (node->kind == NODE_TEST)
        return covers(tree, node, index) ? TRUTH_TRUE : TRUTH_UNKNOWN;
    Truth first = assume(tree, g_ptr_array_index(node->children, 0), index);
    if (node->kind == NODE_NOT)
        return first == TRUTH_UNKNOWN ? TRUTH_UNKNOWN
               : first == TRUTH_TRUE  ? TRUTH_FALSE
                                      : TRUTH_TRUE;
    Truth decisive = node->kind == NODE_AND ? TRUTH_FALSE : TRUTH_TRUE;
    Truth truth = first;
    for (guint i = 1; i < node->children->len && truth != decisive; i++) {
        Truth next = assume(tree, g_ptr_array_index(node->children, i), index);
        if (next == decisive || next == TRUTH_UNKNOWN)
            truth = next;
    }
    return truth;
}

/* Whether the label speaks for the condition somewhere: not below a "not". */
static bool
is_about(const Tree *tree, const Node *node, unsigned index, bool denied)
{
    if (node == NULL)
        return false;
    if (node->kind == NODE_TEST)
        return !denied && covers(tree, node, index);
    for (guint i = 0; i < node->children->len; i++)
        if (is_about(tree, g_ptr_array_index(node->children, i), index,
                     denied != (node->kind == NODE_NOT)))
            return true;
    return false;
}

/* --- rules ------------------------------------------------------------- */

static bool
protects(const Order *order, PolicyAspect aspect)
{
    if (aspect == ASPECT_VERDICT)
        return order->id == ACTION_REFUSE || order->id == ACTION_DEFER;
    return aspect == ASPECT_ENCRYPT && order->id == ACTION_ENCRYPT &&
           (order->value == ENCRYPT_REQUIRED ||
            order->value == ENCRYPT_BY_SENDER);
}

/* Whether the order takes the aspect's protection away from later rules. */
static bool
weakens(const Order *order, PolicyAspect aspect)
{
    if (order->id == ACTION_ACCEPT)
        return true;
    if (aspect != ASPECT_ENCRYPT)
        return false;
    if (order->id == ACTION_ON)
        return order->value == ON_CLEAR &&
               actions_classes[order->class].guards_encryption;
    return order->id == ACTION_ENCRYPT && !protects(order, ASPECT_ENCRYPT);
}

static const Order *
find_order(const Rule *rule, PolicyAspect aspect,
           bool (*is)(const Order *order, PolicyAspect aspect))
{
    for (guint i = 0; i < rule->orders->len; i++) {
        const Order *order = g_ptr_array_index(rule->orders, i);
        if (is(order, aspect))
            return order;
    }
    return NULL;
}

/* A rule before the one at index has protected all mail with the label. */
static bool
is_settled(const Tree *tree, guint index, unsigned label, PolicyAspect aspect)
{
    for (guint i = 0; i < index; i++) {
        const Rule *rule = g_ptr_array_index(tree->rules, i);
        if (find_order(rule, aspect, protects) != NULL &&
            assume(tree, rule->when, label) == TRUTH_TRUE)
            return true;
    }
    return false;
}

/* The first later rule that would have protected mail with the label. */
static const Rule *
find_protector(const Tree *tree, guint index, unsigned label,
               PolicyAspect aspect)
{
    for (guint i = index + 1; i < tree->rules->len; i++) {
        const Rule *rule = g_ptr_array_index(tree->rules, i);
        if (find_order(rule, aspect, protects) != NULL &&
            is_about(tree, rule->when, label, false))
            return rule;
    }
    return NULL;
}

static bool
lint_rule(const Tree *tree, guint index, unsigned label_index,
          PolicyAspect aspect, Problems *problems)
{
    const Rule *rule = g_ptr_array_index(tree->rules, index);
    const Label *label = g_ptr_array_index(tree->labels, label_index);
    const Order *order = find_order(rule, aspect, weakens);
    if (order == NULL || assume(tree, rule->when, label_index) == TRUTH_FALSE ||
        is_settled(tree, index, label_index, aspect))
        return false;
    const Rule *later = find_protector(tree, index, label_index, aspect);
    if (later == NULL)
        return false;
    g_autoptr(GString) what = g_string_new(NULL);
    ast_write_order(what, order);
    problems_warn(problems, &order->at,
                  "\"%s\" of rule %s can let out mail labelled %s before rule "
                  "%s (line %u) protects it: add \"and not labelled\", or put "
                  "that rule first",
                  what->str, rule->name, label->name, later->name,
                  later->at.line);
    return true;
}

static void
lint_rules(const Tree *tree, Problems *problems)
{
    for (guint i = 0; i < tree->rules->len; i++) {
        bool warned = false;
        for (guint label = 0; label < tree->labels->len && !warned; label++)
            warned = lint_rule(tree, i, label, ASPECT_ENCRYPT, problems) ||
                     lint_rule(tree, i, label, ASPECT_VERDICT, problems);
    }
}

/* --- use --------------------------------------------------------------- */

typedef struct {
    const Tree *tree;
    GHashTable *used; /* Addresses *, Label * */
    Problems *problems;
} Use;

static void
note_use(Node *test, void *pointer)
{
    Use *use = pointer;
    bool label_used = false;
    for (guint i = 0; i < use->tree->labels->len; i++) {
        if (!covers(use->tree, test, i))
            continue;
        label_used = true;
        g_hash_table_add(use->used, g_ptr_array_index(use->tree->labels, i));
    }
    if (test->fact->id == FACT_LEVEL && !label_used)
        problems_warn(use->problems, &test->at,
                      "no label has this level: the condition is never true");
    if (test->fact->id == FACT_LABELLED && !label_used)
        problems_warn(use->problems, &test->at,
                      "the policy defines no label: nothing is ever labelled");
    for (guint i = 0; i < test->values->len; i++) {
        const Value *value = g_ptr_array_index(test->values, i);
        if (value->list != NULL)
            g_hash_table_add(use->used, (gpointer)(guintptr)value->list);
    }
}

static void
lint_use(const Tree *tree, Problems *problems)
{
    g_autoptr(GHashTable) used =
        g_hash_table_new(g_direct_hash, g_direct_equal);
    Use use = {.tree = tree, .used = used, .problems = problems};
    for (guint i = 0; i < tree->labels->len; i++)
        ast_visit(((Label *)g_ptr_array_index(tree->labels, i))->when, note_use,
                  &use);
    for (guint i = 0; i < tree->rules->len; i++)
        ast_visit(((Rule *)g_ptr_array_index(tree->rules, i))->when, note_use,
                  &use);
    for (guint i = 0; i < tree->labels->len; i++) {
        const Label *label = g_ptr_array_index(tree->labels, i);
        if (!g_hash_table_contains(used, label))
            problems_warn(problems, &label->at,
                          "no rule asks for the label \"%s\"", label->name);
    }
    for (guint i = 0; i < tree->lists->len; i++) {
        const List *list = g_ptr_array_index(tree->lists, i);
        if (!g_hash_table_contains(used, list->addresses))
            problems_warn(problems, &list->at,
                          "nothing asks for the list \"%s\"", list->name);
        if (addresses_count(list->addresses) == 0)
            problems_warn(problems, &list->at, "the list \"%s\" is empty",
                          list->name);
    }
}

void
lint_tree(const Tree *tree, Problems *problems)
{
    lint_rules(tree, problems);
    lint_use(tree, problems);
    if (tree->rules->len == 0)
        problems_warn(problems, NULL,
                      "the policy has no rule: all mail goes as it is");
}
