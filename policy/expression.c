/* SPDX-License-Identifier: BSD-2-Clause */
/* Expression: tokens to the tree of a condition. */
#include "policy/expression.h"

#include <string.h>

typedef enum { BINDING_OR, BINDING_AND, BINDING_NOT } Binding;

static const struct {
    const char *word;
    FactOperator verb;
} verbs[] = {
    {"is", OPERATOR_IS},       {"in", OPERATOR_IN},
    {"has", OPERATOR_HAS},     {"matches", OPERATOR_MATCHES},
    {"over", OPERATOR_OVER},   {"under", OPERATOR_UNDER},
    {"at", OPERATOR_AT_LEAST},
};

static const char *const conjunctions[] = {
    [BINDING_OR] = "or", [BINDING_AND] = "and", [BINDING_NOT] = NULL};

static Node *
make_node(Reader *reader, NodeKind kind, Position at)
{
    Node *node = ast_node_new(kind, at);
    node->id = reader->node_count++;
    return node;
}

/* Takes child. */
static void
add_child(Node *node, Node *child)
{
    node->about_recipient = node->about_recipient || child->about_recipient;
    g_ptr_array_add(node->children, child);
}

/* --- one test ---------------------------------------------------------- */

static void
fail_fact(Reader *reader, const char *name)
{
    const char *word = strchr(name, ' ');
    word = word != NULL ? word + 1 : name;
    if (facts_is_later(word)) {
        reader_fail(reader, "the fact \"%s\" comes in a later version", name);
        return;
    }
    const char *known[64];
    gsize count = 0;
    for (const FactRow *row = facts_table;
         row->name != NULL && count < G_N_ELEMENTS(known) - 1; row++)
        known[count++] = row->name;
    known[count] = NULL;
    const char *nearest = problems_nearest(name, known);
    if (nearest != NULL)
        reader_fail(reader, "\"%.60s\" is no fact; did you mean \"%s\"?", name,
                    nearest);
    else
        reader_fail(reader, "\"%.60s\" is no fact", name);
}

static const FactRow *
parse_fact(Reader *reader)
{
    const Token *token = lexer_peek(reader->lexer);
    if (token->kind != TOKEN_WORD || !reader_is_value(reader)) {
        reader_fail_expected(reader, "a condition");
        return NULL;
    }
    g_autofree char *name = g_strdup(token->text);
    if (strcmp(name, "any") == 0 || strcmp(name, "every") == 0) {
        const Token *second = lexer_peek_second(reader->lexer);
        if (second->kind == TOKEN_WORD) {
            char *both = g_strconcat(name, " ", second->text, NULL);
            g_free(name);
            name = both;
        }
    }
    const FactRow *row = facts_find(name);
    if (row == NULL) {
        fail_fact(reader, name);
        return NULL;
    }
    lexer_next(reader->lexer);
    if (strchr(row->name, ' ') != NULL)
        lexer_next(reader->lexer);
    return row;
}

/* "is not" and "not in" are one operator to a reader; anything else is denied
 * by a "not" in front. */
static bool
parse_verb(Reader *reader, Node *test)
{
    if (reader_is(reader, "not") &&
        lexer_is_word(lexer_peek_second(reader->lexer), "in")) {
        lexer_next(reader->lexer);
        test->negated = true;
    }
    test->verb = OPERATOR_PRESENT;
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (reader_take(reader, verbs[i].word)) {
            test->verb = verbs[i].verb;
            break;
        }
    if (test->verb == OPERATOR_AT_LEAST)
        return reader_expect(reader, "least");
    if (test->verb == OPERATOR_IS && reader_take(reader, "not"))
        test->negated = true;
    if (test->verb == OPERATOR_HAS && reader_take(reader, "word"))
        test->verb = OPERATOR_HAS_WORD;
    if (test->verb == OPERATOR_PRESENT && reader_is(reader, "entry"))
        return reader_fail(reader,
                           "the fact \"%s entry\" comes in a later "
                           "version",
                           test->fact->name);
    return true;
}

static bool
has_operator(Reader *reader, const Node *test)
{
    if (test->verb != OPERATOR_PRESENT ||
        (test->fact->operators & OPERATOR_PRESENT) != 0)
        return true;
    g_autofree char *known = facts_make_operator_list(test->fact);
    g_autofree char *expected =
        g_strdup_printf("%s after \"%s\"", known, test->fact->name);
    return reader_fail_expected(reader, expected);
}

static Node *
parse_test(Reader *reader)
{
    Position at = lexer_peek(reader->lexer)->at;
    const FactRow *fact = parse_fact(reader);
    if (fact == NULL)
        return NULL;
    g_autoptr(Node) test = make_node(reader, NODE_TEST, at);
    test->fact = fact;
    test->about_recipient = fact->about_recipient;
    if (fact->named) {
        test->header =
            reader_take_text(reader, "the name of a header field, in quotes");
        if (test->header == NULL)
            return NULL;
    }
    if (!parse_verb(reader, test) || !has_operator(reader, test))
        return NULL;
    bool values = fact->type == FACT_TYPE_LABEL
                      ? reader_is_value(reader)
                      : test->verb != OPERATOR_PRESENT;
    if (values && !reader_take_values(reader, test->values))
        return NULL;
    return g_steal_pointer(&test);
}

/* --- the story --------------------------------------------------------- */

static bool
enter(Reader *reader)
{
    if (reader->depth >= READER_DEPTH_LIMIT)
        return reader_fail(reader, "conditions are nested more than %d deep",
                           READER_DEPTH_LIMIT);
    reader->depth++;
    return true;
}

static Node *
parse(Reader *reader, Binding binding)
{
    Position at = lexer_peek(reader->lexer)->at;
    g_autoptr(Node) node = NULL;
    if (binding == BINDING_NOT) {
        bool negation = reader_take(reader, "not");
        if (!negation && !reader_take_mark(reader, '('))
            return parse_test(reader);
        if (!enter(reader))
            return NULL;
        node = parse(reader, negation ? BINDING_NOT : BINDING_OR);
        reader->depth--;
        if (node == NULL)
            return NULL;
        if (!negation && !reader_take_mark(reader, ')')) {
            reader_fail_expected(reader, "\"and\", \"or\" or \")\"");
            return NULL;
        }
        if (!negation)
            return g_steal_pointer(&node);
        Node *denial = make_node(reader, NODE_NOT, at);
        add_child(denial, g_steal_pointer(&node));
        return denial;
    }
    node = parse(reader, binding + 1);
    if (node == NULL || !reader_is(reader, conjunctions[binding]))
        return g_steal_pointer(&node);
    g_autoptr(Node) chain =
        make_node(reader, binding == BINDING_OR ? NODE_OR : NODE_AND, at);
    add_child(chain, g_steal_pointer(&node));
    while (reader_take(reader, conjunctions[binding])) {
        Node *next = parse(reader, binding + 1);
        if (next == NULL)
            return NULL;
        add_child(chain, next);
    }
    return g_steal_pointer(&chain);
}

Node *
expression_parse(Reader *reader)
{
    reader->depth = 0;
    return parse(reader, BINDING_OR);
}
