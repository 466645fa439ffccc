/* SPDX-License-Identifier: BSD-2-Clause */
/* Control server: answers "sceau status", "reload" and "refresh" over the
 * control socket (base/control.h). */
#ifndef SCEAU_DAEMON_CONTROL_SERVER_H
#define SCEAU_DAEMON_CONTROL_SERVER_H

#include "daemon/reload.h"

#include <glib.h>

/* How many are answered at once; others wait. */
#define CONTROL_SERVER_CLIENTS 4

/* Threads that serve those who connect. */
typedef struct ControlServer ControlServer;

/* fd is a socket of control_listen and taken; -1: NULL. reload must outlive
 * it. Start it after privileges are dropped: its own user may ask. */
ControlServer *control_server_new(int fd, Reload *reload);

/* Waits for what is being answered, a reload or a directory among it, within
 * their deadlines. NULL is fine. */
void control_server_free(ControlServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ControlServer, control_server_free)

#endif
