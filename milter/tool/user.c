/* SPDX-License-Identifier: BSD-2-Clause */
/* User: run by root, see what sceaud would see. */
#include "tool/user.h"

#include "flow/setup.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#define MAX_GROUPS 256

struct User {
    gid_t groups[NGROUPS_MAX];
    int group_count;
};

/* What sceaud would be. */
typedef struct {
    uid_t uid;
    gid_t gid;
    gid_t groups[MAX_GROUPS];
    int group_count;
} Identity;

static void
add_group(Identity *identity, const char *name, Problems *problems)
{
    const struct group *group = getgrnam(name);
    if (group == NULL)
        problems_add(problems, NULL, "there is no group \"%s\"", name);
    else if (identity->group_count < MAX_GROUPS)
        identity->groups[identity->group_count++] = group->gr_gid;
}

static bool
find_identity(const GeneralSettings *general, Identity *identity,
              Problems *problems)
{
    const struct passwd *user =
        general->user != NULL ? getpwnam(general->user) : NULL;
    if (user == NULL || user->pw_uid == 0) {
        problems_add(problems, NULL,
                     user == NULL ? "user: there is no user \"%s\""
                                  : "user: \"%s\" is root",
                     general->user != NULL ? general->user : "");
        return false;
    }
    identity->uid = user->pw_uid;
    identity->gid = user->pw_gid;
    identity->group_count = MAX_GROUPS;
    if (getgrouplist(user->pw_name, user->pw_gid, identity->groups,
                     &identity->group_count) < 0)
        identity->group_count = MAX_GROUPS;
    for (char **name = general->groups; name != NULL && *name != NULL; name++)
        add_group(identity, *name, problems);
    if (general->socket_group != NULL)
        add_group(identity, general->socket_group, problems);
    return true;
}

/* False: stay as we are. */
static bool
read_identity(const char *config, const SettingsTable *const *tables,
              Identity *identity, Problems *problems)
{
    g_autoptr(Problems) unread = problems_new();
    g_autoptr(Settings) settings = settings_load(config, tables, unread);
    return problems_count(unread) == 0 &&
           find_identity(settings_get(settings, NULL), identity, problems);
}

User *
user_enter(const char *config, const SettingsTable *const *tables,
           Problems *problems)
{
    Identity identity = {0};
    if (geteuid() != 0 || !read_identity(config, tables, &identity, problems))
        return NULL;
    User *user = g_new0(User, 1);
    user->group_count = getgroups(NGROUPS_MAX, user->groups);
    if (user->group_count >= 0 &&
        setgroups((size_t)identity.group_count, identity.groups) == 0 &&
        setegid(identity.gid) == 0 && seteuid(identity.uid) == 0)
        return user;
    problems_warn(problems, NULL,
                  "files are read as root, not as sceaud's user");
    g_free(user);
    return NULL;
}

void
user_leave(User *user)
{
    if (user == NULL)
        return;
    bool back = seteuid(0) == 0 && setegid(0) == 0 &&
                setgroups((size_t)user->group_count, user->groups) == 0;
    g_free(user);
    if (!back)
        g_error("root's rights did not come back");
}
