/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS probe: what is wrong with the TLS of a directory's server, in a sentence
 * for who must mend it. libldap says "can't contact" for all of it. */
#ifndef SCEAU_TOOL_TLS_PROBE_H
#define SCEAU_TOOL_TLS_PROBE_H

#include "certs/directory.h"

#include <glib.h>
#include <stdbool.h>

/* Dials uri of settings as sceaud does, with StartTLS where it would, and looks
 * at what the server shows: its chain against tls-ca, its dates, its names
 * against the host of uri. Tells nobody's password, asks nothing. True: *text
 * says what is shown, NULL where no TLS is spoken. False: *text says what is
 * wrong and what to do. Caller frees. Ends at deadline_us
 * (clock_monotonic_us). The process must ignore SIGPIPE, as one with a finder
 * does. */
bool tls_probe_ask(const DirectorySettings *settings, const char *uri,
                   gint64 deadline_us, char **text);

#endif
