/* SPDX-License-Identifier: BSD-2-Clause */
/* Conclude: a plan that delivers, and its sealed entities -> the outcome. */
#include "flow/conclude.h"

#include <string.h>

/* --- in place ---------------------------------------------------------- */

/* RFC 5322 3.6.3: blind copies are nobody else's business; a sealed message
 * leaves without them. */
static bool
is_blind(const char *name)
{
    return g_ascii_strcasecmp(name, "Bcc") == 0 ||
           g_ascii_strcasecmp(name, "Resent-Bcc") == 0;
}

static bool
is_replaced(const char *name)
{
    return entity_is_mime_field(name) || is_blind(name);
}

static unsigned
count_before(const Message *message, unsigned index)
{
    const char *name = message_get_field(message, index)->name;
    unsigned count = 0;
    for (unsigned i = 0; i < index; i++)
        if (g_ascii_strcasecmp(message_get_field(message, i)->name, name) == 0)
            count++;
    return count;
}

static void
add_change(GPtrArray *changes, const char *name, const char *value,
           unsigned instance)
{
    OutcomeChange *change = g_new0(OutcomeChange, 1);
    change->name = g_strdup(name);
    change->value = g_strdup(value);
    change->instance = instance;
    g_ptr_array_add(changes, change);
}

/* Deletions go from the last field to the first, so that each name is deleted
 * from its highest instance down: Postfix renumbers after each. */
static void
change_header(Outcome *outcome, const Message *message, const Entity *entity)
{
    for (unsigned i = message_count_fields(message); i > 0; i--) {
        const Field *field = message_get_field(message, i - 1);
        if (is_replaced(field->name))
            add_change(outcome->changes, field->name, NULL,
                       count_before(message, i - 1) + 1);
    }
    add_change(outcome->changes, "MIME-Version", " 1.0", 0);
    const GPtrArray *fields = entity_get_fields(entity);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        add_change(outcome->changes, field->name, field->value, 0);
    }
}

static void
remove_others(Outcome *outcome, const Plan *plan, const Envelope *envelope,
              const PlanGroup *kept)
{
    for (unsigned i = 0; i < plan->line_count; i++) {
        bool stays = false;
        for (guint k = 0; kept != NULL && k < kept->recipients->len; k++)
            stays = stays || g_array_index(kept->recipients, unsigned, k) == i;
        if (!stays)
            g_ptr_array_add(
                outcome->removed,
                (gpointer)(guintptr)envelope_get_recipient(envelope, i));
    }
}

/* --- copies ------------------------------------------------------------ */

static const char *
action_of(PlanTreatment treatment)
{
    switch (treatment) {
    case TREAT_REFUSE:
        return "refused";
    case TREAT_LATER:
        return "deferred";
    case TREAT_SENT:
        return "already-sent";
    case TREAT_UNTOUCHED:
        return "clear";
    case TREAT_SIGN:
        return "signed";
    case TREAT_ENCRYPT:
        return "encrypted";
    case TREAT_SIGN_ENCRYPT:
        return "signed+encrypted";
    }
    return "deferred";
}

static void
free_field(gpointer field)
{
    field_free(field);
}

static GPtrArray *
make_copy_header(const Message *message, const Entity *entity)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(free_field);
    for (unsigned i = 0; i < message_count_fields(message); i++) {
        const Field *field = message_get_field(message, i);
        bool dropped =
            entity != NULL ? is_replaced(field->name) : is_blind(field->name);
        if (!dropped)
            g_ptr_array_add(fields, field_new(field->name, field->value));
    }
    if (entity == NULL)
        return fields;
    g_ptr_array_add(fields, field_new("MIME-Version", " 1.0"));
    const GPtrArray *added = entity_get_fields(entity);
    for (guint i = 0; i < added->len; i++) {
        const Field *field = g_ptr_array_index(added, i);
        g_ptr_array_add(fields, field_new(field->name, field->value));
    }
    return fields;
}

static void
add_copy(Outcome *outcome, const PlanGroup *group, const Envelope *envelope,
         const Message *message, Spool *body, Entity *entity)
{
    OutcomeCopy *copy = g_new0(OutcomeCopy, 1);
    copy->fields = make_copy_header(message, entity);
    copy->recipients = g_ptr_array_new();
    copy->action = action_of(group->treatment);
    if (entity != NULL)
        copy->body.entity = entity_ref(entity);
    else
        copy->body.spool = spool_ref(body);
    for (guint i = 0; i < group->recipients->len; i++) {
        unsigned index = g_array_index(group->recipients, unsigned, i);
        g_ptr_array_add(
            copy->recipients,
            (gpointer)(guintptr)envelope_get_recipient(envelope, index));
    }
    g_ptr_array_add(outcome->copies, copy);
}

void
conclude_deliver(Outcome *outcome, const Plan *plan, const Envelope *envelope,
                 const Message *message, Spool *body, const GPtrArray *entities)
{
    const PlanGroup *first =
        plan->groups->len > 0 ? g_ptr_array_index(plan->groups, 0) : NULL;
    if (first != NULL && first->treatment == TREAT_UNTOUCHED &&
        first->recipients->len == plan->line_count) {
        outcome->kind = OUTCOME_UNTOUCHED;
        return;
    }
    outcome->kind = OUTCOME_REPLACE;
    remove_others(outcome, plan, envelope, first);
    Entity *in_place = first != NULL ? g_ptr_array_index(entities, 0) : NULL;
    if (in_place != NULL) {
        change_header(outcome, message, in_place);
        outcome->body.entity = entity_ref(in_place);
    }
    for (guint i = 1; i < plan->groups->len; i++)
        add_copy(outcome, g_ptr_array_index(plan->groups, i), envelope, message,
                 body, g_ptr_array_index(entities, i));
}

/* --- reasons and reports ----------------------------------------------- */

static void
add_reason(Outcome *outcome, const PlanLine *line, const char *address)
{
    OutcomeReason *reason = g_new0(OutcomeReason, 1);
    reason->kind =
        line->class == CLASS_DIRECTORY_DOWN && line->treatment == TREAT_LATER
            ? REASON_UNAVAILABLE
            : REASON_POLICY;
    reason->address = g_strdup(address);
    if (line->class != CLASS_COUNT)
        reason->class_name = g_strdup(policy_class_get_name(line->class));
    reason->rule = g_strdup(line->rule);
    reason->text_en = g_strdup(line->reason);
    reason->text_fr = g_strdup(line->reason_fr);
    g_ptr_array_add(outcome->reasons, reason);
}

void
conclude_fail(Outcome *outcome, const Plan *plan, const Envelope *envelope)
{
    bool refuse = plan->verdict == PLAN_REFUSE;
    outcome->kind = refuse ? OUTCOME_REFUSE : OUTCOME_LATER;
    for (unsigned i = 0; i < plan->line_count; i++) {
        const PlanLine *line = &plan->lines[i];
        if (line->treatment == (refuse ? TREAT_REFUSE : TREAT_LATER))
            add_reason(outcome, line,
                       envelope_get_recipient(envelope, i)->address);
    }
}

static const char *
report_action(const Outcome *outcome, const PlanLine *line)
{
    /* One recipient's fate is everybody's: nothing left. */
    if (outcome->kind == OUTCOME_REFUSE)
        return "refused";
    if (outcome->kind == OUTCOME_LATER)
        return "deferred";
    if (outcome->kind == OUTCOME_UNTOUCHED)
        return "untouched";
    return action_of(line->treatment);
}

void
conclude_report(Outcome *outcome, const Plan *plan, const Envelope *envelope)
{
    for (unsigned i = 0; i < plan->line_count; i++) {
        const PlanLine *line = &plan->lines[i];
        OutcomeReport *report = g_new0(OutcomeReport, 1);
        report->address =
            g_strdup(envelope_get_recipient(envelope, i)->address);
        report->action = report_action(outcome, line);
        if (line->class != CLASS_COUNT)
            report->class_name = policy_class_get_name(line->class);
        else if (line->certificate != NULL)
            report->class_name = "found";
        report->reason = g_strdup(line->reason);
        report->rule = g_strdup(line->rule);
        if (line->certificate != NULL)
            report->certificate =
                g_strdup(certificate_get_sha256(line->certificate));
        g_ptr_array_add(outcome->reports, report);
    }
}
