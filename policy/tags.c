/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags: the bracketed words in a subject that set a label. */
#include "policy/tags.h"

#include "policy/text.h"

#include <string.h>

static bool
is_about_subject(const Node *test)
{
    return !test->negated && (test->fact->id == FACT_SUBJECT ||
                              test->fact->id == FACT_ANY_SUBJECT);
}

/* A pattern that fits nothing at all says nothing of these words. */
static bool
is_matched(const Pattern *pattern, const char *group)
{
    g_autofree char *plain = text_make_plain(group, NULL);
    guint budget = PATTERN_BUDGET;
    return pattern_match(pattern, plain, &budget) == TRUTH_TRUE &&
           pattern_match(pattern, "", &budget) == TRUTH_FALSE;
}

static bool
names(const Node *test, const char *raw, const char *group)
{
    for (guint i = 0; i < test->values->len; i++) {
        const Value *value = g_ptr_array_index(test->values, i);
        if (test->verb == OPERATOR_MATCHES
                ? is_matched(value->pattern, raw)
                : value->folded != NULL &&
                      text_has_word(group, value->folded, true))
            return true;
    }
    return false;
}

/* What stands below a "not" sets no label. As deep as the parser let it be. */
static bool
looks_for(const Node *node, const char *raw, const char *group)
{
    if (node == NULL || node->kind == NODE_NOT)
        return false;
    if (node->kind == NODE_TEST)
        return is_about_subject(node) && names(node, raw, group);
    for (guint i = 0; i < node->children->len; i++)
        if (looks_for(g_ptr_array_index(node->children, i), raw, group))
            return true;
    return false;
}

static bool
is_tag(const Tree *tree, const char *from, const char *end)
{
    g_autofree char *raw = g_strndup(from, (gsize)(end - from));
    g_autofree char *group = text_fold(raw, NULL);
    for (guint i = 0; i < tree->labels->len; i++) {
        const Label *label = g_ptr_array_index(tree->labels, i);
        if (looks_for(label->when, raw, group))
            return true;
    }
    return false;
}

char *
tags_strip(const Tree *tree, const char *subject)
{
    g_autoptr(GString) left = g_string_new(NULL);
    bool stripped = false;
    for (const char *at = subject; *at != '\0';) {
        const char *end = *at == '[' ? strchr(at, ']') : NULL;
        if (end == NULL || !is_tag(tree, at, end + 1)) {
            g_string_append_c(left, *at++);
            continue;
        }
        stripped = true;
        at = end + 1;
        at += strspn(at, " \t");
    }
    return stripped ? g_string_free(g_steal_pointer(&left), FALSE) : NULL;
}
