/* SPDX-License-Identifier: BSD-2-Clause */
/* Gateway: when a partner's gateway may stand for somebody, and what must be
 * true of the configuration for it. */
#ifndef SCEAU_CERTS_GATEWAY_H
#define SCEAU_CERTS_GATEWAY_H

#include "base/problems.h"
#include "certs/finder.h"
#include "certs/trust.h"

#include <glib.h>
#include <stdbool.h>

/* Whether somebody whose own certificates came to class may be served by a
 * gateway: only when it is certain that he has none to use. What is lost,
 * ambiguous, silent or not known to be good may turn out to be usable, so the
 * message waits for that. A revoked or suspended certificate of his own bars
 * nothing: it speaks of his key, and the gateway's is another. */
bool gateway_may_stand_for(CertClass class);

/* Mistakes of gateways among sources (Source *): two for one domain, a name
 * that another source has. A warning: no certificate of one would be used
 * today, with the reason. */
void gateway_check(const GPtrArray *sources, Trust *trust, Problems *problems);

/* None may stand for our own domains (patterns). */
void gateway_check_domains(const GPtrArray *sources, char *const *domains,
                           const Position *at, Problems *problems);

#endif
