/* SPDX-License-Identifier: BSD-2-Clause */
/* Evaluate: facts + tree -> decision + trace. Pure, three-valued. */
#include "policy/evaluate.h"

#include "policy/trace.h"

#include <string.h>

#define ALL_ASPECTS ((1u << ASPECT_COUNT) - 1)

/* One way things may turn out. All zero is neutral. */
typedef struct {
    guint32 set; /* 1 << PolicyAspect: decided, by neutral values too */
    PolicyEncrypt encrypt;
    bool only_here;
    PolicySign sign;
    PolicyVerdict verdict;
    const char *text_fr;
    const char *text_en;
    int form[FORM_COUNT];
    const char *subject;
    PolicyOn on[CLASS_COUNT];
    const Rule *by[ASPECT_COUNT];
    const Rule *blame; /* the first unknown rule this world took as true */
} World;

/* --- one world --------------------------------------------------------- */

static bool
claim(World *world, const Rule *rule, unsigned aspect)
{
    if ((world->set & (1u << aspect)) != 0)
        return false;
    world->set |= 1u << aspect;
    world->by[aspect] = rule;
    return true;
}

static void
apply_form(World *world, const Rule *rule, const Order *order, unsigned form)
{
    if (!claim(world, rule, ASPECT_FORM + form))
        return;
    world->form[form] = order->value;
    if (form == FORM_SUBJECT)
        world->subject = order->subject;
}

static void
apply_order(World *world, const Rule *rule, const Order *order)
{
    switch (order->id) {
    case ACTION_ACCEPT:
        for (unsigned aspect = 0; aspect < ASPECT_COUNT; aspect++)
            claim(world, rule, aspect);
        return;
    case ACTION_ENCRYPT:
        if (!claim(world, rule, ASPECT_ENCRYPT))
            return;
        world->encrypt = (PolicyEncrypt)order->value;
        world->only_here = order->only_here;
        return;
    case ACTION_SIGN:
        if (claim(world, rule, ASPECT_SIGN))
            world->sign = (PolicySign)order->value;
        return;
    case ACTION_REFUSE:
    case ACTION_DEFER:
        if (!claim(world, rule, ASPECT_VERDICT))
            return;
        world->verdict =
            order->id == ACTION_REFUSE ? VERDICT_REFUSE : VERDICT_DEFER;
        world->text_fr = order->text_fr;
        world->text_en = order->text_en;
        return;
    case ACTION_ON:
        if (claim(world, rule, ASPECT_ON + order->class))
            world->on[order->class] = (PolicyOn)order->value;
        return;
    default:
        apply_form(world, rule, order, (unsigned)(order->id - ACTION_FORM));
    }
}

/* "accept" is for what the rule itself leaves open, wherever it stands. */
static void
apply(World *world, const Rule *rule)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (guint i = 0; i < rule->orders->len; i++) {
            const Order *order = g_ptr_array_index(rule->orders, i);
            if ((order->id == ACTION_ACCEPT) == (pass == 1))
                apply_order(world, rule, order);
        }
}

static bool
is_same_aspect(const World *a, const World *b, unsigned aspect)
{
    if (aspect == ASPECT_ENCRYPT)
        return a->encrypt == b->encrypt && a->only_here == b->only_here;
    if (aspect == ASPECT_SIGN)
        return a->sign == b->sign;
    if (aspect == ASPECT_VERDICT)
        return a->verdict == b->verdict && a->text_fr == b->text_fr &&
               a->text_en == b->text_en;
    if (aspect >= ASPECT_ON)
        return a->on[aspect - ASPECT_ON] == b->on[aspect - ASPECT_ON];
    unsigned form = aspect - ASPECT_FORM;
    return a->form[form] == b->form[form] &&
           (form != FORM_SUBJECT || a->subject == b->subject);
}

static bool
is_same_decision(const World *a, const World *b)
{
    /* Who is refused in any case is refused, whatever else was open. */
    if (a->verdict == VERDICT_REFUSE && is_same_aspect(a, b, ASPECT_VERDICT))
        return true;
    for (unsigned aspect = 0; aspect < ASPECT_COUNT; aspect++)
        if (!is_same_aspect(a, b, aspect))
            return false;
    return true;
}

/* The same now, and whatever the rules to come will do. */
static bool
is_same_future(const World *a, const World *b)
{
    if (a->set != b->set)
        return false;
    for (unsigned aspect = 0; aspect < ASPECT_COUNT; aspect++)
        if (!is_same_aspect(a, b, aspect))
            return false;
    return true;
}

/* --- all worlds -------------------------------------------------------- */

static World *
world_at(GArray *worlds, guint index)
{
    return &g_array_index(worlds, World, index);
}

static bool
contains(GArray *worlds, guint count, const World *world)
{
    for (guint i = 0; i < count; i++)
        if (is_same_future(world_at(worlds, i), world))
            return true;
    return false;
}

/* The rule holds in every world. True when it decided something. */
static bool
follow_certain(GArray *worlds, const Rule *rule)
{
    bool changed = false;
    for (guint i = 0; i < worlds->len; i++) {
        guint32 before = world_at(worlds, i)->set;
        apply(world_at(worlds, i), rule);
        changed = changed || world_at(worlds, i)->set != before;
    }
    /* The first, in which nothing unknown is true, is never taken out. */
    for (guint i = worlds->len; i-- > 1;)
        if (contains(worlds, i, world_at(worlds, i)))
            g_array_remove_index(worlds, i);
    return changed;
}

/* Every world splits in two. */
static bool
follow_unknown(GArray *worlds, const Rule *rule)
{
    bool changed = false;
    guint count = worlds->len;
    for (guint i = 0; i < count; i++) {
        World other = *world_at(worlds, i);
        apply(&other, rule);
        if (other.set == world_at(worlds, i)->set)
            continue;
        changed = true;
        if (other.blame == NULL)
            other.blame = rule;
        if (!contains(worlds, worlds->len, &other))
            g_array_append_val(worlds, other);
    }
    return changed;
}

static bool
is_all_decided(GArray *worlds)
{
    for (guint i = 0; i < worlds->len; i++)
        if (world_at(worlds, i)->set != ALL_ASPECTS)
            return false;
    return true;
}

static void
follow_rules(GArray *worlds, const Tree *tree, Judge *judge, GString *trace)
{
    for (guint i = 0; i < tree->rules->len; i++) {
        const Rule *rule = g_ptr_array_index(tree->rules, i);
        if (is_all_decided(worlds) || worlds->len > EVALUATE_WORLDS_LIMIT) {
            g_string_append_printf(
                trace, "rule %s (line %u) and what follows was not needed\n",
                rule->name, rule->at.line);
            return;
        }
        bool changed = false;
        Truth truth = judge_condition(judge, rule->when);
        switch (truth) {
        case TRUTH_FALSE:
            break;
        case TRUTH_TRUE:
            changed = follow_certain(worlds, rule);
            break;
        case TRUTH_UNKNOWN:
            changed = follow_unknown(worlds, rule);
            break;
        }
        trace_rule(trace, tree, judge, rule, truth, !changed);
    }
}

/* --- the decision ------------------------------------------------------ */

/* Which world disagrees with the first; NULL: none. */
static const World *
find_other(GArray *worlds)
{
    for (guint i = 1; i < worlds->len; i++)
        if (!is_same_decision(world_at(worlds, 0), world_at(worlds, i)))
            return world_at(worlds, i);
    return NULL;
}

static bool
is_agreed(GArray *worlds, unsigned aspect)
{
    for (guint i = 1; i < worlds->len; i++)
        if (!is_same_aspect(world_at(worlds, 0), world_at(worlds, i), aspect))
            return false;
    return true;
}

/* What all worlds agree on; the rest stays neutral and nobody's. */
static void
fill(PolicyDecision *decision, GArray *worlds)
{
    const World *world = world_at(worlds, 0);
    for (unsigned aspect = 0; aspect < ASPECT_COUNT; aspect++) {
        const Rule *rule = world->by[aspect];
        if (!is_agreed(worlds, aspect))
            continue;
        if (rule != NULL)
            decision->by[aspect] =
                (PolicyBy){.rule = rule->name, .at = rule->at};
        if (aspect >= ASPECT_ON)
            decision->on[aspect - ASPECT_ON] = world->on[aspect - ASPECT_ON];
        else if (aspect >= ASPECT_FORM)
            decision->form[aspect - ASPECT_FORM] =
                world->form[aspect - ASPECT_FORM];
    }
    if (is_agreed(worlds, ASPECT_FORM + FORM_SUBJECT))
        decision->subject = world->subject;
    if (is_agreed(worlds, ASPECT_ENCRYPT)) {
        decision->encrypt = world->encrypt;
        decision->encrypt_only_here = world->only_here;
    }
    if (is_agreed(worlds, ASPECT_SIGN))
        decision->sign = world->sign;
    if (is_agreed(worlds, ASPECT_VERDICT)) {
        decision->verdict = world->verdict;
        decision->text_fr = world->text_fr;
        decision->text_en = world->text_en;
    }
}

static void
find_label(PolicyDecision *decision, const Tree *tree, const Judge *judge)
{
    for (guint i = 0; i < tree->labels->len; i++) {
        const Label *label = g_ptr_array_index(tree->labels, i);
        if (judge_label(judge, i) != TRUTH_TRUE ||
            label->level <= decision->level)
            continue;
        decision->label = label->name;
        decision->level = label->level;
    }
}

PolicyDecision *
evaluate_tree(const Tree *tree, Judge *judge, const PolicyRecipient *recipient)
{
    PolicyDecision *decision = g_new0(PolicyDecision, 1);
    decision->trace = g_string_new(NULL);
    judge_set_recipient(judge, recipient);
    g_autoptr(GArray) worlds = g_array_new(FALSE, TRUE, sizeof(World));
    g_array_set_size(worlds, 1);
    trace_labels(decision->trace, tree, judge);
    follow_rules(worlds, tree, judge, decision->trace);
    const World *other = find_other(worlds);
    bool too_many = worlds->len > EVALUATE_WORLDS_LIMIT;
    if (too_many)
        other = world_at(worlds, 1);
    else
        fill(decision, worlds);
    if (other != NULL) {
        decision->verdict = VERDICT_UNDECIDED;
        decision->text_fr = decision->text_en = NULL;
        decision->by[ASPECT_VERDICT] = (PolicyBy){.rule = NULL};
        decision->undecided =
            trace_make_undecided(tree, judge, other->blame, recipient);
    }
    find_label(decision, tree, judge);
    return decision;
}
