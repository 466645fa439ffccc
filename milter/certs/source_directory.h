/* SPDX-License-Identifier: BSD-2-Clause */
/* An LDAP directory as a source. */
#ifndef SCEAU_CERTS_SOURCE_DIRECTORY_H
#define SCEAU_CERTS_SOURCE_DIRECTORY_H

#include "base/problems.h"
#include "base/settings.h"
#include "certs/source.h"

/* filled is a structure of directory_settings, all the settings it is part
 * of; both must outlive the source. Connects to nothing. */
Source *source_directory_new(const void *filled, const Settings *all,
                             Problems *problems);

#endif
