/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace: what was looked at and why, a line each. It shows the policy's words
 * and never the message's. */
#include "policy/trace.h"

static const char *
word_of(Truth truth)
{
    switch (truth) {
    case TRUTH_FALSE:
        return "false";
    case TRUTH_TRUE:
        return "true";
    case TRUTH_UNKNOWN:
        break;
    }
    return "unknown";
}

static void
write_test(GString *text, const Judge *judge, const Node *test)
{
    ast_write_test(text, test);
    g_string_append_printf(text, " (line %u) is %s", test->at.line,
                           word_of(judge_get(judge, test)));
}

static bool
is_about_label(const Node *test, const Label *label, unsigned index)
{
    if (test->fact->id == FACT_LEVEL) {
        const Value *value = g_ptr_array_index(test->values, 0);
        return (guint64)label->level >= value->number;
    }
    for (guint i = 0; i < test->values->len; i++) {
        const Value *value = g_ptr_array_index(test->values, i);
        if (value->number == index)
            return true;
    }
    return test->values->len == 0;
}

/* Why a label's name is unknown is what the reader wants to know. */
static void
write_label_reason(GString *text, const Tree *tree, const Judge *judge,
                   const Node *test)
{
    for (guint i = 0; i < tree->labels->len; i++) {
        const Label *label = g_ptr_array_index(tree->labels, i);
        if (judge_label(judge, i) != TRUTH_UNKNOWN ||
            !is_about_label(test, label, i))
            continue;
        const Node *reason = judge_find_reason(judge, label->when);
        if (reason == NULL)
            continue;
        g_string_append(text, ", because ");
        write_test(text, judge, reason);
        return;
    }
}

static void
write_reason(GString *text, const Tree *tree, const Judge *judge,
             const Node *condition)
{
    const Node *reason = judge_find_reason(judge, condition);
    if (reason == NULL) {
        g_string_append(text, judge_get(judge, condition) == TRUTH_TRUE
                                  ? "all its conditions are true"
                                  : "none of its conditions is true");
        return;
    }
    write_test(text, judge, reason);
    if (judge_get(judge, reason) == TRUTH_UNKNOWN &&
        (reason->fact->id == FACT_LABELLED || reason->fact->id == FACT_LEVEL))
        write_label_reason(text, tree, judge, reason);
}

static const char *
verdict_of(Truth truth)
{
    switch (truth) {
    case TRUTH_FALSE:
        return "does not apply";
    case TRUTH_TRUE:
        return "applies";
    case TRUTH_UNKNOWN:
        break;
    }
    return "could not be decided";
}

void
trace_labels(GString *trace, const Tree *tree, const Judge *judge)
{
    for (guint i = 0; i < tree->labels->len; i++) {
        const Label *label = g_ptr_array_index(tree->labels, i);
        g_string_append_printf(trace, "label %s (line %u) %s: ", label->name,
                               label->at.line,
                               verdict_of(judge_label(judge, i)));
        write_reason(trace, tree, judge, label->when);
        g_string_append_c(trace, '\n');
    }
}

void
trace_rule(GString *trace, const Tree *tree, const Judge *judge,
           const Rule *rule, Truth truth, bool idle)
{
    g_string_append_printf(trace, "rule %s (line %u) %s", rule->name,
                           rule->at.line, verdict_of(truth));
    if (rule->when != NULL) {
        g_string_append(trace, ": ");
        write_reason(trace, tree, judge, rule->when);
    }
    if (truth != TRUTH_FALSE)
        g_string_append(trace, truth == TRUTH_TRUE ? "; so " : "; perhaps ");
    for (guint i = 0; truth != TRUTH_FALSE && i < rule->orders->len; i++) {
        if (i > 0)
            g_string_append(trace, ", ");
        ast_write_order(trace, g_ptr_array_index(rule->orders, i));
    }
    if (truth != TRUTH_FALSE && idle)
        g_string_append(trace, " (an earlier rule has decided)");
    g_string_append_c(trace, '\n');
}

char *
trace_make_undecided(const Tree *tree, const Judge *judge, const Rule *rule,
                     const PolicyRecipient *recipient)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "rule %s (line %u): ", rule->name,
                           rule->at.line);
    write_reason(text, tree, judge, rule->when);
    if (recipient != NULL && recipient->address != NULL)
        g_string_append_printf(text, ", for %s", recipient->address);
    return g_string_free(text, FALSE);
}
