/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz policy: any bytes as a policy; what loads is evaluated on two fixed
 * messages, one fully known and one not. */
#include "policy/policy.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void
add_text(PolicyTexts *texts, const char *text)
{
    texts->texts = g_new0(char *, 2);
    texts->texts[0] = g_strdup(text);
}

static PolicyFacts *
make_facts(bool known)
{
    PolicyFacts *facts = policy_facts_new();
    facts->now_s = known ? 1800000000 : 0;
    facts->login = g_strdup("alice");
    add_text(&facts->from, "alice@example.fr");
    add_text(&facts->subject, "Re: [CONFIDENTIEL] a b c");
    add_text(&facts->inner_subject, "diffusion restreinte");
    facts->subject.incomplete = facts->inner_subject.incomplete = !known;
    g_ptr_array_add(facts->fields,
                    policy_field_new("X", "aaaaaaaaaaaaaaaaaaaaaaaa!", !known));
    facts->inner_incomplete = !known;
    if (known) {
        facts->submitted = TRUTH_TRUE;
        facts->is_signed = facts->is_encrypted = TRUTH_FALSE;
        facts->kinds = POLICY_KIND_ORDINARY;
        facts->size_bytes = 1000;
        facts->size_known = true;
    }
    g_ptr_array_add(facts->recipients,
                    policy_recipient_new("bob@partner.example", TRUTH_FALSE));
    g_ptr_array_add(facts->recipients,
                    policy_recipient_new("dave@example.fr",
                                         known ? TRUTH_TRUE : TRUTH_UNKNOWN));
    return facts;
}

static void
evaluate(const Policy *policy, bool known)
{
    g_autoptr(PolicyFacts) facts = make_facts(known);
    for (unsigned i = 0; i < 3; i++) {
        g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, i);
        g_autofree char *text = policy_explain(decision);
        if ((decision->verdict == VERDICT_UNDECIDED) !=
                (decision->undecided != NULL) ||
            *text == '\0')
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Policy) policy =
        policy_parse("fuzz", (const char *)bytes, size_bytes, problems);
    if (problems_count(problems) == 0) {
        evaluate(policy, true);
        evaluate(policy, false);
    }
    return 0;
}
