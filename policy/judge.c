/* SPDX-License-Identifier: BSD-2-Clause */
/* Judge: facts + condition -> true, false or unknown, and why. */
#include "policy/judge.h"

#include "policy/compare.h"
#include "policy/truth.h"

struct Judge {
    const Tree *tree;
    const PolicyFacts *facts;
    const PolicyRecipient *recipient;
    guint8 *known; /* by node: Truth + 1; 0: not asked yet */
    Truth *labels; /* by index in the tree */
    Compare *compare;
};

/* --- texts ------------------------------------------------------------- */

static Truth
test_texts(Judge *judge, const Node *test, const PolicyTexts *texts)
{
    Truth truth = texts->incomplete ? TRUTH_UNKNOWN : TRUTH_FALSE;
    for (char **text = texts->texts;
         text != NULL && *text != NULL && truth != TRUTH_TRUE; text++)
        truth = truth_either(truth, compare_text(judge->compare, test, *text,
                                                 !texts->incomplete));
    return truth;
}

static Truth
test_fields(Judge *judge, const Node *test, const GPtrArray *fields)
{
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < fields->len && truth != TRUTH_TRUE; i++) {
        const PolicyField *field = g_ptr_array_index(fields, i);
        if (g_ascii_strcasecmp(field->name, test->header) != 0)
            continue;
        truth = test->verb == OPERATOR_PRESENT
                    ? TRUTH_TRUE
                    : truth_either(truth, compare_text(judge->compare, test,
                                                       field->value,
                                                       !field->undecodable));
    }
    return truth;
}

static Truth
test_any_field(Judge *judge, const Node *test)
{
    const PolicyFacts *facts = judge->facts;
    Truth truth = truth_either(test_fields(judge, test, facts->fields),
                               test_fields(judge, test, facts->inner_fields));
    return facts->inner_incomplete ? truth_either(truth, TRUTH_UNKNOWN) : truth;
}

static Truth
test_from(Judge *judge, const Node *test)
{
    const PolicyTexts *from = &judge->facts->from;
    Truth truth = from->incomplete ? TRUTH_UNKNOWN : TRUTH_FALSE;
    for (char **each = from->texts;
         each != NULL && *each != NULL && truth != TRUTH_TRUE; each++)
        truth =
            truth_either(truth, compare_address(judge->compare, test, *each));
    return truth;
}

/* --- recipients -------------------------------------------------------- */

/* A value is inside, outside, or something about the address. */
static Truth
compare_recipient(Judge *judge, const Node *test,
                  const PolicyRecipient *recipient, const Value *value)
{
    if (test->verb == OPERATOR_IS && value->folded == NULL)
        return value->number == TRUTH_TRUE ? recipient->inside
                                           : truth_negate(recipient->inside);
    /* An address nobody could read may be any. */
    if (recipient->address == NULL || *recipient->address == '\0')
        return TRUTH_UNKNOWN;
    return compare_address_value(judge->compare, test, recipient->address,
                                 value);
}

static Truth
test_recipient(Judge *judge, const Node *test, const PolicyRecipient *recipient)
{
    if (recipient == NULL)
        return TRUTH_UNKNOWN;
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth = truth_either(
            truth, compare_recipient(judge, test, recipient,
                                     g_ptr_array_index(test->values, i)));
    return test->negated ? truth_negate(truth) : truth;
}

static Truth
test_any_recipient(Judge *judge, const Node *test)
{
    const GPtrArray *recipients = judge->facts->recipients;
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < recipients->len && truth != TRUTH_TRUE; i++)
        truth = truth_either(
            truth,
            test_recipient(judge, test, g_ptr_array_index(recipients, i)));
    return truth;
}

static Truth
test_every_recipient(Judge *judge, const Node *test)
{
    const GPtrArray *recipients = judge->facts->recipients;
    Truth truth = truth_of(recipients->len > 0);
    for (guint i = 0; i < recipients->len && truth != TRUTH_FALSE; i++)
        truth =
            truth_both(truth, test_recipient(judge, test,
                                             g_ptr_array_index(recipients, i)));
    return truth;
}

/* --- the rest ---------------------------------------------------------- */

static Truth
test_kind(const Judge *judge, const Node *test)
{
    if (judge->facts->kinds == 0)
        return TRUTH_UNKNOWN;
    for (guint i = 0; i < test->values->len; i++) {
        const Value *value = g_ptr_array_index(test->values, i);
        if ((judge->facts->kinds & value->number) != 0)
            return TRUTH_TRUE;
    }
    return TRUTH_FALSE;
}

static Truth
test_size(const Judge *judge, const Node *test)
{
    if (!judge->facts->size_known)
        return TRUTH_UNKNOWN;
    const Value *value = g_ptr_array_index(test->values, 0);
    guint64 size_bytes = judge->facts->size_bytes;
    return truth_of(test->verb == OPERATOR_OVER ? size_bytes > value->number
                                                : size_bytes < value->number);
}

static Truth
test_labelled(const Judge *judge, const Node *test)
{
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len; i++) {
        const Value *value = g_ptr_array_index(test->values, i);
        truth = truth_either(truth, judge->labels[value->number]);
    }
    if (test->values->len > 0)
        return truth;
    for (guint i = 0; i < judge->tree->labels->len; i++)
        truth = truth_either(truth, judge->labels[i]);
    return truth;
}

static Truth
test_level(const Judge *judge, const Node *test)
{
    const Value *value = g_ptr_array_index(test->values, 0);
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < judge->tree->labels->len; i++) {
        const Label *label = g_ptr_array_index(judge->tree->labels, i);
        if ((guint64)label->level >= value->number)
            truth = truth_either(truth, judge->labels[i]);
    }
    return truth;
}

/* --- the story --------------------------------------------------------- */

/* Without "is not", except where that belongs to each recipient. */
static Truth
test_fact(Judge *judge, const Node *test)
{
    const PolicyFacts *facts = judge->facts;
    switch (test->fact->id) {
    case FACT_RECIPIENT:
        return test_recipient(judge, test, judge->recipient);
    case FACT_ANY_RECIPIENT:
        return test_any_recipient(judge, test);
    case FACT_EVERY_RECIPIENT:
        return test_every_recipient(judge, test);
    case FACT_SENDER:
        return compare_address(judge->compare, test, facts->sender);
    case FACT_FROM:
        return test_from(judge, test);
    case FACT_LOGIN:
        return compare_name(judge->compare, test, facts->login);
    case FACT_SERVICE:
        return compare_name(judge->compare, test, facts->service);
    case FACT_SUBMITTED:
        return facts->submitted;
    case FACT_HEADER:
        return test_fields(judge, test, facts->fields);
    case FACT_ANY_HEADER:
        return test_any_field(judge, test);
    case FACT_SUBJECT:
        return test_texts(judge, test, &facts->subject);
    case FACT_ANY_SUBJECT:
        return truth_either(test_texts(judge, test, &facts->subject),
                            test_texts(judge, test, &facts->inner_subject));
    case FACT_KIND:
        return test_kind(judge, test);
    case FACT_SIGNED:
        return facts->is_signed;
    case FACT_ENCRYPTED:
        return facts->is_encrypted;
    case FACT_SIZE:
        return test_size(judge, test);
    case FACT_LABELLED:
        return test_labelled(judge, test);
    case FACT_LEVEL:
        return test_level(judge, test);
    }
    return TRUTH_UNKNOWN;
}

static Truth
judge_test(Judge *judge, const Node *test)
{
    Truth truth = test_fact(judge, test);
    bool of_each = test->fact->type == FACT_TYPE_RECIPIENT;
    return test->negated && !of_each ? truth_negate(truth) : truth;
}

Truth
judge_condition(Judge *judge, const Node *condition)
{
    if (condition == NULL)
        return TRUTH_TRUE;
    guint8 *known = &judge->known[condition->id];
    if (*known != 0)
        return (Truth)(*known - 1);
    Truth truth = TRUTH_FALSE;
    switch (condition->kind) {
    case NODE_TEST:
        truth = judge_test(judge, condition);
        break;
    case NODE_NOT:
        truth = truth_negate(
            judge_condition(judge, g_ptr_array_index(condition->children, 0)));
        break;
    case NODE_AND:
        truth = TRUTH_TRUE;
        for (guint i = 0; i < condition->children->len && truth != TRUTH_FALSE;
             i++)
            truth = truth_both(
                truth, judge_condition(
                           judge, g_ptr_array_index(condition->children, i)));
        break;
    case NODE_OR:
        for (guint i = 0; i < condition->children->len && truth != TRUTH_TRUE;
             i++)
            truth = truth_either(
                truth, judge_condition(
                           judge, g_ptr_array_index(condition->children, i)));
        break;
    }
    *known = (guint8)(truth + 1);
    return truth;
}

Truth
judge_label(const Judge *judge, unsigned index)
{
    return judge->labels[index];
}

const Node *
judge_find_reason(const Judge *judge, const Node *condition)
{
    if (condition == NULL || condition->kind == NODE_TEST)
        return condition;
    if (condition->kind == NODE_NOT)
        return judge_find_reason(judge,
                                 g_ptr_array_index(condition->children, 0));
    Truth truth = (Truth)(judge->known[condition->id] - 1);
    /* All had to be true, or all false: none of them alone. */
    Truth shared = condition->kind == NODE_AND ? TRUTH_TRUE : TRUTH_FALSE;
    if (truth == shared)
        return NULL;
    for (guint i = 0; i < condition->children->len; i++) {
        const Node *child = g_ptr_array_index(condition->children, i);
        if (judge->known[child->id] == truth + 1)
            return judge_find_reason(judge, child);
    }
    return NULL;
}

Truth
judge_get(const Judge *judge, const Node *node)
{
    guint8 known = judge->known[node->id];
    return known != 0 ? (Truth)(known - 1) : TRUTH_UNKNOWN;
}

static void
forget(Judge *judge, const Node *node)
{
    if (node == NULL || !node->about_recipient)
        return;
    judge->known[node->id] = 0;
    for (guint i = 0; i < node->children->len; i++)
        forget(judge, g_ptr_array_index(node->children, i));
}

void
judge_set_recipient(Judge *judge, const PolicyRecipient *recipient)
{
    judge->recipient = recipient;
    /* No label asks for the recipient. */
    for (guint i = 0; i < judge->tree->rules->len; i++) {
        const Rule *rule = g_ptr_array_index(judge->tree->rules, i);
        forget(judge, rule->when);
    }
}

Judge *
judge_new(const Tree *tree, const PolicyFacts *facts)
{
    Judge *judge = g_new0(Judge, 1);
    judge->tree = tree;
    judge->facts = facts;
    judge->known = g_new0(guint8, MAX(tree->node_count, 1));
    judge->compare = compare_new(facts->now_s);
    judge->labels = g_new0(Truth, MAX(tree->labels->len, 1));
    /* First, because a test may ask for them; no label asks for a label. */
    for (guint i = 0; i < tree->labels->len; i++) {
        const Label *label = g_ptr_array_index(tree->labels, i);
        judge->labels[i] = judge_condition(judge, label->when);
    }
    return judge;
}

void
judge_free(Judge *judge)
{
    if (judge == NULL)
        return;
    compare_free(judge->compare);
    g_free(judge->labels);
    g_free(judge->known);
    g_free(judge);
}
