/* SPDX-License-Identifier: BSD-2-Clause */
/* User: run by root, see what sceaud would see. */
#ifndef SCEAU_TOOL_USER_H
#define SCEAU_TOOL_USER_H

#include "base/problems.h"
#include "base/settings.h"

#include <glib.h>
#include <stdbool.h>

/* Who we were. */
typedef struct User User;

/* When we are root, takes the identity of the user in config with its
 * groups, until user_leave: root can read more than sceaud, and would take
 * sceaud's own key files for somebody else's. tables are those of config. A
 * config that cannot be read changes nothing (whoever loads it will say so);
 * an unknown user or group is a problem. NULL when nothing was changed. */
User *user_enter(const char *config, const SettingsTable *const *tables,
                 Problems *problems);

/* Becomes root again; ends the program when that is refused. NULL is fine. */
void user_leave(User *user);

#endif
