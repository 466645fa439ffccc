/* SPDX-License-Identifier: BSD-2-Clause */
/* Parser: tokens to tree, and nothing else. */
#include "policy/parser.h"

#include "policy/expression.h"
#include "policy/orders.h"

#include <string.h>

static const char *const statements[] = {"policy", "list", "label",
                                         "rule",   "mode", NULL};

/* --- list -------------------------------------------------------------- */

static bool
parse_source(Reader *reader, List *list)
{
    if (reader_take_mark(reader, '='))
        return reader_take_values(reader, list->values);
    if (!reader_take(reader, "from"))
        return reader_fail_expected(
            reader, "\"=\" and addresses, or \"from\" and a file in quotes");
    if (reader_is(reader, "group"))
        return reader_fail(reader,
                           "lists from a directory group come in a later "
                           "version");
    list->path = reader_take_text(reader, "the file's name, in quotes");
    if (list->path == NULL)
        return false;
    if (reader_is(reader, "until"))
        return reader_fail(reader, "\"until\" stands in the list file, behind "
                                   "an address");
    return true;
}

static bool
parse_list(Reader *reader, Tree *tree)
{
    Position at = lexer_peek(reader->lexer)->at;
    if (tree->lists->len >= PARSER_LISTS_LIMIT)
        return reader_fail(reader, "a policy has at most %d lists",
                           PARSER_LISTS_LIMIT);
    char *name = reader_take_name(reader, "list");
    if (name == NULL)
        return false;
    List *list = g_new0(List, 1);
    list->name = name;
    list->at = at;
    list->values =
        g_ptr_array_new_with_free_func((GDestroyNotify)ast_value_free);
    list->addresses = addresses_new();
    g_ptr_array_add(tree->lists, list);
    return parse_source(reader, list);
}

/* --- label ------------------------------------------------------------- */

static bool
parse_level(Reader *reader, Label *label)
{
    label->level = 1;
    if (!reader_take(reader, "level"))
        return true;
    const Token *token = lexer_peek(reader->lexer);
    guint64 level = 0;
    if (token->kind != TOKEN_WORD ||
        !g_ascii_string_to_unsigned(token->text, 10, 1, 100, &level, NULL))
        return reader_fail_expected(reader, "a level from 1 to 100");
    label->level = (int)level;
    lexer_next(reader->lexer);
    return true;
}

static bool
parse_label(Reader *reader, Tree *tree)
{
    Position at = lexer_peek(reader->lexer)->at;
    if (tree->labels->len >= PARSER_LABELS_LIMIT)
        return reader_fail(reader, "a policy has at most %d labels",
                           PARSER_LABELS_LIMIT);
    char *name = reader_take_name(reader, "label");
    if (name == NULL)
        return false;
    Label *label = g_new0(Label, 1);
    label->name = name;
    label->at = at;
    g_ptr_array_add(tree->labels, label);
    if (!parse_level(reader, label) || !reader_expect(reader, "when"))
        return false;
    label->when = expression_parse(reader);
    return label->when != NULL;
}

/* --- rule -------------------------------------------------------------- */

static bool
parse_rule(Reader *reader, Tree *tree)
{
    Position at = lexer_peek(reader->lexer)->at;
    if (tree->rules->len >= PARSER_RULES_LIMIT)
        return reader_fail(reader, "a policy has at most %d rules",
                           PARSER_RULES_LIMIT);
    char *name = reader_take_name(reader, "rule");
    if (name == NULL)
        return false;
    Rule *rule = g_new0(Rule, 1);
    rule->name = name;
    rule->at = at;
    rule->orders =
        g_ptr_array_new_with_free_func((GDestroyNotify)ast_order_free);
    g_ptr_array_add(tree->rules, rule);
    if (reader_is(reader, "mode"))
        return reader_fail(reader, "\"mode shadow\" comes in a later version");
    if (reader_take(reader, "when")) {
        rule->when = expression_parse(reader);
        if (rule->when == NULL)
            return false;
        if (!reader_is(reader, "then"))
            return reader_fail_expected(reader, "\"and\", \"or\" or \"then\"");
    }
    return reader_expect(reader, "then") && orders_parse(reader, rule->orders);
}

/* --- the story --------------------------------------------------------- */

static bool
parse_version(Reader *reader)
{
    const Token *token = lexer_peek(reader->lexer);
    if (token->kind != TOKEN_WORD || strcmp(token->text, "1") != 0)
        return reader_fail_expected(reader,
                                    "1: the only version of the language yet");
    lexer_next(reader->lexer);
    return true;
}

static bool
parse_statement(Reader *reader, Tree *tree, bool first)
{
    if (first && !reader_is(reader, "policy"))
        reader_fail(reader, "a policy begins with \"policy 1\"");
    if (!first && reader_is(reader, "policy"))
        return reader_fail(reader,
                           "\"policy 1\" stands once, at the beginning");
    if (reader_take(reader, "policy"))
        return parse_version(reader);
    if (reader_take(reader, "list"))
        return parse_list(reader, tree);
    if (reader_take(reader, "label"))
        return parse_label(reader, tree);
    if (reader_take(reader, "rule"))
        return parse_rule(reader, tree);
    if (reader_is(reader, "mode"))
        return reader_fail(reader, "\"mode shadow\" comes in a later version");
    return reader_fail_unknown(reader, "statement (policy, list, label, rule)",
                               statements);
}

/* A statement word may be a value as well ("kind is list"), so only one that
 * begins a line ends what was not understood; a misspelt one too. */
static bool
begins_statement(const Token *token)
{
    return token->kind == TOKEN_WORD && token->at.column == 1 &&
           problems_nearest(token->text, statements) != NULL;
}

static void
skip_statement(Reader *reader)
{
    lexer_next(reader->lexer);
    while (lexer_peek(reader->lexer)->kind != TOKEN_END &&
           !begins_statement(lexer_peek(reader->lexer)))
        lexer_next(reader->lexer);
}

Tree *
parser_parse(Lexer *lexer, Problems *problems)
{
    Tree *tree = ast_new();
    Reader reader = {.lexer = lexer, .problems = problems};
    bool first = true;
    if (lexer_peek(lexer)->kind == TOKEN_END)
        reader_fail(&reader, "a policy begins with \"policy 1\"; this one is "
                             "empty");
    while (lexer_peek(lexer)->kind != TOKEN_END) {
        const Token *begin = lexer_peek(lexer);
        bool parsed = parse_statement(&reader, tree, first);
        first = false;
        bool next =
            lexer_peek(lexer) != begin && begins_statement(lexer_peek(lexer));
        if (!parsed && !next)
            skip_statement(&reader);
    }
    tree->node_count = reader.node_count;
    return tree;
}
