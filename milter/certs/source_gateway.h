/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate of a partner's gateway as a source: one for a whole domain,
 * named by the administrator. */
#ifndef SCEAU_CERTS_SOURCE_GATEWAY_H
#define SCEAU_CERTS_SOURCE_GATEWAY_H

#include "base/problems.h"
#include "base/settings.h"
#include "certs/source.h"

/* The block "gateway NAME" (certs/finder.h). */
typedef struct {
    SettingsHead head;
    char **domains;
    char *certificate;
} GatewaySettings;

/* What the file holds it gives for every address it is asked for: the
 * certificates as values (old and new ones while they change), those of CAs
 * beside them as hints for chains. Source.gateway is set. Once a second at most
 * the file is looked at and read again when it has changed; one that cannot be
 * read any more is told in the log, and what it held before stays. filled is a
 * structure of gateway_settings and must outlive the source. Mistakes go to
 * problems. Never NULL. */
Source *source_gateway_new(const void *filled, Problems *problems);

#endif
