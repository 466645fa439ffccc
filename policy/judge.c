/* SPDX-License-Identifier: BSD-2-Clause */
/* Judge: facts + condition -> true, false or unknown, and why. */
#include "policy/judge.h"

#include "policy/text.h"

#include "base/mailbox.h"

#include <string.h>

struct Judge {
    const Tree *tree;
    const PolicyFacts *facts;
    const PolicyRecipient *recipient;
    guint8 *known;      /* by node: Truth + 1; 0: not asked yet */
    Truth *labels;      /* by index in the tree */
    GHashTable *folded; /* char * of the facts -> Folded * */
    guint budget;       /* steps left to patterns */
};

/* A text of the facts, made ready once. */
typedef struct {
    char *folded;
    char *plain;
    bool folded_whole;
    bool plain_whole;
} Folded;

/* --- three values ------------------------------------------------------ */

static Truth
negate(Truth truth)
{
    switch (truth) {
    case TRUTH_FALSE:
        return TRUTH_TRUE;
    case TRUTH_TRUE:
        return TRUTH_FALSE;
    case TRUTH_UNKNOWN:
        break;
    }
    return TRUTH_UNKNOWN;
}

static Truth
either(Truth a, Truth b)
{
    if (a == TRUTH_TRUE || b == TRUTH_TRUE)
        return TRUTH_TRUE;
    return a == TRUTH_UNKNOWN || b == TRUTH_UNKNOWN ? TRUTH_UNKNOWN
                                                    : TRUTH_FALSE;
}

static Truth
both(Truth a, Truth b)
{
    return negate(either(negate(a), negate(b)));
}

static Truth
truth_of(bool value)
{
    return value ? TRUTH_TRUE : TRUTH_FALSE;
}

/* --- texts ------------------------------------------------------------- */

static void
folded_free(gpointer pointer)
{
    Folded *folded = pointer;
    g_free(folded->folded);
    g_free(folded->plain);
    g_free(folded);
}

static const Folded *
fold(Judge *judge, const char *text)
{
    Folded *folded = g_hash_table_lookup(judge->folded, text);
    if (folded != NULL)
        return folded;
    folded = g_new0(Folded, 1);
    folded->folded_whole = folded->plain_whole = true;
    folded->folded = text_fold(text, &folded->folded_whole);
    folded->plain = text_make_plain(text, &folded->plain_whole);
    /* The key is only compared as a pointer. */
    g_hash_table_insert(judge->folded, (gpointer)(guintptr)text, folded);
    return folded;
}

static Truth
compare_text(Judge *judge, const Folded *text, bool whole, FactOperator verb,
             const Value *value)
{
    if (verb == OPERATOR_MATCHES)
        return pattern_match(value->pattern, text->plain, &judge->budget);
    if (verb == OPERATOR_HAS)
        return truth_of(text_has(text->folded, value->folded));
    if (verb == OPERATOR_HAS_WORD)
        return truth_of(text_has_word(text->folded, value->folded, whole));
    return truth_of(strcmp(text->folded, value->folded) == 0);
}

/* One text against all values. What could not be read in it may be anything:
 * then only "has" can be sure, because what it found stays there. */
static Truth
test_text(Judge *judge, const Node *test, const char *text, bool whole)
{
    const Folded *folded = fold(judge, text);
    bool matches = test->verb == OPERATOR_MATCHES;
    whole = whole && (matches ? folded->plain_whole : folded->folded_whole);
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth = either(truth, compare_text(judge, folded, whole, test->verb,
                                           g_ptr_array_index(test->values, i)));
    bool found = test->verb == OPERATOR_HAS || test->verb == OPERATOR_HAS_WORD;
    if (whole || (found && truth == TRUTH_TRUE))
        return truth;
    return TRUTH_UNKNOWN;
}

static Truth
test_texts(Judge *judge, const Node *test, const PolicyTexts *texts)
{
    Truth truth = texts->incomplete ? TRUTH_UNKNOWN : TRUTH_FALSE;
    for (char **text = texts->texts;
         text != NULL && *text != NULL && truth != TRUTH_TRUE; text++)
        truth =
            either(truth, test_text(judge, test, *text, !texts->incomplete));
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
                    : either(truth, test_text(judge, test, field->value,
                                              !field->undecodable));
    }
    return truth;
}

static Truth
test_any_field(Judge *judge, const Node *test)
{
    const PolicyFacts *facts = judge->facts;
    Truth truth = either(test_fields(judge, test, facts->fields),
                         test_fields(judge, test, facts->inner_fields));
    return facts->inner_incomplete ? either(truth, TRUTH_UNKNOWN) : truth;
}

/* --- names and addresses ----------------------------------------------- */

/* What test does not compare as an address: has, matches, and names. */
static Truth
compare_name(Judge *judge, const Node *test, const char *name,
             const Value *value)
{
    if (test->verb == OPERATOR_MATCHES)
        return pattern_match(value->pattern, name, &judge->budget);
    if (test->verb == OPERATOR_HAS) {
        g_autofree char *lower = g_ascii_strdown(name, -1);
        return truth_of(strstr(lower, value->folded) != NULL);
    }
    return truth_of(g_ascii_strcasecmp(name, value->text) == 0);
}

static Truth
compare_address(Judge *judge, const Node *test, const char *address,
                const Value *value)
{
    if (test->verb == OPERATOR_IN)
        return addresses_match(value->list, address, judge->facts->now_s);
    if (test->verb != OPERATOR_IS)
        return compare_name(judge, test, address, value);
    if (*value->text == '\0')
        return truth_of(*address == '\0');
    return truth_of(mailbox_matches(address, value->text));
}

static Truth
test_address(Judge *judge, const Node *test, const char *address)
{
    if (address == NULL)
        return TRUTH_UNKNOWN;
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth =
            either(truth, compare_address(judge, test, address,
                                          g_ptr_array_index(test->values, i)));
    return truth;
}

static Truth
test_from(Judge *judge, const Node *test)
{
    const PolicyTexts *from = &judge->facts->from;
    Truth truth = from->incomplete ? TRUTH_UNKNOWN : TRUTH_FALSE;
    for (char **each = from->texts;
         each != NULL && *each != NULL && truth != TRUTH_TRUE; each++)
        truth = either(truth, test_address(judge, test, *each));
    return truth;
}

/* NULL is not unknown here but "there is none". */
static Truth
test_name(Judge *judge, const Node *test, const char *name)
{
    if (name == NULL || test->verb == OPERATOR_PRESENT)
        return truth_of(name != NULL);
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth = either(truth, compare_name(judge, test, name,
                                           g_ptr_array_index(test->values, i)));
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
                                           : negate(recipient->inside);
    /* An address nobody could read may be any. */
    if (recipient->address == NULL || *recipient->address == '\0')
        return TRUTH_UNKNOWN;
    return compare_address(judge, test, recipient->address, value);
}

static Truth
test_recipient(Judge *judge, const Node *test, const PolicyRecipient *recipient)
{
    if (recipient == NULL)
        return TRUTH_UNKNOWN;
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth = either(truth,
                       compare_recipient(judge, test, recipient,
                                         g_ptr_array_index(test->values, i)));
    return test->negated ? negate(truth) : truth;
}

static Truth
test_any_recipient(Judge *judge, const Node *test)
{
    const GPtrArray *recipients = judge->facts->recipients;
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < recipients->len && truth != TRUTH_TRUE; i++)
        truth = either(truth, test_recipient(judge, test,
                                             g_ptr_array_index(recipients, i)));
    return truth;
}

static Truth
test_every_recipient(Judge *judge, const Node *test)
{
    const GPtrArray *recipients = judge->facts->recipients;
    Truth truth = truth_of(recipients->len > 0);
    for (guint i = 0; i < recipients->len && truth != TRUTH_FALSE; i++)
        truth = both(truth, test_recipient(judge, test,
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
        truth = either(truth, judge->labels[value->number]);
    }
    if (test->values->len > 0)
        return truth;
    for (guint i = 0; i < judge->tree->labels->len; i++)
        truth = either(truth, judge->labels[i]);
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
            truth = either(truth, judge->labels[i]);
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
        return test_address(judge, test, facts->sender);
    case FACT_FROM:
        return test_from(judge, test);
    case FACT_LOGIN:
        return test_name(judge, test, facts->login);
    case FACT_SERVICE:
        return test_name(judge, test, facts->service);
    case FACT_SUBMITTED:
        return facts->submitted;
    case FACT_HEADER:
        return test_fields(judge, test, facts->fields);
    case FACT_ANY_HEADER:
        return test_any_field(judge, test);
    case FACT_SUBJECT:
        return test_texts(judge, test, &facts->subject);
    case FACT_ANY_SUBJECT:
        return either(test_texts(judge, test, &facts->subject),
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
    return test->negated && !of_each ? negate(truth) : truth;
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
        truth = negate(
            judge_condition(judge, g_ptr_array_index(condition->children, 0)));
        break;
    case NODE_AND:
        truth = TRUTH_TRUE;
        for (guint i = 0; i < condition->children->len && truth != TRUTH_FALSE;
             i++)
            truth = both(truth,
                         judge_condition(
                             judge, g_ptr_array_index(condition->children, i)));
        break;
    case NODE_OR:
        for (guint i = 0; i < condition->children->len && truth != TRUTH_TRUE;
             i++)
            truth = either(
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

Judge *
judge_new(const Tree *tree, const PolicyFacts *facts,
          const PolicyRecipient *recipient)
{
    Judge *judge = g_new0(Judge, 1);
    judge->tree = tree;
    judge->facts = facts;
    judge->recipient = recipient;
    judge->known = g_new0(guint8, MAX(tree->node_count, 1));
    judge->folded =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, folded_free);
    judge->budget = PATTERN_BUDGET;
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
    g_hash_table_unref(judge->folded);
    g_free(judge->labels);
    g_free(judge->known);
    g_free(judge);
}
