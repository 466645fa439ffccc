/* SPDX-License-Identifier: BSD-2-Clause */
/* Ast: the tree of a policy; every node keeps its place in the text. */
#ifndef SCEAU_POLICY_AST_H
#define SCEAU_POLICY_AST_H

#include "policy/actions.h"
#include "policy/addresses.h"
#include "policy/facts.h"
#include "policy/pattern.h"
#include "policy/policy.h"

#include <glib.h>

/* What a test compares with. The parser fills in text and place, check what
 * the fact's type needs. */
typedef struct {
    char *text;
    bool quoted;
    Position at;
    char *folded;          /* TEXT: is, has, has word */
    Pattern *pattern;      /* matches */
    const Addresses *list; /* in; borrowed from the tree */
    guint64 number;        /* size; level; PolicyKind; index of the label */
} Value;

typedef enum { NODE_AND, NODE_OR, NODE_NOT, NODE_TEST } NodeKind;

typedef struct {
    NodeKind kind;
    Position at;
    unsigned id;          /* below Tree.node_count */
    bool about_recipient; /* its truth depends on the one decided for */
    GPtrArray *children;  /* Node *, owned; of a test: none */
    /* NODE_TEST only */
    const FactRow *fact;
    char *header; /* named facts */
    FactOperator verb;
    bool negated;      /* is not, not in */
    GPtrArray *values; /* Value *, owned: one of them is enough */
} Node;

/* One order of a rule. */
typedef struct {
    int id; /* ActionId, + PolicyForm */
    Position at;
    int value;         /* of encrypt, sign, on, forms */
    bool only_here;    /* "for this recipient" */
    PolicyClass class; /* of on */
    char *text_fr;     /* of refuse and defer; NULL: none */
    char *text_en;
    char *subject; /* of subject replace */
} Order;

typedef struct {
    char *name;
    Position at;
    char *path;        /* from "FILE"; NULL: inline */
    GPtrArray *values; /* Value * */
    Addresses *addresses;
} List;

typedef struct {
    char *name;
    Position at;
    int level;
    Node *when;
} Label;

typedef struct {
    char *name;
    Position at;
    Node *when;        /* NULL: always */
    GPtrArray *orders; /* Order * */
} Rule;

typedef struct {
    GPtrArray *lists;  /* List * */
    GPtrArray *labels; /* Label * */
    GPtrArray *rules;  /* Rule * */
    unsigned node_count;
} Tree;

Tree *ast_new(void);
void ast_free(Tree *tree); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, ast_free)

Value *ast_value_new(const char *text, bool quoted, Position at);
void ast_value_free(Value *value);

Node *ast_node_new(NodeKind kind, Position at);
void ast_node_free(Node *node); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, ast_node_free)

void ast_order_free(Order *order);
void ast_list_free(List *list);
void ast_label_free(Label *label);
void ast_rule_free(Rule *rule);

/* Calls visit for every test in node (NULL: none). */
void ast_visit(Node *node, void (*visit)(Node *test, void *pointer),
               void *pointer);

/* Appends a test as the policy says it, long lists of values cut. */
void ast_write_test(GString *text, const Node *test);

/* Appends an order as the policy says it, without the texts of a reply. */
void ast_write_order(GString *text, const Order *order);

/* NULL: no such label or list. */
Label *ast_find_label(const Tree *tree, const char *name, unsigned *index);
List *ast_find_list(const Tree *tree, const char *name);

#endif
