/* SPDX-License-Identifier: BSD-2-Clause */
/* Privileges: who sceaud is, and what it can no longer do. */
#include "daemon/privileges.h"

#include "base/error.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_GROUPS 256

/* The leak checker of a sanitized build works by tracing itself. */
#if defined(__SANITIZE_ADDRESS__)
#define DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DUMPABLE 1
#endif
#endif
#ifndef DUMPABLE
#define DUMPABLE 0
#endif

void
privileges_free(Privileges *privileges)
{
    if (privileges == NULL)
        return;
    g_array_unref(privileges->groups);
    g_free(privileges);
}

static bool
find_group(const char *name, const char *setting, gid_t *gid, GError **error)
{
    const struct group *group = getgrnam(name);
    if (group == NULL) {
        error_set(error, ERROR_CONFIG, "%s: there is no group \"%s\"", setting,
                  name);
        return false;
    }
    *gid = group->gr_gid;
    return true;
}

static bool
find_user(Privileges *privileges, const char *name, GError **error)
{
    if (name == NULL || *name == '\0') {
        error_set(error, ERROR_CONFIG, "sceaud does not run as root: set user");
        return false;
    }
    const struct passwd *user = getpwnam(name);
    if (user == NULL) {
        error_set(error, ERROR_CONFIG, "user: there is no user \"%s\"", name);
        return false;
    }
    if (user->pw_uid == 0) {
        error_set(error, ERROR_CONFIG,
                  "user: \"%s\" is root, sceaud does not run as root", name);
        return false;
    }
    privileges->change = true;
    privileges->uid = user->pw_uid;
    privileges->gid = user->pw_gid;
    gid_t groups[MAX_GROUPS];
    int count = MAX_GROUPS;
    if (getgrouplist(name, user->pw_gid, groups, &count) < 0) {
        error_set(error, ERROR_CONFIG, "user %s is in more than %d groups",
                  name, MAX_GROUPS);
        return false;
    }
    g_array_append_vals(privileges->groups, groups, (guint)count);
    return true;
}

static bool
find_groups(Privileges *privileges, const GeneralSettings *general,
            GError **error)
{
    gid_t gid = 0;
    for (char **name = general->groups; name != NULL && *name != NULL; name++) {
        if (!find_group(*name, "groups", &gid, error))
            return false;
        g_array_append_val(privileges->groups, gid);
    }
    privileges->socket_group = privileges->gid;
    if (general->socket_group == NULL)
        return true;
    if (!find_group(general->socket_group, "socket-group", &gid, error))
        return false;
    privileges->socket_group = gid;
    privileges->socket_group_named = true;
    g_array_append_val(privileges->groups, gid);
    return true;
}

Privileges *
privileges_new(const GeneralSettings *general, GError **error)
{
    g_autoptr(Privileges) privileges = g_new0(Privileges, 1);
    privileges->groups = g_array_new(FALSE, FALSE, sizeof(gid_t));
    privileges->uid = geteuid();
    privileges->gid = getegid();
    if (geteuid() == 0 && !find_user(privileges, general->user, error))
        return NULL;
    if (!find_groups(privileges, general, error))
        return NULL;
    return g_steal_pointer(&privileges);
}

bool
privileges_drop(const Privileges *privileges, GError **error)
{
    if (!privileges->change)
        return true;
    if (setgroups(privileges->groups->len,
                  (const gid_t *)(const void *)privileges->groups->data) != 0 ||
        setresgid(privileges->gid, privileges->gid, privileges->gid) != 0 ||
        setresuid(privileges->uid, privileges->uid, privileges->uid) != 0) {
        error_set(error, ERROR_INTERNAL, "cannot become user %u: %s",
                  (unsigned)privileges->uid, g_strerror(errno));
        return false;
    }
    if (setuid(0) == 0 || geteuid() == 0 || getuid() == 0) {
        error_set(error, ERROR_INTERNAL,
                  "root's rights came back after they were given up");
        return false;
    }
    return true;
}

bool
privileges_harden(GError **error)
{
    const struct rlimit none = {0, 0};
    (void)umask(077);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        setrlimit(RLIMIT_CORE, &none) == 0 &&
        prctl(PR_SET_DUMPABLE, DUMPABLE, 0, 0, 0) == 0)
        return true;
    error_set(error, ERROR_INTERNAL, "cannot give up rights: %s",
              g_strerror(errno));
    return false;
}
