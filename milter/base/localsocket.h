/* SPDX-License-Identifier: BSD-2-Clause */
/* Localsocket: a name in the file system that a program listens on. */
#ifndef SCEAU_BASE_LOCALSOCKET_H
#define SCEAU_BASE_LOCALSOCKET_H

#include <glib.h>
#include <stdbool.h>
#include <sys/un.h>

/* Fills address; false: path is too long for one. */
bool localsocket_fill(struct sockaddr_un *address, const char *path);

/* Whether path may be bound, or replaced: nothing is there, or a socket that
 * nobody listens on. setting begins the sentence. Errors: CONFIG (something
 * else is there), TEMPORARY (in use: who had it may still be ending). */
bool localsocket_check_free(const char *path, const char *setting,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
