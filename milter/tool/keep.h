/* SPDX-License-Identifier: BSD-2-Clause */
/* Keep: the state file, for commands that change it, and the socket of the
 * sceaud that has it too. */
#ifndef SCEAU_TOOL_KEEP_H
#define SCEAU_TOOL_KEEP_H

#include "base/state.h"

#include <glib.h>

/* Opens the state file of config, as the user of sceaud when we are root, so
 * that sceaud can open what is made. Only the settings are read: a mistake in
 * the policy keeps nobody from denying. Errors: CONFIG, TEMPORARY. */
State *keep_open(const char *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The path of the control socket of config, of which again only the settings
 * are read. Caller frees. Errors: CONFIG (there is none, too). */
char *keep_find_control(const char *config,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of sceau-crld. */
char *keep_find_crld(const char *config,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
