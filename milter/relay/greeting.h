/* SPDX-License-Identifier: BSD-2-Clause */
/* Greeting: from a connection to a relay that is ready for a transaction. */
#ifndef SCEAU_RELAY_GREETING_H
#define SCEAU_RELAY_GREETING_H

#include "relay/relay.h"
#include "relay/smtp.h"

#include <stdbool.h>

/* What the relay offers us after the last EHLO. */
typedef struct {
    bool dsn, eight_bit, utf8, start_tls, auth_plain;
} Greeting;

/* Connects, says EHLO, starts TLS when settings name a tls-ca, logs in when
 * they name a login. NULL: TEMPORARY (it is away, or says no for now), CONFIG
 * (rights, TLS, the login). */
Smtp *greeting_exchange(const RelaySettings *settings, Greeting *greeting,
                        GError **error);

#endif
