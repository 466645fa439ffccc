/* SPDX-License-Identifier: BSD-2-Clause */
/* Check rules: orders that contradict each other, rules without effect. */
#include "policy/check_rules.h"

#define ALL_ASPECTS ((1u << ASPECT_COUNT) - 1)

guint32
check_rules_get_aspects(const Order *order)
{
    switch (order->id) {
    case ACTION_ACCEPT:
        return ALL_ASPECTS;
    case ACTION_ENCRYPT:
        return 1u << ASPECT_ENCRYPT;
    case ACTION_SIGN:
        return 1u << ASPECT_SIGN;
    case ACTION_REFUSE:
    case ACTION_DEFER:
        return 1u << ASPECT_VERDICT;
    case ACTION_ON:
        return 1u << (ASPECT_ON + order->class);
    default:
        return 1u << (ASPECT_FORM + order->id - ACTION_FORM);
    }
}

/* --- one rule ---------------------------------------------------------- */

static const Order *
find_order(const Rule *rule, int id)
{
    for (guint i = 0; i < rule->orders->len; i++) {
        const Order *order = g_ptr_array_index(rule->orders, i);
        if (order->id == id)
            return order;
    }
    return NULL;
}

static void
check_twice(const Rule *rule, Problems *problems)
{
    guint32 seen = 0;
    bool accepts = false;
    for (guint i = 0; i < rule->orders->len; i++) {
        const Order *order = g_ptr_array_index(rule->orders, i);
        if (order->id == ACTION_ACCEPT
                ? accepts
                : (seen & check_rules_get_aspects(order)) != 0)
            problems_add(problems, &order->at,
                         "rule %s has already decided this", rule->name);
        if (order->id == ACTION_ACCEPT)
            accepts = true;
        else
            seen |= check_rules_get_aspects(order);
    }
    const Order *accept = find_order(rule, ACTION_ACCEPT);
    if (accept != NULL && (seen & (1u << ASPECT_VERDICT)) != 0)
        problems_add(problems, &accept->at,
                     "rule %s cannot accept what it refuses or defers",
                     rule->name);
}

/* Mail that must be protected never leaves without: a rule that says both is
 * a mistake, whichever was meant. */
static void
check_clear(const Rule *rule, const Order *on, Problems *problems)
{
    if (on->class >= CLASS_COUNT)
        return;
    const Order *encrypt = find_order(rule, ACTION_ENCRYPT);
    const Order *sign = find_order(rule, ACTION_SIGN);
    const ActionClass *class = &actions_classes[on->class];
    if (class->guards_encryption && encrypt != NULL &&
        (encrypt->value == ENCRYPT_REQUIRED ||
         encrypt->value == ENCRYPT_BY_SENDER))
        problems_add(problems, &on->at,
                     "\"on %s clear\" would let go in clear what rule %s says "
                     "must be encrypted",
                     class->name, rule->name);
    if (class->guards_signature && sign != NULL && sign->value == SIGN_REQUIRED)
        problems_add(problems, &on->at,
                     "\"on %s clear\" would let go unsigned what rule %s says "
                     "must be signed",
                     class->name, rule->name);
}

/* --- the order of rules ------------------------------------------------ */

static guint32
get_all_aspects(const Rule *rule)
{
    guint32 aspects = 0;
    for (guint i = 0; i < rule->orders->len; i++)
        aspects |= check_rules_get_aspects(g_ptr_array_index(rule->orders, i));
    return aspects;
}

void
check_rules(const Tree *tree, Problems *problems)
{
    guint32 decided = 0;
    const Rule *by = NULL;
    for (guint i = 0; i < tree->rules->len; i++) {
        const Rule *rule = g_ptr_array_index(tree->rules, i);
        check_twice(rule, problems);
        for (guint k = 0; k < rule->orders->len; k++) {
            const Order *order = g_ptr_array_index(rule->orders, k);
            if (order->id == ACTION_ON && order->value == ON_CLEAR)
                check_clear(rule, order, problems);
        }
        guint32 aspects = get_all_aspects(rule);
        if (by != NULL && aspects != 0 && (aspects & ~decided) == 0)
            problems_add(problems, &rule->at,
                         "rule %s can never have an effect: what it decides is "
                         "always decided before, at the latest by rule %s in "
                         "line %u",
                         rule->name, by->name, by->at.line);
        if (rule->when == NULL) {
            decided |= aspects;
            by = rule;
        }
    }
}
