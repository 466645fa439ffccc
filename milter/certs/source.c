/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: what all sources share. */
#include "certs/source.h"

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

SourceValue *
source_value_new(GBytes *der, GBytes *capabilities)
{
    SourceValue *value = g_new0(SourceValue, 1);
    value->der = der;
    value->capabilities = capabilities;
    return value;
}

void
source_value_free(gpointer pointer)
{
    SourceValue *value = pointer;
    if (value == NULL)
        return;
    g_clear_pointer(&value->der, g_bytes_unref);
    g_clear_pointer(&value->capabilities, g_bytes_unref);
    g_free(value);
}

void
source_answer_init(SourceAnswer *answer)
{
    *answer = (SourceAnswer){.state = SOURCE_SILENT};
    answer->values = g_ptr_array_new_with_free_func(source_value_free);
    answer->chain = g_ptr_array_new_with_free_func(drop_bytes);
    answer->owned = g_ptr_array_new_with_free_func(g_free);
    answer->reason = g_strdup("was not asked");
}

void
source_answer_clear(SourceAnswer *answer)
{
    g_clear_pointer(&answer->values, g_ptr_array_unref);
    g_clear_pointer(&answer->chain, g_ptr_array_unref);
    g_clear_pointer(&answer->owned, g_ptr_array_unref);
    g_clear_pointer(&answer->server, g_free);
    g_clear_pointer(&answer->filter, g_free);
    g_clear_pointer(&answer->entry, g_free);
    g_clear_pointer(&answer->reason, g_free);
}

void
source_answer_set(SourceAnswer *answer, SourceState state, char *reason)
{
    g_free(answer->reason);
    answer->state = state;
    answer->reason = reason;
}
