/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that answers when its gate is open, as it is told to. */
#ifndef SCEAU_TESTS_GATE_SOURCE_H
#define SCEAU_TESTS_GATE_SOURCE_H

#include "certs/source.h"
#include "tests/fakes/pki.h"

#include <glib.h>
#include <stdbool.h>

typedef struct {
    Source source;
    GMutex lock;
    GCond changed;
    bool open;
    SourceState state;
    const char *certificate; /* of every address; NULL: none */
    bool proven;
    guint inside, calls, asked; /* under way; searches; addresses */
} Gate;

static inline void
gate_find(Source *source, const char *const *addresses, guint count,
          gint64 deadline_us, SourceAnswer *answers)
{
    Gate *gate = (Gate *)(gpointer)source;
    (void)addresses;
    (void)deadline_us;
    g_mutex_lock(&gate->lock);
    gate->calls++;
    gate->asked += count;
    gate->inside++;
    g_cond_broadcast(&gate->changed);
    while (!gate->open)
        g_cond_wait(&gate->changed, &gate->lock);
    gate->inside--;
    for (guint i = 0; i < count; i++) {
        source_answer_set(
            &answers[i], gate->state,
            g_strdup(gate->state == SOURCE_ANSWERED ? NULL : "fake"));
        answers[i].proven = gate->proven;
        if (gate->state != SOURCE_ANSWERED || gate->certificate == NULL)
            continue;
        g_autoptr(Certificate) made = pki_certificate(gate->certificate);
        g_ptr_array_add(
            answers[i].values,
            source_value_new(g_bytes_ref(certificate_get_der(made)), NULL));
    }
    g_mutex_unlock(&gate->lock);
}

/* The test's own. */
static inline void
gate_keep(Source *source)
{
    (void)source;
}

static inline void
gate_init(Gate *gate, const char *name)
{
    static char *const none[] = {NULL};
    *gate = (Gate){.source = {.name = name,
                              .domains = none,
                              .find = gate_find,
                              .destroy = gate_keep},
                   .open = true,
                   .proven = true,
                   .state = SOURCE_ANSWERED};
    g_mutex_init(&gate->lock);
    g_cond_init(&gate->changed);
}

static inline void
gate_set_open(Gate *gate, bool open)
{
    g_mutex_lock(&gate->lock);
    gate->open = open;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->lock);
}

static inline void
gate_say(Gate *gate, SourceState state, const char *certificate)
{
    g_mutex_lock(&gate->lock);
    gate->state = state;
    gate->certificate = certificate;
    g_mutex_unlock(&gate->lock);
}

static inline void
gate_wait_inside(Gate *gate, guint count)
{
    g_mutex_lock(&gate->lock);
    while (gate->inside < count)
        g_cond_wait(&gate->changed, &gate->lock);
    g_mutex_unlock(&gate->lock);
}

static inline guint
gate_count(Gate *gate)
{
    g_mutex_lock(&gate->lock);
    guint calls = gate->calls;
    g_mutex_unlock(&gate->lock);
    return calls;
}

#endif
