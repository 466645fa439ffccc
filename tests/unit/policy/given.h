/* SPDX-License-Identifier: BSD-2-Clause */
/* Given: what the tests of this room start from. */
#ifndef SCEAU_TESTS_POLICY_GIVEN_H
#define SCEAU_TESTS_POLICY_GIVEN_H

#include "policy/policy.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A policy that has no mistake; the version line is put in front. */
static inline Policy *
given_policy(const char *rules)
{
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *text = g_strconcat("policy 1\n", rules, NULL);
    Policy *policy = policy_parse("policy", text, strlen(text), problems);
    if (problems_count(problems) > 0) {
        problems_print(problems, stderr);
        fail_msg("the policy was not to have a mistake");
    }
    return policy;
}

/* What problems say of a policy, a line each. */
static inline char *
given_mistakes(const char *text)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Policy) policy =
        policy_parse("policy", text, strlen(text), problems);
    assert_non_null(policy);
    GString *lines = g_string_new(NULL);
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        g_string_append_printf(lines, "%s\n", problems_get(problems, i));
    return g_string_free(lines, FALSE);
}

/* A table of policies, each with what must be said of it; "": nothing. */
typedef struct {
    const char *text;
    const char *said;
} GivenMistake;

static inline void
given_check_mistakes(const GivenMistake *rows, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        g_autofree char *text = g_strconcat("policy 1\n", rows[i].text, NULL);
        g_autofree char *lines = given_mistakes(text);
        bool right = *rows[i].said == '\0'
                         ? *lines == '\0'
                         : strstr(lines, rows[i].said) != NULL;
        if (!right)
            fail_msg("%s\nwas to say: %s\nsaid: %s", rows[i].text, rows[i].said,
                     lines);
    }
}

static inline void
given_texts(PolicyTexts *texts, const char *text)
{
    g_strfreev(texts->texts);
    texts->texts = g_new0(char *, 2);
    texts->texts[0] = g_strdup(text);
}

/* An ordinary mail of alice, submitted, complete, to bob outside. */
static inline PolicyFacts *
given_facts(void)
{
    PolicyFacts *facts = policy_facts_new();
    g_free(facts->sender);
    facts->sender = g_strdup("alice@example.fr");
    given_texts(&facts->from, "alice@example.fr");
    given_texts(&facts->subject, "Bonjour");
    facts->login = g_strdup("alice");
    facts->submitted = TRUTH_TRUE;
    facts->kinds = POLICY_KIND_ORDINARY;
    facts->is_signed = facts->is_encrypted = TRUTH_FALSE;
    facts->size_bytes = 2000;
    facts->size_known = true;
    facts->now_s = 1800000000;
    g_ptr_array_add(facts->recipients,
                    policy_recipient_new("bob@partner.example", TRUTH_FALSE));
    return facts;
}

/* The truth of a condition: whether its rule applies, or none could say. */
static inline Truth
given_truth(const char *lists, const char *condition, const PolicyFacts *facts)
{
    g_autofree char *rules = g_strdup_printf(
        "%s\nrule r\n  when %s\n  then refuse fr \"f\" en \"e\"", lists,
        condition);
    g_autoptr(Policy) policy = given_policy(rules);
    g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, 0);
    if (decision->verdict == VERDICT_UNDECIDED)
        return TRUTH_UNKNOWN;
    return decision->verdict == VERDICT_REFUSE ? TRUTH_TRUE : TRUTH_FALSE;
}

#endif
