/* SPDX-License-Identifier: BSD-2-Clause */
/* Check: names, types, contradictions; all mistakes, not just the first. */
#include "policy/check.h"

#include "policy/check_rules.h"
#include "policy/text.h"

#include "base/lexer.h"
#include "base/mailbox.h"

#include <string.h>

/* Past so many mistakes nobody reads hints, and looking for them takes time. */
#define HINT_LIMIT 100

typedef struct {
    Tree *tree;
    Problems *problems;
    bool in_label;
} Checker;

/* --- names ------------------------------------------------------------- */

/* The first member of List, Label and Rule is the name. */
static const char *
name_of(const GPtrArray *things, guint index)
{
    return *(char *const *)g_ptr_array_index(things, index);
}

static void
fail_name(Checker *checker, const Value *value, const char *what,
          const GPtrArray *things)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (guint i = 0; i < things->len; i++)
        g_ptr_array_add(known, *(char **)g_ptr_array_index(things, i));
    g_ptr_array_add(known, NULL);
    const char *nearest = NULL;
    if (problems_count(checker->problems) < HINT_LIMIT)
        nearest =
            problems_nearest(value->text, (const char *const *)known->pdata);
    if (nearest != NULL)
        problems_add(checker->problems, &value->at,
                     "no %s is called \"%.60s\"; did you mean \"%s\"?", what,
                     value->text, nearest);
    else
        problems_add(checker->problems, &value->at, "no %s is called \"%.60s\"",
                     what, value->text);
}

static void
check_duplicates(Checker *checker, const GPtrArray *things, const char *what,
                 const Position *(*place)(const void *thing))
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < things->len; i++) {
        const void *thing = g_ptr_array_index(things, i);
        const void *before = g_hash_table_lookup(seen, name_of(things, i));
        if (before != NULL)
            problems_add(checker->problems, place(thing),
                         "the %s \"%s\" is already defined in line %u", what,
                         name_of(things, i), place(before)->line);
        else
            g_hash_table_insert(seen, *(char **)g_ptr_array_index(things, i),
                                g_ptr_array_index(things, i));
    }
}

static const Position *
place_of_list(const void *list)
{
    return &((const List *)list)->at;
}

static const Position *
place_of_label(const void *label)
{
    return &((const Label *)label)->at;
}

static const Position *
place_of_rule(const void *rule)
{
    return &((const Rule *)rule)->at;
}

/* --- values ------------------------------------------------------------ */

static void
check_pattern(Checker *checker, Value *value, bool exact)
{
    g_autofree char *reason = NULL;
    value->pattern = pattern_new(value->text, exact, &reason);
    if (value->pattern == NULL)
        problems_add(checker->problems, &value->at,
                     "the pattern cannot be used: %s", reason);
}

static void
check_list_name(Checker *checker, Value *value)
{
    const List *list = ast_find_list(checker->tree, value->text);
    if (list != NULL)
        value->list = list->addresses;
    else
        fail_name(checker, value, "list", checker->tree->lists);
}

static void
check_address(Checker *checker, const Node *test, Value *value)
{
    if (test->verb == OPERATOR_HAS) {
        value->folded = g_ascii_strdown(value->text, -1);
        if (*value->text == '\0')
            problems_add(checker->problems, &value->at,
                         "an empty text is in everything");
        return;
    }
    if (test->fact->type == FACT_TYPE_RECIPIENT && !value->quoted &&
        (strcmp(value->text, "inside") == 0 ||
         strcmp(value->text, "outside") == 0)) {
        value->number = *value->text == 'i' ? TRUTH_TRUE : TRUTH_FALSE;
        return;
    }
    /* The null sender. */
    bool empty = *value->text == '\0' && test->fact->id == FACT_SENDER;
    value->list = NULL;
    value->folded = g_strdup(value->text);
    if (!empty && !mailbox_check_pattern(value->text))
        problems_add(checker->problems, &value->at,
                     "\"%.80s\" is no address and no domain%s", value->text,
                     ast_find_list(checker->tree, value->text) != NULL
                         ? "; a list is asked with \"in\""
                         : "");
}

static void
check_text(Checker *checker, const Node *test, Value *value)
{
    if (!value->quoted) {
        problems_add(checker->problems, &value->at,
                     "a text stands in quotes: \"%.60s\"", value->text);
        return;
    }
    bool whole = true;
    value->folded = text_fold(value->text, &whole);
    bool empty = *value->folded == '\0' &&
                 (test->verb != OPERATOR_IS || *value->text != '\0');
    if (empty || !whole)
        problems_add(checker->problems, &value->at,
                     "there is no letter in this text to compare");
}

static void
check_kind(Checker *checker, Value *value)
{
    const char *known[16] = {NULL};
    gsize count = 0;
    for (const FactKindRow *row = facts_kinds; row->word != NULL; row++) {
        known[count++] = row->word;
        if (strcmp(row->word, value->text) == 0)
            value->number = row->kind;
    }
    if (value->number != 0)
        return;
    if (strcmp(value->text, "recall") == 0 ||
        g_ascii_strcasecmp(value->text, "tnef") == 0) {
        problems_add(checker->problems, &value->at,
                     "the kind \"%s\" comes in a later version", value->text);
        return;
    }
    const char *nearest = problems_nearest(value->text, known);
    problems_add(checker->problems, &value->at,
                 "\"%.60s\" is no kind of mail%s%s%s", value->text,
                 nearest != NULL ? "; did you mean \"" : "",
                 nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static void
check_label_name(Checker *checker, Value *value)
{
    unsigned index = 0;
    if (ast_find_label(checker->tree, value->text, &index) == NULL)
        fail_name(checker, value, "label", checker->tree->labels);
    value->number = index;
}

static void
check_number(Checker *checker, const Node *test, Value *value)
{
    if (test->values->len > 1)
        problems_add(checker->problems, &value->at, "\"%s\" takes one value",
                     test->fact->name);
    if (test->fact->type == FACT_TYPE_SIZE) {
        if (!lexer_parse_size(value->text, &value->number))
            problems_add(checker->problems, &value->at,
                         "\"%.60s\" is no size such as 500KiB or 10MiB",
                         value->text);
    } else if (!g_ascii_string_to_unsigned(value->text, 10, 1, 100,
                                           &value->number, NULL)) {
        problems_add(checker->problems, &value->at,
                     "\"%.60s\" is no level from 1 to 100", value->text);
    }
}

static void
check_value(Checker *checker, const Node *test, Value *value)
{
    FactType type = test->fact->type;
    if (test->verb == OPERATOR_MATCHES && type == FACT_TYPE_TEXT &&
        !value->quoted) {
        check_text(checker, test, value);
        return;
    }
    if (test->verb == OPERATOR_MATCHES) {
        check_pattern(checker, value, type != FACT_TYPE_TEXT);
        return;
    }
    if (test->verb == OPERATOR_IN) {
        check_list_name(checker, value);
        return;
    }
    switch (type) {
    case FACT_TYPE_ADDRESS:
    case FACT_TYPE_RECIPIENT:
        check_address(checker, test, value);
        return;
    case FACT_TYPE_TEXT:
        check_text(checker, test, value);
        return;
    case FACT_TYPE_KIND:
        check_kind(checker, value);
        return;
    case FACT_TYPE_LABEL:
        check_label_name(checker, value);
        return;
    case FACT_TYPE_SIZE:
    case FACT_TYPE_LEVEL:
        check_number(checker, test, value);
        return;
    case FACT_TYPE_NAME:
    case FACT_TYPE_FLAG:
        return;
    }
}

/* --- tests ------------------------------------------------------------- */

static void
check_header_name(Checker *checker, const Node *test)
{
    /* RFC 5322 2.2: printable ASCII but for the colon. */
    bool valid = *test->header != '\0';
    for (const char *at = test->header; *at != '\0'; at++)
        valid = valid && *at > ' ' && *at <= '~' && *at != ':';
    if (!valid)
        problems_add(checker->problems, &test->at,
                     "\"%.60s\" is no name of a header field", test->header);
}

static void
check_in_label(Checker *checker, const Node *test)
{
    if (test->fact->type == FACT_TYPE_LABEL ||
        test->fact->type == FACT_TYPE_LEVEL)
        problems_add(checker->problems, &test->at,
                     "a label cannot depend on labels");
    if (test->fact->about_recipient)
        problems_add(checker->problems, &test->at,
                     "a label is the message's, not one recipient's: say \"any "
                     "recipient\" or \"every recipient\"");
}

static void
check_test(Node *test, void *pointer)
{
    Checker *checker = pointer;
    if ((test->fact->operators & test->verb) == 0) {
        g_autofree char *known = facts_make_operator_list(test->fact);
        if (*known != '\0')
            problems_add(checker->problems, &test->at,
                         "\"%s\" cannot be asked with \"%s\": use %s",
                         test->fact->name, facts_get_operator_name(test->verb),
                         known);
        else
            problems_add(checker->problems, &test->at,
                         "\"%s\" stands alone, without \"%s\"",
                         test->fact->name, facts_get_operator_name(test->verb));
        return;
    }
    if (test->negated && (test->fact->id == FACT_ANY_HEADER ||
                          test->fact->id == FACT_ANY_SUBJECT))
        problems_add(checker->problems, &test->at,
                     "this can be read in two ways: say \"not %s is ...\"",
                     test->fact->name);
    if (test->header != NULL)
        check_header_name(checker, test);
    if (checker->in_label)
        check_in_label(checker, test);
    for (guint i = 0; i < test->values->len; i++)
        check_value(checker, test, g_ptr_array_index(test->values, i));
}

/* --- lists ------------------------------------------------------------- */

static void
fill_list(Checker *checker, List *list, const char *file, GChecksum *hash)
{
    for (guint i = 0; i < list->values->len; i++) {
        const Value *value = g_ptr_array_index(list->values, i);
        if (!addresses_add(list->addresses, value->text, G_MAXINT64))
            problems_add(checker->problems, &value->at,
                         "\"%.80s\" is no address and no domain", value->text);
    }
    if (list->path == NULL)
        return;
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *path = g_path_is_absolute(list->path)
                                ? g_strdup(list->path)
                                : g_build_filename(folder, list->path, NULL);
    addresses_load(list->addresses, path, &list->at, hash, checker->problems);
}

/* --- the story --------------------------------------------------------- */

void
check_tree(Tree *tree, const char *file, GChecksum *hash, Problems *problems)
{
    Checker checker = {.tree = tree, .problems = problems};
    check_duplicates(&checker, tree->lists, "list", place_of_list);
    check_duplicates(&checker, tree->labels, "label", place_of_label);
    check_duplicates(&checker, tree->rules, "rule", place_of_rule);
    for (guint i = 0; i < tree->lists->len; i++)
        fill_list(&checker, g_ptr_array_index(tree->lists, i), file, hash);
    checker.in_label = true;
    for (guint i = 0; i < tree->labels->len; i++)
        ast_visit(((Label *)g_ptr_array_index(tree->labels, i))->when,
                  check_test, &checker);
    checker.in_label = false;
    for (guint i = 0; i < tree->rules->len; i++)
        ast_visit(((Rule *)g_ptr_array_index(tree->rules, i))->when, check_test,
                  &checker);
    check_rules(tree, problems);
}
