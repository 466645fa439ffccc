/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: what all sources share. */
#include "certs/source.h"

#include <string.h>

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

/* --- shared ------------------------------------------------------------ */

SourceAnswer *
source_answer_share(SourceAnswer *answer, gint64 now_us)
{
    SourceAnswer *shared = g_atomic_rc_box_new(SourceAnswer);
    *shared = *answer;
    shared->time_us = now_us;
    *answer = (SourceAnswer){.state = SOURCE_SILENT};
    return shared;
}

SourceAnswer *
source_answer_ref(SourceAnswer *shared)
{
    return g_atomic_rc_box_acquire(shared);
}

static void
clear_shared(gpointer shared)
{
    source_answer_clear(shared);
}

void
source_answer_unref(SourceAnswer *shared)
{
    if (shared != NULL)
        g_atomic_rc_box_release_full(shared, clear_shared);
}

/* A piece of memory has a head of its own. */
#define PIECE_BYTES 24
#define ARRAY_BYTES (2 * PIECE_BYTES + 48)

static gsize
reckon_text(const char *text)
{
    return text != NULL ? strlen(text) + PIECE_BYTES : 0;
}

static gsize
reckon_bytes(GBytes *bytes)
{
    return bytes != NULL ? g_bytes_get_size(bytes) + 3 * PIECE_BYTES + 40 : 0;
}

gsize
source_answer_reckon(const SourceAnswer *shared)
{
    gsize sum = sizeof *shared + PIECE_BYTES + 3 * ARRAY_BYTES;
    sum += reckon_text(shared->server) + reckon_text(shared->filter) +
           reckon_text(shared->entry) + reckon_text(shared->reason);
    for (guint i = 0; i < shared->values->len; i++) {
        const SourceValue *value = g_ptr_array_index(shared->values, i);
        sum += sizeof *value + PIECE_BYTES + reckon_bytes(value->der) +
               reckon_bytes(value->capabilities);
    }
    for (guint i = 0; i < shared->chain->len; i++)
        sum += reckon_bytes(g_ptr_array_index(shared->chain, i));
    for (guint i = 0; i < shared->owned->len; i++)
        sum += reckon_text(g_ptr_array_index(shared->owned, i));
    return sum;
}
