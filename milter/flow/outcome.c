/* SPDX-License-Identifier: BSD-2-Clause */
/* Outcome: what shall be done with a message; complete and without effect. */
#include "flow/outcome.h"

#include <string.h>

#define CHUNK_BYTES 65536

static void
reason_free(gpointer pointer)
{
    OutcomeReason *reason = pointer;
    g_free(reason->address);
    g_free(reason->class_name);
    g_free(reason->rule);
    g_free(reason->text_en);
    g_free(reason->text_fr);
    g_free(reason);
}

static void
report_free(gpointer pointer)
{
    OutcomeReport *report = pointer;
    g_free(report->address);
    g_free(report->reason);
    g_free(report->rule);
    g_free(report->certificate);
    g_free(report->gateway);
    g_free(report);
}

static void
change_free(gpointer pointer)
{
    OutcomeChange *change = pointer;
    g_free(change->name);
    g_free(change->value);
    g_free(change);
}

static void
copy_free(gpointer pointer)
{
    outcome_copy_free(pointer);
}

Outcome *
outcome_new(void)
{
    Outcome *outcome = g_new0(Outcome, 1);
    outcome->kind = OUTCOME_LATER;
    outcome->reasons = g_ptr_array_new_with_free_func(reason_free);
    outcome->reports = g_ptr_array_new_with_free_func(report_free);
    outcome->changes = g_ptr_array_new_with_free_func(change_free);
    outcome->removed = g_ptr_array_new();
    outcome->copies = g_ptr_array_new_with_free_func(copy_free);
    return outcome;
}

void
outcome_body_clear(OutcomeBody *body)
{
    g_clear_pointer(&body->entity, entity_unref);
    g_clear_pointer(&body->spool, spool_unref);
}

void
outcome_copy_free(OutcomeCopy *copy)
{
    if (copy == NULL)
        return;
    g_ptr_array_unref(copy->fields);
    g_ptr_array_unref(copy->recipients);
    outcome_body_clear(&copy->body);
    g_free(copy);
}

void
outcome_free(Outcome *outcome)
{
    if (outcome == NULL)
        return;
    g_ptr_array_unref(outcome->reasons);
    g_ptr_array_unref(outcome->reports);
    g_ptr_array_unref(outcome->changes);
    g_ptr_array_unref(outcome->removed);
    g_ptr_array_unref(outcome->copies);
    outcome_body_clear(&outcome->body);
    g_free(outcome->identity);
    g_free(outcome);
}

void
outcome_fail(Outcome *outcome, OutcomeKind kind, ReasonKind reason,
             const char *address, const char *text_en, const char *text_fr)
{
    OutcomeReason *made = g_new0(OutcomeReason, 1);
    made->kind = reason;
    made->address = g_strdup(address);
    made->text_en = g_strdup(text_en);
    made->text_fr = g_strdup(text_fr != NULL ? text_fr : text_en);
    g_ptr_array_set_size(outcome->reasons, 0);
    g_ptr_array_add(outcome->reasons, made);
    outcome->kind = kind;
}

guint64
outcome_body_get_size(const OutcomeBody *body)
{
    if (body->entity != NULL)
        return entity_get_body_size(body->entity);
    return body->spool != NULL ? spool_get_size(body->spool) : 0;
}

const void *
outcome_body_peek_at(const OutcomeBody *body, guint64 offset, gsize *size_bytes)
{
    if (body->entity != NULL)
        return entity_peek_body_at(body->entity, offset, size_bytes);
    return body->spool != NULL ? spool_peek_at(body->spool, offset, size_bytes)
                               : NULL;
}

ssize_t
outcome_body_read_at(const OutcomeBody *body, guint64 offset, void *buffer,
                     size_t size_bytes, GError **error)
{
    if (body->entity != NULL)
        return entity_read_body_at(body->entity, offset, buffer, size_bytes,
                                   error);
    if (body->spool != NULL)
        return spool_read_at(body->spool, offset, buffer, size_bytes, error);
    return 0;
}

static bool
copy_into(const OutcomeBody *body, Spool *spool, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    for (;;) {
        ssize_t got =
            outcome_body_read_at(body, offset, buffer, CHUNK_BYTES, error);
        if (got < 0)
            return false;
        if (got == 0)
            return spool_seal(spool, error);
        if (!spool_write(spool, buffer, (size_t)got, error))
            return false;
        offset += (guint64)got;
    }
}

Spool *
outcome_body_spool(const OutcomeBody *body, const SpoolSettings *settings,
                   GError **error)
{
    if (body->entity == NULL && body->spool != NULL)
        return spool_ref(body->spool);
    /* What we made ourselves may exceed the limit set for what arrives. */
    SpoolSettings roomy = *settings;
    roomy.limit_bytes = G_MAXINT64;
    g_autoptr(Spool) spool = spool_new(&roomy);
    if (!copy_into(body, spool, error))
        return NULL;
    return g_steal_pointer(&spool);
}

char *
outcome_copy_format_header(const OutcomeCopy *copy, gsize *size_bytes)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < copy->fields->len; i++) {
        const Field *field = g_ptr_array_index(copy->fields, i);
        g_string_append_printf(text, "%s:", field->name);
        g_string_append(text, field->value);
        g_string_append(text, "\r\n");
    }
    *size_bytes = text->len;
    return g_string_free(text, FALSE);
}

const char *
outcome_kind_get_name(OutcomeKind kind)
{
    switch (kind) {
    case OUTCOME_LATER:
        return "later";
    case OUTCOME_UNTOUCHED:
        return "untouched";
    case OUTCOME_REPLACE:
        return "replaced";
    case OUTCOME_REFUSE:
        return "refused";
    }
    return "later";
}
