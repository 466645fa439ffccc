/* SPDX-License-Identifier: BSD-2-Clause */
/* A fake relay: keeps what it is given, answers as it is told. */
#ifndef SCEAU_TESTS_FAKES_FAKE_RELAY_H
#define SCEAU_TESTS_FAKES_FAKE_RELAY_H

#include "relay/relay.h"

/* What the n-th begin or finish (from 0) answers; the others are RELAY_OK. */
typedef struct {
    int begin_fails; /* -1: none */
    int finish_fails;
    RelayResult result;
    int recipient;
    const char *text;
} FakeRelayPlan;

void fake_relay_reset(const FakeRelayPlan *plan);

/* One line per step: "begin <from> <to> <to>" or "renew …", "finish", "drop",
 * and after a finish the message itself. Borrowed until the next step. */
const char *fake_relay_get_log(void);

/* How many transactions are open: begun, and neither finished nor dropped. */
unsigned fake_relay_count_open(void);

/* The most connections there were at a time. */
unsigned fake_relay_count_connections(void);

#endif
