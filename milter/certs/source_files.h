/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of certificate files as a source. */
#ifndef SCEAU_CERTS_SOURCE_FILES_H
#define SCEAU_CERTS_SOURCE_FILES_H

#include "base/problems.h"
#include "base/settings.h"
#include "certs/source.h"

/* Reads the folder once: every file, PEM (any number of certificates) or DER;
 * mistakes go to problems. filled is a structure of certificates_settings and
 * must outlive the source. */
Source *source_files_new(const void *filled, Problems *problems);

#endif
