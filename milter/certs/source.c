/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: what all sources share. */
#include "certs/source.h"

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

void
source_answer_init(SourceAnswer *answer)
{
    answer->state = SOURCE_SILENT;
    answer->values = g_ptr_array_new_with_free_func(drop_bytes);
    answer->reason = g_strdup("was not asked");
}

void
source_answer_clear(SourceAnswer *answer)
{
    g_clear_pointer(&answer->values, g_ptr_array_unref);
    g_clear_pointer(&answer->reason, g_free);
}

void
source_answer_set(SourceAnswer *answer, SourceState state, char *reason)
{
    g_free(answer->reason);
    answer->state = state;
    answer->reason = reason;
}
