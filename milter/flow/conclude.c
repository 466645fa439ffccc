/* SPDX-License-Identifier: BSD-2-Clause */
/* Conclude: a plan that delivers, and its sealed entities -> the outcome. */
#include "flow/conclude.h"

#include <string.h>

/* --- in place ---------------------------------------------------------- */

static unsigned
get_instance(const Outer *outer, guint index)
{
    const OuterField *field = g_ptr_array_index(outer->fields, index);
    unsigned instance = 1;
    for (guint i = 0; i < index; i++) {
        const OuterField *other = g_ptr_array_index(outer->fields, i);
        if (g_ascii_strcasecmp(other->field->name, field->field->name) == 0)
            instance++;
    }
    return instance;
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

/* --- MIME's own fields ------------------------------------------------- */

static bool
is_version(const char *name)
{
    return g_ascii_strcasecmp(name, "MIME-Version") == 0;
}

/* The field that stands for those of that name which go. NULL: none. */
static const char *
find_new_value(const SealCopy *sealed, const char *name)
{
    if (sealed->entity == NULL)
        return NULL;
    if (is_version(name))
        return " 1.0";
    const GPtrArray *fields = entity_get_fields(sealed->entity);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        if (g_ascii_strcasecmp(field->name, name) == 0)
            return field->value;
    }
    return NULL;
}

/* Each change costs a packet: the first of a name is changed where it stands,
 * a MIME-Version that is good stays. */
static void
change_field(Outcome *outcome, const SealCopy *sealed, guint index)
{
    const OuterField *field = g_ptr_array_index(sealed->outer->fields, index);
    const char *name = field->field->name;
    unsigned instance = get_instance(sealed->outer, index);
    const char *value = field->value;
    if (value == NULL && instance == 1)
        value = find_new_value(sealed, name);
    if (value == NULL || strcmp(value, field->field->value) != 0)
        add_change(outcome->changes, name, value, instance);
}

static bool
stands_there(const Outer *outer, const char *name)
{
    for (guint i = 0; i < outer->fields->len; i++) {
        const OuterField *field = g_ptr_array_index(outer->fields, i);
        if (g_ascii_strcasecmp(field->field->name, name) == 0)
            return true;
    }
    return false;
}

static void
add_missing(GPtrArray *changes, const Outer *outer, const char *name,
            const char *value)
{
    if (!stands_there(outer, name))
        add_change(changes, name, value, 0);
}

/* From the last field to the first, so that each name is deleted from its
 * highest instance down: Postfix renumbers after each. */
static void
change_header(Outcome *outcome, const SealCopy *sealed)
{
    const Outer *outer = sealed->outer;
    for (guint i = outer->fields->len; i > 0; i--) {
        const OuterField *field = g_ptr_array_index(outer->fields, i - 1);
        if (field->value == NULL || field->changed)
            change_field(outcome, sealed, i - 1);
    }
    for (guint i = 0; i < outer->added->len; i++) {
        const Field *field = g_ptr_array_index(outer->added, i);
        add_change(outcome->changes, field->name, field->value, 0);
    }
    if (sealed->entity == NULL)
        return;
    add_missing(outcome->changes, outer, "MIME-Version", " 1.0");
    const GPtrArray *fields = entity_get_fields(sealed->entity);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        add_missing(outcome->changes, outer, field->name, field->value);
    }
}

static void
remove_others(Outcome *outcome, const Plan *plan, const Envelope *envelope,
              const PlanGroup *kept)
{
    g_autofree bool *stays = g_new0(bool, plan->line_count);
    for (guint k = 0; kept != NULL && k < kept->recipients->len; k++)
        stays[g_array_index(kept->recipients, unsigned, k)] = true;
    for (unsigned i = 0; i < plan->line_count; i++)
        if (!stays[i])
            g_ptr_array_add(
                outcome->removed,
                (gpointer)(guintptr)envelope_get_recipient(envelope, i));
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

static void
copy_fields(GPtrArray *to, const GPtrArray *fields)
{
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        g_ptr_array_add(to, field_new(field->name, field->value));
    }
}

static GPtrArray *
make_copy_header(const SealCopy *sealed)
{
    const Outer *outer = sealed->outer;
    GPtrArray *fields = g_ptr_array_new_with_free_func(free_field);
    for (guint i = 0; i < outer->fields->len; i++) {
        const OuterField *field = g_ptr_array_index(outer->fields, i);
        if (field->value != NULL)
            g_ptr_array_add(fields,
                            field_new(field->field->name, field->value));
    }
    copy_fields(fields, outer->added);
    if (sealed->entity == NULL)
        return fields;
    g_ptr_array_add(fields, field_new("MIME-Version", " 1.0"));
    copy_fields(fields, entity_get_fields(sealed->entity));
    return fields;
}

static void
add_copy(Outcome *outcome, const PlanGroup *group, const Envelope *envelope,
         Spool *body, const SealCopy *sealed)
{
    OutcomeCopy *copy = g_new0(OutcomeCopy, 1);
    copy->fields = make_copy_header(sealed);
    copy->recipients = g_ptr_array_new();
    copy->action = action_of(group->treatment);
    if (sealed->entity != NULL)
        copy->body.entity = entity_ref(sealed->entity);
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
                 Spool *body, const GPtrArray *sealed)
{
    const PlanGroup *first =
        plan->groups->len > 0 ? g_ptr_array_index(plan->groups, 0) : NULL;
    const SealCopy *in_place =
        first != NULL ? g_ptr_array_index(sealed, 0) : NULL;
    if (first != NULL && in_place->entity == NULL &&
        !outer_is_changed(in_place->outer) &&
        first->recipients->len == plan->line_count) {
        outcome->kind = OUTCOME_UNTOUCHED;
        return;
    }
    outcome->kind = OUTCOME_REPLACE;
    remove_others(outcome, plan, envelope, first);
    if (in_place != NULL)
        change_header(outcome, in_place);
    if (in_place != NULL && in_place->entity != NULL)
        outcome->body.entity = entity_ref(in_place->entity);
    for (guint i = 1; i < plan->groups->len; i++)
        add_copy(outcome, g_ptr_array_index(plan->groups, i), envelope, body,
                 g_ptr_array_index(sealed, i));
}

/* --- reasons and reports ----------------------------------------------- */

static void
add_reason(Outcome *outcome, const PlanLine *line, const char *address)
{
    OutcomeReason *reason = g_new0(OutcomeReason, 1);
    reason->kind =
        (line->class == CLASS_DIRECTORY_DOWN || line->class == CLASS_CLOCK) &&
                line->treatment == TREAT_LATER
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

void
conclude_refuse_dkim(Outcome *outcome)
{
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_POLICY, NULL,
                 "the message bears a DKIM signature of our own domain, which "
                 "signing or encrypting it would break",
                 "le message porte une signature DKIM de notre propre domaine, "
                 "que sa signature ou son chiffrement rendrait invalide");
}

/* Not g_format_size(), which speaks the locale's language. */
static char *
format_size(guint64 size_bytes)
{
    guint64 tenths = size_bytes / 100000;
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%u MB", tenths / 10,
                           (unsigned)(tenths % 10));
}

void
conclude_refuse_size(Outcome *outcome, guint64 size_bytes, guint64 limit_bytes)
{
    g_autofree char *size = format_size(size_bytes);
    g_autofree char *limit = format_size(limit_bytes);
    g_autofree char *english = g_strdup_printf(
        "once signed or encrypted the message would have %s, more than the %s "
        "that the mail server takes",
        size, limit);
    g_autofree char *french = g_strdup_printf(
        "une fois signé ou chiffré, le message ferait %s, plus que les %s que "
        "le serveur de messagerie accepte",
        size, limit);
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_TOO_BIG, NULL, english,
                 french);
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
        report->gateway = g_strdup(line->gateway);
        g_ptr_array_add(outcome->reports, report);
    }
}
