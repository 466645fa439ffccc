/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL review: what an administrator should know of a trust set's lists. */
#include "certs/crlreview.h"

#include "certs/crlindex.h"
#include "certs/folder.h"

#include <string.h>
#include <sys/stat.h>

#define SOON_PART 4   /* of a list's time */
#define INDEX_S   120 /* sceau-crld looks every few seconds */

/* --- dates ------------------------------------------------------------- */

static char *
format_time(gint64 time_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_s);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M UTC")
                        : g_strdup("?");
}

/* Whether another list speaks in its place. */
static bool
is_superseded(const GPtrArray *crls, const Crl *crl)
{
    gint64 made_s = crl_get_parts(crl)->this_update_s;
    for (guint i = 0; i < crls->len; i++) {
        const Crl *other = g_ptr_array_index(crls, i);
        if (other != crl && crl_is_same(other, crl) &&
            crl_get_parts(other)->this_update_s > made_s)
            return true;
    }
    return false;
}

static void
tell_dates(const CrlShelfWish *wish, const Crl *crl, bool required,
           gint64 now_s, Problems *problems)
{
    const CrlParts *parts = crl_get_parts(crl);
    const char *issuer = certificate_get_subject(parts->issuer);
    gint64 left_s = parts->next_update_s - now_s;
    gint64 all_s = parts->next_update_s - parts->this_update_s;
    g_autofree char *until = format_time(parts->next_update_s);
    if (left_s <= 0 && required)
        problems_add(problems, &wish->at,
                     "trust %s: the revocation list of %s is past its date "
                     "since %s: mail for whom it certifies is deferred",
                     wish->name, issuer, until);
    else if (left_s <= 0)
        problems_warn(problems, &wish->at,
                      "trust %s: the revocation list of %s is past its date "
                      "since %s",
                      wish->name, issuer, until);
    else if (left_s < all_s / SOON_PART)
        problems_warn(problems, &wish->at,
                      "trust %s: the revocation list of %s is good until %s, "
                      "less than a quarter of its time: is a new one there, "
                      "and is it fetched?",
                      wish->name, issuer, until);
}

/* --- folders ----------------------------------------------------------- */

static void
tell_rights(const CrlShelfWish *wish, const char *path, Problems *problems)
{
    struct stat status;
    if (path != NULL && stat(path, &status) == 0 &&
        (status.st_mode & 0022) != 0)
        problems_warn(problems, &wish->at,
                      "trust %s: %s can be written to by others than its "
                      "owner, who could hide a revocation",
                      wish->name, path);
}

static bool
has_index(const GPtrArray *crls, const char *path, const CrlFile *file)
{
    for (guint i = 0; i < crls->len; i++) {
        const CrlParts *parts = crl_get_parts(g_ptr_array_index(crls, i));
        if (strcmp(parts->path, path) == 0 && crl_is_file(&parts->file, file))
            return true;
    }
    return false;
}

static void
tell_without_index(const CrlShelfWish *wish, const GPtrArray *crls,
                   gint64 now_s, Problems *problems)
{
    g_autoptr(GPtrArray) paths = folder_list(wish->crls, &wish->at, problems);
    guint count = 0;
    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        CrlFile file;
        count += crl_stat(path, &file) && !has_index(crls, path, &file) &&
                 now_s - file.changed / 1000000000 > INDEX_S;
    }
    if (count > 0)
        problems_warn(problems, &wish->at,
                      "trust %s: %u of %u files in %s are not in use: is "
                      "sceau-crld running, and what does its log say of them?",
                      wish->name, count, paths->len, wish->crls);
}

/* --- the whole --------------------------------------------------------- */

void
crlreview_tell(const CrlShelfWish *wish, GPtrArray *crls, bool required,
               gint64 now_s, Problems *problems)
{
    tell_rights(wish, wish->crls, problems);
    tell_rights(wish, wish->index, problems);
    if (wish->index != NULL && wish->crls != NULL)
        tell_without_index(wish, crls, now_s, problems);
    for (guint i = 0; i < crls->len; i++) {
        const Crl *crl = g_ptr_array_index(crls, i);
        if (!is_superseded(crls, crl))
            tell_dates(wish, crl, required, now_s, problems);
    }
    for (guint i = 0; required && i < wish->issuers->len; i++) {
        const Certificate *issuer = g_ptr_array_index(wish->issuers, i);
        if (!crl_covers(crls, issuer))
            problems_add(problems, &wish->at,
                         "trust %s: there never was a revocation list of %s: "
                         "mail for whom it certifies is deferred",
                         wish->name, certificate_get_subject(issuer));
    }
}
