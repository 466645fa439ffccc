/* SPDX-License-Identifier: BSD-2-Clause */
/* Listen: the socket by which the MTA reaches us, and who else could. */
#ifndef SCEAU_DAEMON_LISTEN_H
#define SCEAU_DAEMON_LISTEN_H

#include "daemon/privileges.h"
#include "flow/setup.h"

#include <glib.h>
#include <stdbool.h>

/* Whether socket is an inet socket: whoever reaches it can claim any login. */
bool listen_is_inet(const char *socket);

/* Is socket well written and safe? A unix socket: its directory exists, is
 * closed to others (mode & 007 is 0) and belongs to root or to the user we
 * become. An inet socket: a loopback address, unless sign-on-inet. Changes
 * nothing. Errors: CONFIG. */
bool listen_check(const GeneralSettings *general, const Privileges *privileges,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Checks, then opens it in libmilter, which must know its filter already. A
 * socket that nobody listens on is replaced. Call it before privileges are
 * dropped: the directory may belong to root and be closed to us. The unix
 * socket then has socket-mode and socket-group. Errors: CONFIG (in
 * use and not bindable among them). */
bool listen_open(const GeneralSettings *general, const Privileges *privileges,
                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes a unix socket away again, where we still may. */
void listen_close(const GeneralSettings *general);

#endif
