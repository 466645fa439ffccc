/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of certificate files as a source. */
#ifndef SCEAU_CERTS_SOURCE_FILES_H
#define SCEAU_CERTS_SOURCE_FILES_H

#include "base/problems.h"
#include "base/settings.h"
#include "certs/source.h"

/* The block "certificates NAME" (certs/finder.h). */
typedef struct {
    SettingsHead head;
    char *path;
    char **domains;
} FilesSettings;

/* Every file, PEM (any number of certificates) or DER; one that cannot be read
 * is a warning, later in the log, and left out. Once a second at most the
 * folder is looked at, and read again when it has changed. filled is a
 * structure of certificates_settings and must outlive the source. */
Source *source_files_new(const void *filled, Problems *problems);

#endif
