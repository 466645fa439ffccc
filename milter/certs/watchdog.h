/* SPDX-License-Identifier: BSD-2-Clause */
/* Watchdog: cuts sockets at their deadline. libldap bounds no TLS handshake;
 * shutdown(2) from outside always works. */
#ifndef SCEAU_CERTS_WATCHDOG_H
#define SCEAU_CERTS_WATCHDOG_H

#include <glib.h>

/* A thread of its own. Any thread may call. */
typedef struct Watchdog Watchdog;

Watchdog *watchdog_new(void);
void watchdog_free(Watchdog *watchdog); /* joins; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watchdog, watchdog_free)

/* From deadline_us (clock_monotonic_us) on, fd is shut down. The caller
 * disarms before it closes fd. */
void watchdog_arm(Watchdog *watchdog, int fd, gint64 deadline_us);
void watchdog_disarm(Watchdog *watchdog, int fd);

#endif
