/* SPDX-License-Identifier: BSD-2-Clause */
/* Status: what sceaud is doing, for "sceau status". */
#ifndef SCEAU_DAEMON_STATUS_H
#define SCEAU_DAEMON_STATUS_H

#include "base/bulletin.h"
#include "daemon/reload.h"

#include <glib.h>

/* The whole of it: the process, its setup, directories, caches, lists,
 * counters. started_s is the process's (Unix time), started_us the same on
 * clock_monotonic_us. */
void status_write(Bulletin *bulletin, Reload *reload, gint64 started_s,
                  gint64 started_us);

#endif
