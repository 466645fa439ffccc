/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of files: listed in a fixed order, each mistake told. */
#ifndef SCEAU_CERTS_FOLDER_H
#define SCEAU_CERTS_FOLDER_H

#include "base/problems.h"

#include <glib.h>

/* Paths (char *) of the regular files in path, sorted; names that begin with
 * a dot or end in '~' are left out. A folder that cannot be read is an error
 * at at. Caller unrefs. */
GPtrArray *folder_list(const char *path, const Position *at,
                       Problems *problems);

/* What paths are now: another text when one of them comes, goes or is written
 * to. Caller frees. */
char *folder_look(const GPtrArray *paths);

/* Every certificate of every file (Certificate *). Caller unrefs. */
GPtrArray *folder_load_certificates(const char *path, const Position *at,
                                    Problems *problems);

#endif
