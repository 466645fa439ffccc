/* SPDX-License-Identifier: BSD-2-Clause */
/* Password: the file that holds our account's in a directory. */
#ifndef SCEAU_CERTS_PASSWORD_H
#define SCEAU_CERTS_PASSWORD_H

#include "base/problems.h"
#include "certs/directory.h"

#include <glib.h>

/* The first line of the file. The caller wipes and frees it. Errors: CONFIG: it
 * is open to others, empty or cannot be read. */
char *password_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Notes in problems when the password file cannot be used. */
void password_check(const DirectorySettings *settings, Problems *problems);

#endif
