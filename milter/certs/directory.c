/* SPDX-License-Identifier: BSD-2-Clause */
/* Directory: servers in order, a small pool, canaries. */
#include "certs/directory.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mailbox.h"
#include "certs/connection.h"
#include "certs/password.h"
#include "certs/pool.h"

#include <string.h>

#define AT(member) offsetof(DirectorySettings, member)

static const SettingRow rows[] = {
    {.name = "uri",
     .type = SETTING_LIST,
     .offset = AT(uris),
     .required = true,
     .help = "servers in order: ldaps://, ldap:// (with start-tls), ldapi://"},
    {.name = "base",
     .type = SETTING_TEXT,
     .offset = AT(base),
     .required = true,
     .help = "where people are searched"},
    {.name = "ca-base",
     .type = SETTING_TEXT,
     .offset = AT(ca_base),
     .help = "where the entries of CAs are: their certificates help to build "
             "chains"},
    {.name = "bind-dn",
     .type = SETTING_TEXT,
     .offset = AT(bind_dn),
     .help = "our account in the directory; none: anonymous"},
    {.name = "bind-password-file",
     .type = SETTING_PATH,
     .offset = AT(bind_password_file),
     .help = "file whose first line is its password"},
    {.name = "domains",
     .type = SETTING_LIST,
     .offset = AT(domains),
     .help = "asked for these domains only; none: for all"},
    {.name = "canary",
     .type = SETTING_TEXT,
     .offset = AT(canary),
     .help = "address that must always answer with a certificate"},
    {.name = "address-attributes",
     .type = SETTING_LIST,
     .offset = AT(address_attributes),
     .default_text = "mail",
     .help = "attributes that hold addresses; NAME:PREFIX for prefixed ones"},
    {.name = "tls-ca",
     .type = SETTING_PATH,
     .offset = AT(tls_ca),
     .help = "file of the CA of the servers' TLS certificates; none: the "
             "system's"},
    {.name = "start-tls",
     .type = SETTING_FLAG,
     .offset = AT(start_tls),
     .default_text = "no",
     .help = "TLS on ldap:// connections"},
    {.name = "other-addresses",
     .type = SETTING_FLAG,
     .offset = AT(other_addresses),
     .default_text = "no",
     .help = "a certificate for another address of the same entry will do"},
    {.name = "bind-external",
     .type = SETTING_FLAG,
     .offset = AT(bind_external),
     .default_text = "no",
     .help = "our account is who TLS or the ldapi:// socket says we are"},
    {.name = "tls-certificate",
     .type = SETTING_PATH,
     .offset = AT(tls_certificate),
     .help = "file of our certificate for the servers, with its chain"},
    {.name = "tls-key",
     .type = SETTING_PATH,
     .offset = AT(tls_key),
     .help = "file of its private key"},
    {.name = "probe",
     .type = SETTING_DURATION,
     .offset = AT(probe_ms),
     .default_text = "60s",
     .minimum = 100,
     .maximum = 3600000,
     .help = "idle connections are asked for the canary so often"},
    {.name = "timeout",
     .type = SETTING_DURATION,
     .offset = AT(timeout_ms),
     .default_text = "5s",
     .minimum = 100,
     .maximum = 60000,
     .help = "longest wait for each step of a server"},
    {0}};

const SettingsTable directory_settings = {
    .block = "directory",
    .named = true,
    .size_bytes = sizeof(DirectorySettings),
    .rows = rows,
    .help = "an LDAP directory of certificates",
};

struct Directory {
    const DirectorySettings *settings;
    Pool *pool;
};

/* --- making ------------------------------------------------------------ */

static bool
is_uri(const char *uri)
{
    return g_str_has_prefix(uri, "ldaps://") ||
           g_str_has_prefix(uri, "ldap://") ||
           g_str_has_prefix(uri, "ldapi://");
}

static void
check_uris(const DirectorySettings *settings, const Settings *all,
           Problems *problems)
{
    Position at = settings_get_position(all, settings, "uri");
    bool binds = settings->bind_dn != NULL;
    for (char **uri = settings->uris; *uri != NULL; uri++) {
        bool plain = g_str_has_prefix(*uri, "ldap://") && !settings->start_tls;
        if (!is_uri(*uri))
            problems_add(problems, &at,
                         "uri: \"%s\" is no ldaps://, ldap:// or ldapi:// "
                         "address",
                         *uri);
        else if (plain && binds)
            problems_add(problems, &at,
                         "uri: %s would send the password in clear: use "
                         "ldaps://, ldapi:// or start-tls = yes",
                         *uri);
        else if (plain && settings->bind_external)
            problems_add(problems, &at,
                         "uri: over %s without TLS nobody says who we are: "
                         "bind-external needs ldaps://, ldapi:// or start-tls "
                         "= yes",
                         *uri);
        else if (plain)
            problems_warn(problems, &at,
                          "uri: answers of %s can be forged on the way: use "
                          "ldaps:// or start-tls = yes",
                          *uri);
    }
    if (g_strv_length(settings->uris) > POOL_MAX_SERVERS)
        problems_add(problems, &at, "uri: at most %d servers",
                     POOL_MAX_SERVERS);
}

static void
check_settings(const DirectorySettings *settings, const Settings *all,
               Problems *problems)
{
    const Position *at = &settings->head.at;
    check_uris(settings, all, problems);
    if (settings->bind_external && settings->bind_dn != NULL)
        problems_add(problems, at,
                     "directory %s: bind-dn has no meaning with bind-external",
                     settings->head.name);
    if ((settings->tls_certificate != NULL) != (settings->tls_key != NULL))
        problems_add(problems, at,
                     "directory %s: tls-certificate and tls-key go together",
                     settings->head.name);
    if ((settings->bind_dn != NULL) != (settings->bind_password_file != NULL))
        problems_add(problems, at,
                     "directory %s: bind-dn and bind-password-file go "
                     "together",
                     settings->head.name);
    if (settings->canary == NULL)
        problems_warn(problems, at,
                      "directory %s has no canary: without read rights it "
                      "looks like an empty one, and mail leaves in clear",
                      settings->head.name);
    else if (strchr(settings->canary, '@') == NULL ||
             !mailbox_check_pattern(settings->canary))
        problems_add(problems, at, "directory %s: canary is no address",
                     settings->head.name);
    if (settings->bind_password_file != NULL)
        password_check(settings, problems);
}

Directory *
directory_new(const DirectorySettings *settings, const Settings *all,
              Problems *problems)
{
    connection_prepare();
    Directory *directory = g_new0(Directory, 1);
    directory->settings = settings;
    directory->pool = pool_new(settings);
    check_settings(settings, all, problems);
    return directory;
}

void
directory_free(Directory *directory)
{
    if (directory == NULL)
        return;
    pool_free(directory->pool);
    g_free(directory);
}

static GPtrArray *
search_once(Directory *directory, const char *const *addresses, guint count,
            gint64 deadline_us, bool *cut, const char **server, GError **error)
{
    const DirectorySettings *settings = directory->settings;
    PoolLink *link = pool_borrow(directory->pool, deadline_us, error);
    if (link == NULL)
        return NULL;
    g_autoptr(GError) fault = NULL;
    GPtrArray *entries = connection_search(
        link->connection, settings, addresses, count, deadline_us, cut, &fault);
    if (entries != NULL) {
        if (server != NULL)
            *server = settings->uris[link->server];
        pool_give_back(directory->pool, link);
        return entries;
    }
    /* An old connection that breaks says nothing of its server; one that shows
     * no canary does. */
    bool blame = !link->used || error_get_class(fault) == ERROR_CONFIG;
    pool_drop(directory->pool, link, blame ? fault : NULL);
    error_set(error, error_get_class(fault), "directory %s: %s",
              settings->head.name, fault->message);
    return NULL;
}

/* Once more for each server, and once for a connection that was cut. */
GPtrArray *
directory_search(Directory *directory, const char *const *addresses,
                 guint count, gint64 deadline_us, bool *cut,
                 const char **server, GError **error)
{
    guint attempts = g_strv_length(directory->settings->uris) + 1;
    g_autoptr(GError) fault = NULL;
    for (; attempts > 0; attempts--) {
        g_clear_error(&fault);
        GPtrArray *entries = search_once(directory, addresses, count,
                                         deadline_us, cut, server, &fault);
        if (entries != NULL)
            return entries;
        if (clock_monotonic_us() >= deadline_us)
            break;
    }
    g_propagate_error(error, g_steal_pointer(&fault));
    return NULL;
}

void
directory_write_status(Directory *directory, Bulletin *bulletin)
{
    pool_write_status(directory->pool, bulletin);
}
