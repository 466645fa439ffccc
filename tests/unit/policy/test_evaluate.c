/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/evaluate.h"

#include "policy/actions.h"

#include "given.h"

/* --- examples ---------------------------------------------------------- */

static void
the_first_rule_wins_for_each_aspect(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(
        "rule a when recipient is outside then sign never, on none refuse\n"
        "rule b then encrypt required for this recipient, sign required,\n"
        "  on none defer, on lost refuse, defer en \"later\"");
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_int_equal(decision->sign, SIGN_NEVER);
    assert_int_equal(decision->encrypt, ENCRYPT_REQUIRED);
    assert_true(decision->encrypt_only_here);
    assert_int_equal(decision->on[CLASS_NONE], ON_REFUSE);
    assert_int_equal(decision->on[CLASS_LOST], ON_REFUSE);
    assert_int_equal(decision->on[CLASS_CLOCK], ON_DEFAULT);
    assert_int_equal(decision->verdict, VERDICT_DEFER);
    assert_string_equal(decision->text_en, "later");
    assert_null(decision->text_fr);
    assert_string_equal(decision->by[ASPECT_SIGN].rule, "a");
    assert_string_equal(decision->by[ASPECT_ON + CLASS_NONE].rule, "a");
    assert_string_equal(decision->by[ASPECT_ENCRYPT].rule, "b");
    assert_int_equal(decision->by[ASPECT_ENCRYPT].at.line, 3);
    assert_null(decision->by[ASPECT_ON + CLASS_CLOCK].rule);
}

static void
accept_closes_what_is_still_open(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy(
        "rule a when recipient is outside then accept, sign required\n"
        "rule b then encrypt required, sign never, on none refuse");
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_int_equal(decision->encrypt, ENCRYPT_NEVER);
    assert_int_equal(decision->sign, SIGN_REQUIRED);
    assert_int_equal(decision->on[CLASS_NONE], ON_DEFAULT);
    assert_string_equal(decision->by[ASPECT_ENCRYPT].rule, "a");
}

static void
no_rule_is_neutral(void **state)
{
    (void)state;
    g_autoptr(Policy) policy = given_policy("");
    g_autoptr(PolicyFacts) facts = given_facts();
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_int_equal(decision->verdict, VERDICT_DELIVER);
    assert_int_equal(decision->encrypt, ENCRYPT_NEVER);
    assert_int_equal(decision->sign, SIGN_NEVER);
    for (unsigned i = 0; i < ASPECT_COUNT; i++)
        assert_null(decision->by[i].rule);
}

typedef struct {
    const char *rules;
    PolicyVerdict verdict;
} UnknownRow;

/* "encrypted" and "signed" are unknown, the rest is known. */
static void
an_unknown_condition_counts_only_where_it_matters(void **state)
{
    (void)state;
    static const UnknownRow rows[] = {
        {"rule a when encrypted then accept", VERDICT_DELIVER},
        {"rule a when encrypted then sign never", VERDICT_DELIVER},
        {"rule a when encrypted then sign required", VERDICT_UNDECIDED},
        {"rule a when encrypted then accept rule b then encrypt required",
         VERDICT_UNDECIDED},
        {"rule a when submitted then sign required rule b when encrypted then "
         "sign never",
         VERDICT_DELIVER},
        {"rule a when encrypted then sign required rule b then sign required",
         VERDICT_DELIVER},
        {"rule a when encrypted then sign required rule b when not encrypted "
         "then sign required",
         /* Correlation is not followed: that only asks for more care. */
         VERDICT_UNDECIDED},
        {"rule a when encrypted then sign required rule b then refuse fr \"f\" "
         "en \"e\"",
         VERDICT_REFUSE},
        {"rule a when encrypted then refuse fr \"f\" en \"e\" rule b then "
         "refuse fr \"g\" en \"h\"",
         VERDICT_UNDECIDED},
        {"rule a when encrypted then defer rule b then sign required",
         VERDICT_UNDECIDED},
        {"rule a when encrypted then on none refuse", VERDICT_UNDECIDED},
        {"rule a when encrypted and login is nobody then refuse fr \"f\" en "
         "\"e\"",
         VERDICT_DELIVER},
        {"rule a when encrypted or submitted then refuse fr \"f\" en \"e\"",
         VERDICT_REFUSE},
        {"label l when encrypted rule a when not labelled then accept rule b "
         "then encrypt required",
         VERDICT_UNDECIDED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Policy) policy = given_policy(rows[i].rules);
        g_autoptr(PolicyFacts) facts = given_facts();
        facts->is_encrypted = facts->is_signed = TRUTH_UNKNOWN;
        g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
        if (decision->verdict != rows[i].verdict)
            fail_msg("%s\n%s", rows[i].rules, decision->trace->str);
        assert_int_equal(decision->undecided != NULL,
                         rows[i].verdict == VERDICT_UNDECIDED);
    }
}

static void
too_many_worlds_decide_nothing(void **state)
{
    (void)state;
    g_autoptr(GString) rules = g_string_new(NULL);
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        g_string_append_printf(rules, "rule r%u when encrypted then on %s %s\n",
                               i, policy_class_get_name((PolicyClass)i),
                               i == 0 ? "refuse" : "defer");
    g_string_append(rules, "rule last then encrypt never");
    g_autoptr(Policy) policy = given_policy(rules->str);
    g_autoptr(PolicyFacts) facts = given_facts();
    facts->is_encrypted = TRUTH_UNKNOWN;
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_int_equal(decision->verdict, VERDICT_UNDECIDED);
    assert_non_null(strstr(decision->undecided, "rule r0"));
    facts->is_encrypted = TRUTH_TRUE;
    g_autoptr(PolicyDecision) known = policy_evaluate(policy, facts, 0);
    assert_int_equal(known->verdict, VERDICT_DELIVER);
    assert_int_equal(known->on[CLASS_CLOCK], ON_DEFER);
}

static void
the_highest_certain_label_is_named(void **state)
{
    (void)state;
    g_autoptr(Policy) policy =
        given_policy("label low level 1 when submitted\n"
                     "label mid level 5 when login\n"
                     "label also level 5 when login\n"
                     "label high level 9 when encrypted\n"
                     "rule r when labelled then encrypt required");
    g_autoptr(PolicyFacts) facts = given_facts();
    facts->is_encrypted = TRUTH_UNKNOWN;
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    assert_int_equal(decision->level, 5);
    assert_string_equal(decision->label, "mid");
    assert_int_equal(decision->encrypt, ENCRYPT_REQUIRED);
}

/* --- the property ------------------------------------------------------ */

static const char *const conditions[] = {
    "recipient is inside",
    "recipient is not outside",
    "recipient in l",
    "recipient not in l",
    "recipient matches \"^b\"",
    "any recipient is inside",
    "every recipient is outside",
    "any recipient in l",
    "every recipient not in l",
    "sender is \"\"",
    "from in l",
    "from is not alice@example.fr",
    "submitted",
    "header \"X\"",
    "header \"X\" is \"a b\"",
    "header \"X\" has \"a\"",
    "header \"X\" has word \"b\"",
    "header \"X\" matches \"^a[^x]*$\"",
    "any header \"X\" has word \"b\"",
    "any header \"X\"",
    "subject is \"rouge\"",
    "subject is not \"rouge\"",
    "subject has \"rou\"",
    "subject has word \"rouge\"",
    "subject matches \"^r[^x]*$\"",
    "any subject has word \"rouge\"",
    "any subject is \"rouge\"",
    "any subject matches \"ge$\"",
    "kind is bounce, list",
    "kind is not ordinary",
    "signed",
    "encrypted",
    "size over 1000",
    "size under 500",
    "labelled",
    "labelled one",
    "not labelled two",
    "level at least 2",
};

/* How many of conditions may stand in a label: about the message, no label. */
#define FIRST_MESSAGE_TEST 5
#define LABEL_TESTS        29

static const char *const encrypts[] = {"encrypt never", "encrypt if-possible",
                                       "encrypt required", "encrypt by-sender",
                                       "encrypt required for this recipient"};
static const char *const signs[] = {"sign never", "sign if-possible",
                                    "sign required"};
static const char *const verdicts[] = {
    "refuse fr \"a\" en \"b\"", "refuse fr \"c\" en \"d\"", "defer", "accept"};
static const char *const ons[] = {"on none refuse", "on none clear",
                                  "on lost defer"};

static const char *
pick(GRand *random, const char *const *words, gint32 count)
{
    return words[g_rand_int_range(random, 0, count)];
}

static void
write_condition(GRand *random, GString *text, unsigned depth, bool label)
{
    gint32 choice = depth == 0 ? 0 : g_rand_int_range(random, 0, 5);
    if (choice <= 1) {
        if (label)
            g_string_append(
                text,
                conditions[g_rand_int_range(random, FIRST_MESSAGE_TEST,
                                            FIRST_MESSAGE_TEST + LABEL_TESTS)]);
        else
            g_string_append(text,
                            pick(random, conditions, G_N_ELEMENTS(conditions)));
        return;
    }
    g_string_append(text, choice == 2 ? "not (" : "(");
    write_condition(random, text, depth - 1, label);
    if (choice > 2) {
        g_string_append(text, choice == 3 ? " and " : " or ");
        write_condition(random, text, depth - 1, label);
    }
    g_string_append_c(text, ')');
}

static void
write_orders(GRand *random, GString *text)
{
    const char *orders[5] = {NULL};
    unsigned count = 0;
    if (g_rand_boolean(random))
        orders[count++] = pick(random, encrypts, G_N_ELEMENTS(encrypts));
    if (g_rand_int_range(random, 0, 3) == 0)
        orders[count++] = pick(random, signs, G_N_ELEMENTS(signs));
    if (g_rand_int_range(random, 0, 4) == 0)
        orders[count++] = pick(random, ons, G_N_ELEMENTS(ons));
    if (count == 0 || g_rand_int_range(random, 0, 4) == 0)
        orders[count++] = pick(random, verdicts, G_N_ELEMENTS(verdicts));
    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? " then " : ", ",
                               orders[i]);
    g_string_append_c(text, '\n');
}

static char *
make_policy(GRand *random)
{
    GString *text = g_string_new("policy 1\nlist l = bob@partner.example, "
                                 ".gmail.com\nlabel one level 1 when ");
    write_condition(random, text, 2, true);
    g_string_append(text, "\nlabel two level 2 when ");
    write_condition(random, text, 1, true);
    g_string_append_c(text, '\n');
    gint32 count = g_rand_int_range(random, 1, 8);
    for (gint32 i = 0; i < count; i++) {
        g_string_append_printf(text, "rule r%d when ", i);
        write_condition(random, text, 2, false);
        write_orders(random, text);
    }
    return g_string_free(text, FALSE);
}

static const char *const addresses[] = {"bob@partner.example", "a@gmail.com",
                                        "dave@example.fr"};
static const char *const subjects[] = {
    "rouge",   "re: rouge",    "rougeole", "rougeoyant",
    "rouge x", "un rouge vif", "bonjour",  ""};
static const char *const values[] = {"a b", "a", "b", "ab", "a x b", "c"};

/* What reading half of it would have given. */
static char *
spoil(const char *text)
{
    return g_strdup_printf("%.*s\ufffd", (int)(strlen(text) / 2), text);
}

static void
fill_texts(GRand *random, PolicyTexts *texts, bool known, bool dropped)
{
    const char *text = pick(random, subjects, G_N_ELEMENTS(subjects));
    g_autofree char *half = spoil(text);
    if (known || !dropped)
        given_texts(texts, known ? text : half);
    texts->incomplete = !known;
}

/* The same facts for the same seed; each bit of unknown takes one away. */
static PolicyFacts *
make_facts(guint32 seed, guint32 unknown)
{
    GRand *random = g_rand_new_with_seed(seed);
    PolicyFacts *facts = given_facts();
    g_ptr_array_set_size(facts->recipients, 0);
    for (unsigned i = 0; i < 2; i++) {
        const char *address = pick(random, addresses, G_N_ELEMENTS(addresses));
        Truth inside = g_rand_boolean(random) ? TRUTH_TRUE : TRUTH_FALSE;
        bool hidden = (unknown & (1u << (12 + i))) != 0;
        bool open = (unknown & (1u << i)) != 0;
        g_ptr_array_add(facts->recipients,
                        policy_recipient_new(hidden ? "" : address,
                                             open ? TRUTH_UNKNOWN : inside));
    }
    facts->submitted = g_rand_boolean(random) ? TRUTH_TRUE : TRUTH_FALSE;
    facts->is_signed = g_rand_boolean(random) ? TRUTH_TRUE : TRUTH_FALSE;
    facts->is_encrypted = g_rand_boolean(random) ? TRUTH_TRUE : TRUTH_FALSE;
    facts->kinds = 1u << g_rand_int_range(random, 0, 7);
    facts->size_bytes = (guint64)g_rand_int_range(random, 0, 2000);
    fill_texts(random, &facts->subject, (unknown & 4) == 0, false);
    fill_texts(random, &facts->inner_subject, (unknown & 8) == 0, true);
    const char *from = pick(random, addresses, G_N_ELEMENTS(addresses));
    given_texts(&facts->from, (unknown & 16) != 0 ? NULL : from);
    facts->from.incomplete = (unknown & 16) != 0;
    for (unsigned i = 0; i < 2; i++) {
        const char *value = pick(random, values, G_N_ELEMENTS(values));
        g_autofree char *half = spoil(value);
        bool bad = (unknown & (32u << i)) != 0;
        bool there = g_rand_boolean(random);
        if (i == 0 && there)
            g_ptr_array_add(facts->fields,
                            policy_field_new("X", bad ? half : value, bad));
        else if (there && !bad)
            g_ptr_array_add(facts->inner_fields,
                            policy_field_new("X", value, false));
        if (i == 1)
            facts->inner_incomplete = bad;
    }
    facts->submitted = (unknown & 128) != 0 ? TRUTH_UNKNOWN : facts->submitted;
    facts->is_signed = (unknown & 256) != 0 ? TRUTH_UNKNOWN : facts->is_signed;
    if ((unknown & 512) != 0)
        facts->is_encrypted = TRUTH_UNKNOWN;
    facts->kinds = (unknown & 1024) != 0 ? 0 : facts->kinds;
    facts->size_known = (unknown & 2048) == 0;
    g_rand_free(random);
    return facts;
}

static bool
is_same(const PolicyDecision *a, const PolicyDecision *b)
{
    if (a->verdict != b->verdict || a->text_fr != b->text_fr ||
        a->text_en != b->text_en)
        return false;
    if (a->verdict == VERDICT_REFUSE)
        return true;
    return a->encrypt == b->encrypt &&
           a->encrypt_only_here == b->encrypt_only_here && a->sign == b->sign &&
           memcmp(a->on, b->on, sizeof a->on) == 0;
}

typedef struct {
    unsigned same;
    unsigned undecided;
} Tally;

/* known: facts lost; more: the same and others lost. */
static void
compare(const Policy *policy, guint32 seed, guint32 known, guint32 more,
        const char *text, Tally *tally)
{
    g_autoptr(PolicyFacts) less_facts = make_facts(seed, known);
    g_autoptr(PolicyFacts) more_facts = make_facts(seed, known | more);
    g_autoptr(PolicyDecision) less = policy_evaluate(policy, less_facts, 0);
    g_autoptr(PolicyDecision) other = policy_evaluate(policy, more_facts, 0);
    g_autoptr(GPtrArray) all = policy_evaluate_all(policy, more_facts);
    g_autoptr(PolicyDecision) second = policy_evaluate(policy, more_facts, 1);
    const PolicyDecision *of_all[2] = {g_ptr_array_index(all, 0),
                                       g_ptr_array_index(all, 1)};
    assert_string_equal(of_all[0]->trace->str, other->trace->str);
    assert_string_equal(of_all[1]->trace->str, second->trace->str);
    assert_true(is_same(of_all[0], other) && is_same(of_all[1], second));
    if (known == 0)
        assert_int_not_equal(less->verdict, VERDICT_UNDECIDED);
    if (other->verdict == VERDICT_UNDECIDED)
        tally->undecided++;
    else if (is_same(less, other))
        tally->same++;
    else
        fail_msg("unknown %x, then %x:\n%s\n%s\n%s", known, more, text,
                 less->trace->str, other->trace->str);
}

static void
what_is_unknown_never_changes_a_decision(void **state)
{
    (void)state;
    GRand *random = g_rand_new_with_seed(20261124);
    Tally tally = {0, 0};
    unsigned policies = 0;
    while (policies < 400) {
        g_autofree char *text = make_policy(random);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Policy) policy =
            policy_parse("policy", text, strlen(text), problems);
        if (problems_count(problems) > 0) {
            /* Contradictory orders are the only mistake it can make. */
            assert_non_null(strstr(problems_get(problems, 0), "rule r"));
            continue;
        }
        policies++;
        for (unsigned i = 0; i < 14; i++) {
            guint32 seed = g_rand_int(random);
            compare(policy, seed, 0, 1u << i, text, &tally);
            guint32 some = g_rand_int(random) & g_rand_int(random);
            compare(policy, seed, 0, some, text, &tally);
            compare(policy, seed, some, g_rand_int(random), text, &tally);
        }
    }
    g_rand_free(random);
    /* Neither answer may be the only one, or nothing was tried. */
    assert_true(tally.same > 1000);
    assert_true(tally.undecided > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_wins_for_each_aspect),
        cmocka_unit_test(accept_closes_what_is_still_open),
        cmocka_unit_test(no_rule_is_neutral),
        cmocka_unit_test(an_unknown_condition_counts_only_where_it_matters),
        cmocka_unit_test(too_many_worlds_decide_nothing),
        cmocka_unit_test(the_highest_certain_label_is_named),
        cmocka_unit_test(what_is_unknown_never_changes_a_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
