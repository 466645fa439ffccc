/* SPDX-License-Identifier: BSD-2-Clause */
/* Session: libmilter's callbacks. They collect an envelope and a message,
 * call the story, and never decide. */
#ifndef SCEAU_DAEMON_SESSION_H
#define SCEAU_DAEMON_SESSION_H

#include "base/state.h"
#include "daemon/reload.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include <libmilter/mfapi.h>

/* What all connections share; must stay until session_stop was true. */
typedef struct {
    Reload *reload;
    State *state;
    bool inet; /* logins are believed only with sign-on-inet */
} SessionWorld;

/* The filter for smfi_register. Any surprise in a callback is a temporary
 * failure. libmilter's callbacks carry no data of ours, so the world is kept
 * in the file: once per process. */
struct smfiDesc session_get_filter(const SessionWorld *world);

/* No message is begun or ended from now on (they are deferred); waits for
 * those under way until deadline_us (clock_monotonic_us). False: some still
 * run, so world must not be freed. */
bool session_stop(gint64 deadline_us);

#endif
