/* SPDX-License-Identifier: BSD-2-Clause */
/* Policy: the facade. Load, evaluate, explain. */
#include "policy/policy.h"

#include "policy/actions.h"
#include "policy/ast.h"
#include "policy/check.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/lint.h"
#include "policy/parser.h"
#include "policy/tags.h"

#include "base/clock.h"
#include "base/lexer.h"

#define FILE_LIMIT_BYTES (1024 * 1024)

struct Policy {
    Tree *tree;
    char *hash;
    bool needs_body;
};

/* --- facts ------------------------------------------------------------- */

PolicyFacts *
policy_facts_new(void)
{
    PolicyFacts *facts = g_new0(PolicyFacts, 1);
    facts->sender = g_strdup("");
    facts->submitted = TRUTH_UNKNOWN;
    facts->is_signed = TRUTH_UNKNOWN;
    facts->is_encrypted = TRUTH_UNKNOWN;
    facts->now_s = clock_now();
    facts->fields =
        g_ptr_array_new_with_free_func((GDestroyNotify)policy_field_free);
    facts->inner_fields =
        g_ptr_array_new_with_free_func((GDestroyNotify)policy_field_free);
    facts->recipients =
        g_ptr_array_new_with_free_func((GDestroyNotify)policy_recipient_free);
    return facts;
}

void
policy_facts_free(PolicyFacts *facts)
{
    if (facts == NULL)
        return;
    g_free(facts->sender);
    g_free(facts->login);
    g_free(facts->service);
    g_strfreev(facts->from.texts);
    g_strfreev(facts->subject.texts);
    g_strfreev(facts->inner_subject.texts);
    g_ptr_array_unref(facts->fields);
    g_ptr_array_unref(facts->inner_fields);
    g_ptr_array_unref(facts->recipients);
    g_free(facts);
}

PolicyField *
policy_field_new(const char *name, const char *value, bool undecodable)
{
    PolicyField *field = g_new0(PolicyField, 1);
    field->name = g_strdup(name);
    field->value = g_strdup(value);
    field->undecodable = undecodable;
    return field;
}

void
policy_field_free(PolicyField *field)
{
    if (field == NULL)
        return;
    g_free(field->name);
    g_free(field->value);
    g_free(field);
}

PolicyRecipient *
policy_recipient_new(const char *address, Truth inside)
{
    PolicyRecipient *recipient = g_new0(PolicyRecipient, 1);
    recipient->address = g_strdup(address);
    recipient->inside = inside;
    return recipient;
}

void
policy_recipient_free(PolicyRecipient *recipient)
{
    if (recipient == NULL)
        return;
    g_free(recipient->address);
    g_free(recipient);
}

/* --- decisions --------------------------------------------------------- */

const char *
policy_class_get_name(PolicyClass class)
{
    return class < CLASS_COUNT ? actions_classes[class].name : "";
}

void
policy_decision_free(PolicyDecision *decision)
{
    if (decision == NULL)
        return;
    g_free(decision->undecided);
    if (decision->trace != NULL)
        g_string_free(decision->trace, TRUE);
    g_free(decision);
}

char *
policy_explain(const PolicyDecision *decision)
{
    return explain_decision(decision);
}

/* --- the policy -------------------------------------------------------- */

static void
note_moment(Node *test, void *pointer)
{
    bool *needs_body = pointer;
    *needs_body = *needs_body || test->fact->moment == MOMENT_BODY;
}

/* The decision names the labels too, so those no rule asks for count. */
static bool
find_body_fact(const Tree *tree)
{
    bool needs_body = false;
    for (guint i = 0; i < tree->labels->len; i++)
        ast_visit(((Label *)g_ptr_array_index(tree->labels, i))->when,
                  note_moment, &needs_body);
    for (guint i = 0; i < tree->rules->len; i++)
        ast_visit(((Rule *)g_ptr_array_index(tree->rules, i))->when,
                  note_moment, &needs_body);
    return needs_body;
}

Policy *
policy_parse(const char *file, const char *bytes, size_t size_bytes,
             Problems *problems)
{
    unsigned before = problems_count(problems);
    Policy *policy = g_new0(Policy, 1);
    g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
    Position at = {.file = g_intern_string(file)};
    if (size_bytes > FILE_LIMIT_BYTES) {
        problems_add(problems, &at, "a policy has at most 1 MiB");
        size_bytes = 0;
    }
    g_checksum_update(hash, (const guchar *)bytes, (gssize)size_bytes);
    g_autoptr(Lexer) lexer = lexer_new(file, bytes, size_bytes, problems);
    policy->tree = parser_parse(lexer, problems);
    check_tree(policy->tree, file, hash, problems);
    if (problems_count(problems) == before)
        lint_tree(policy->tree, problems);
    policy->needs_body = find_body_fact(policy->tree);
    policy->hash = g_strdup(g_checksum_get_string(hash));
    return policy;
}

Policy *
policy_load(const char *path, Problems *problems)
{
    Position at = {.file = g_intern_string(path)};
    g_autoptr(GBytes) bytes =
        addresses_read_file(path, FILE_LIMIT_BYTES, &at, problems);
    if (bytes == NULL) {
        Policy *policy = g_new0(Policy, 1);
        policy->tree = ast_new();
        policy->hash = g_strdup("");
        return policy;
    }
    gsize size_bytes = 0;
    const char *text = g_bytes_get_data(bytes, &size_bytes);
    return policy_parse(path, text != NULL ? text : "", size_bytes, problems);
}

void
policy_free(Policy *policy)
{
    if (policy == NULL)
        return;
    ast_free(policy->tree);
    g_free(policy->hash);
    g_free(policy);
}

PolicyDecision *
policy_evaluate(const Policy *policy, const PolicyFacts *facts,
                unsigned recipient)
{
    g_autoptr(Judge) judge = judge_new(policy->tree, facts);
    return evaluate_tree(policy->tree, judge,
                         recipient < facts->recipients->len
                             ? g_ptr_array_index(facts->recipients, recipient)
                             : NULL);
}

GPtrArray *
policy_evaluate_all(const Policy *policy, const PolicyFacts *facts)
{
    GPtrArray *decisions =
        g_ptr_array_new_with_free_func((GDestroyNotify)policy_decision_free);
    g_autoptr(Judge) judge = judge_new(policy->tree, facts);
    for (guint i = 0; i < facts->recipients->len; i++)
        g_ptr_array_add(decisions,
                        evaluate_tree(policy->tree, judge,
                                      g_ptr_array_index(facts->recipients, i)));
    return decisions;
}

bool
policy_needs_body(const Policy *policy)
{
    return policy->needs_body;
}

char *
policy_strip_tags(const Policy *policy, const char *subject)
{
    return tags_strip(policy->tree, subject);
}

const char *
policy_get_hash(const Policy *policy)
{
    return policy->hash;
}
