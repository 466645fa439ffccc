/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/expression.h"

#include "given.h"

static Node *
parse(const char *text, char **said)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Lexer) lexer = lexer_new("p", text, strlen(text), problems);
    Reader reader = {.lexer = lexer, .problems = problems};
    Node *node = expression_parse(&reader);
    *said = g_strdup(problems_get(problems, 0));
    assert_int_equal(node == NULL, problems_count(problems) > 0);
    return node;
}

/* "(a and (not b))" */
static void
write_node(GString *text, const Node *node)
{
    if (node->kind == NODE_TEST) {
        ast_write_test(text, node);
        return;
    }
    g_string_append(text, node->kind == NODE_NOT ? "(not " : "(");
    for (guint i = 0; i < node->children->len; i++) {
        if (i > 0)
            g_string_append(text, node->kind == NODE_AND ? " and " : " or ");
        write_node(text, g_ptr_array_index(node->children, i));
    }
    g_string_append_c(text, ')');
}

static void
not_binds_closer_than_and_closer_than_or(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *tree;
    } rows[] = {
        {"signed", "signed"},
        {"signed or encrypted and submitted",
         "(signed or (encrypted and submitted))"},
        {"(signed or encrypted) and submitted",
         "((signed or encrypted) and submitted)"},
        {"not signed and encrypted", "((not signed) and encrypted)"},
        {"not (signed and encrypted)", "(not (signed and encrypted))"},
        {"not not signed", "(not (not signed))"},
        {"signed and encrypted and submitted",
         "(signed and encrypted and submitted)"},
        {"recipient is inside and not labelled",
         "(recipient is inside and (not labelled))"},
        {"recipient is not inside or recipient not in l",
         "(recipient is not inside or recipient not in l)"},
        {"subject has word \"a b\", \"c\" or any header \"X\" is \"y\"",
         "(subject has word \"a b\", \"c\" or any header \"X\" is \"y\")"},
        {"kind is receipt, bounce, calendar, list and not labelled a, b",
         "(kind is receipt, bounce, calendar, list and (not labelled a, b))"},
        {"size over 10MiB and level at least 2",
         "(size over 10MiB and level at least 2)"},
        {"header \"X\" and every recipient matches \"x\"",
         "(header \"X\" and every recipient matches \"x\")"},
        {"login and service is erp", "(login and service is erp)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *said = NULL;
        g_autoptr(Node) node = parse(rows[i].text, &said);
        if (node == NULL)
            fail_msg("%s: %s", rows[i].text, said);
        g_autoptr(GString) tree = g_string_new(NULL);
        write_node(tree, node);
        assert_string_equal(tree->str, rows[i].tree);
    }
}

static void
mistakes_say_what_was_expected(void **state)
{
    (void)state;
    static const GivenMistake rows[] = {
        {"", "expected a condition, found the end"},
        {"and", "p:1:1: expected a condition, found \"and\""},
        {"signed and", "p:1:11: expected a condition"},
        {"(signed", "expected \"and\", \"or\" or \")\""},
        {"subjet has \"x\"", "\"subjet\" is no fact; did you mean \"subject\""},
        {"any subjct has \"x\"", "did you mean \"any subject\""},
        {"any", "\"any\" is no fact"},
        {"\"subject\" is \"x\"", "expected a condition"},
        {"subject", "expected is, has, has word or matches after \"subject\""},
        {"subject has", "expected a value, found the end"},
        {"subject has word and", "expected a value, found \"and\""},
        {"header is \"x\"", "the name of a header field, in quotes"},
        {"level at 2", "expected \"least\""},
        {"recipient in a,", "expected a value"},
        {"every attachment name matches \"x\"",
         "the fact \"every attachment\" comes in a later version"},
        {"msip-label \"a\" is \"b\"", "comes in a later version"},
        {"body has \"x\"", "comes in a later version"},
        {"recipient entry \"title\" is \"x\"",
         "the fact \"recipient entry\" comes in a later version"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *said = NULL;
        g_autoptr(Node) node = parse(rows[i].text, &said);
        if (node != NULL || strstr(said, rows[i].said) == NULL)
            fail_msg("%s said: %s", rows[i].text, said);
    }
}

static void
nesting_has_a_limit(void **state)
{
    (void)state;
    static const char *const openings[] = {"(", "not "};
    for (gsize i = 0; i < G_N_ELEMENTS(openings); i++)
        for (unsigned depth = 100; depth <= 100000; depth *= 10) {
            g_autoptr(GString) text = g_string_new(NULL);
            for (unsigned k = 0; k < depth; k++)
                g_string_append(text, openings[i]);
            g_string_append(text, "signed");
            for (unsigned k = 0; *openings[i] == '(' && k < depth; k++)
                g_string_append_c(text, ')');
            g_autofree char *said = NULL;
            g_autoptr(Node) node = parse(text->str, &said);
            assert_int_equal(node != NULL, depth == 100);
            if (node == NULL)
                assert_non_null(strstr(said, "nested more than 100 deep"));
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_binds_closer_than_and_closer_than_or),
        cmocka_unit_test(mistakes_say_what_was_expected),
        cmocka_unit_test(nesting_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
