/* SPDX-License-Identifier: BSD-2-Clause */
/* Compare: one text, name or address with the values of a test. */
#include "policy/compare.h"

#include "policy/text.h"
#include "policy/truth.h"

#include "base/mailbox.h"

#include <string.h>

struct Compare {
    GHashTable *folded; /* char * of the facts -> Folded * */
    guint budget;       /* steps left to patterns */
    gint64 now_s;
};

/* A text of the facts, made ready once. */
typedef struct {
    char *folded;
    char *plain;
    bool folded_whole;
    bool plain_whole;
} Folded;

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
fold(Compare *compare, const char *text)
{
    Folded *folded = g_hash_table_lookup(compare->folded, text);
    if (folded != NULL)
        return folded;
    folded = g_new0(Folded, 1);
    folded->folded_whole = folded->plain_whole = true;
    folded->folded = text_fold(text, &folded->folded_whole);
    folded->plain = text_make_plain(text, &folded->plain_whole);
    /* The key is only compared as a pointer. */
    g_hash_table_insert(compare->folded, (gpointer)(guintptr)text, folded);
    return folded;
}

static Truth
meets_text(Compare *compare, const Folded *text, bool whole, FactOperator verb,
           const Value *value)
{
    if (verb == OPERATOR_MATCHES)
        return pattern_match(value->pattern, text->plain, &compare->budget);
    if (verb == OPERATOR_HAS)
        return truth_of(text_has(text->folded, value->folded));
    if (verb == OPERATOR_HAS_WORD)
        return truth_of(text_has_word(text->folded, value->folded, whole));
    return truth_of(strcmp(text->folded, value->folded) == 0);
}

Truth
compare_text(Compare *compare, const Node *test, const char *text, bool whole)
{
    const Folded *folded = fold(compare, text);
    bool matches = test->verb == OPERATOR_MATCHES;
    whole = whole && (matches ? folded->plain_whole : folded->folded_whole);
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth =
            truth_either(truth, meets_text(compare, folded, whole, test->verb,
                                           g_ptr_array_index(test->values, i)));
    bool found = test->verb == OPERATOR_HAS || test->verb == OPERATOR_HAS_WORD;
    if (whole || (found && truth == TRUTH_TRUE))
        return truth;
    return TRUTH_UNKNOWN;
}

/* --- names and addresses ----------------------------------------------- */

/* What test does not compare as an address: has, matches, and names. */
static Truth
meets_name(Compare *compare, const Node *test, const char *name,
           const Value *value)
{
    if (test->verb == OPERATOR_MATCHES)
        return pattern_match(value->pattern, name, &compare->budget);
    if (test->verb == OPERATOR_HAS) {
        g_autofree char *lower = g_ascii_strdown(name, -1);
        return truth_of(strstr(lower, value->folded) != NULL);
    }
    return truth_of(g_ascii_strcasecmp(name, value->text) == 0);
}

Truth
compare_address_value(Compare *compare, const Node *test, const char *address,
                      const Value *value)
{
    if (test->verb == OPERATOR_IN)
        return addresses_match(value->list, address, compare->now_s);
    if (test->verb != OPERATOR_IS)
        return meets_name(compare, test, address, value);
    if (*value->text == '\0')
        return truth_of(*address == '\0');
    return truth_of(mailbox_matches(address, value->text));
}

Truth
compare_address(Compare *compare, const Node *test, const char *address)
{
    if (address == NULL)
        return TRUTH_UNKNOWN;
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth = truth_either(
            truth, compare_address_value(compare, test, address,
                                         g_ptr_array_index(test->values, i)));
    return truth;
}

Truth
compare_name(Compare *compare, const Node *test, const char *name)
{
    if (name == NULL || test->verb == OPERATOR_PRESENT)
        return truth_of(name != NULL);
    Truth truth = TRUTH_FALSE;
    for (guint i = 0; i < test->values->len && truth != TRUTH_TRUE; i++)
        truth =
            truth_either(truth, meets_name(compare, test, name,
                                           g_ptr_array_index(test->values, i)));
    return truth;
}

/* --- life -------------------------------------------------------------- */

Compare *
compare_new(gint64 now_s)
{
    Compare *compare = g_new0(Compare, 1);
    compare->folded =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, folded_free);
    compare->budget = PATTERN_BUDGET;
    compare->now_s = now_s;
    return compare;
}

void
compare_free(Compare *compare)
{
    if (compare == NULL)
        return;
    g_hash_table_unref(compare->folded);
    g_free(compare);
}
