/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL review: what an administrator should know of a trust set's lists before
 * a mail is deferred for it. For "sceau check". */
#ifndef SCEAU_CERTS_CRLREVIEW_H
#define SCEAU_CERTS_CRLREVIEW_H

#include "base/problems.h"
#include "certs/crlshelf.h"

#include <glib.h>
#include <stdbool.h>

/* Adds to problems, at now_s: errors for what defers mail when required (an
 * authority that never had a list, a list past its date), else warnings; and
 * warnings for a list with less than a quarter of its time left, for folders
 * that others may write to, and for lists that sceau-crld has made no index
 * of. crls (Crl *): those in use. */
void crlreview_tell(const CrlShelfWish *wish, GPtrArray *crls, bool required,
                    gint64 now_s, Problems *problems);

#endif
