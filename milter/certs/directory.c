/* SPDX-License-Identifier: BSD-2-Clause */
/* Directory: servers in order, a small pool, canaries. */
#include "certs/directory.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "certs/connection.h"
#include "certs/query.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CONNECTIONS 4
#define MAX_SERVERS     8
#define MIN_BACK_OFF_US (1 * G_USEC_PER_SEC)
#define MAX_BACK_OFF_US (10 * G_USEC_PER_SEC)
#define AT(member)      offsetof(DirectorySettings, member)

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

typedef struct {
    gint64 next_try_us; /* not before */
    gint64 back_off_us;
} Server;

/* A connection, and which server it leads to. */
typedef struct {
    Connection *connection;
    guint server;
} Link;

struct Directory {
    const DirectorySettings *settings;
    GMutex lock;
    GCond freed;
    GPtrArray *idle; /* Link * */
    guint open;      /* idle or in use */
    Server servers[MAX_SERVERS];
    guint server_count;
    char *last_fault; /* why the last attempt failed */
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
        else if (plain)
            problems_warn(problems, &at,
                          "uri: answers of %s can be forged on the way: use "
                          "ldaps:// or start-tls = yes",
                          *uri);
    }
    if (g_strv_length(settings->uris) > MAX_SERVERS)
        problems_add(problems, &at, "uri: at most %d servers", MAX_SERVERS);
}

static void
check_settings(const DirectorySettings *settings, const Settings *all,
               Problems *problems)
{
    const Position *at = &settings->head.at;
    check_uris(settings, all, problems);
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
        connection_check_password(settings, problems);
}

Directory *
directory_new(const DirectorySettings *settings, const Settings *all,
              Problems *problems)
{
    connection_prepare();
    Directory *directory = g_new0(Directory, 1);
    directory->settings = settings;
    g_mutex_init(&directory->lock);
    g_cond_init(&directory->freed);
    directory->idle = g_ptr_array_new();
    directory->server_count = MIN(g_strv_length(settings->uris), MAX_SERVERS);
    check_settings(settings, all, problems);
    return directory;
}

static void
free_link(Link *link)
{
    connection_free(link->connection);
    g_free(link);
}

void
directory_free(Directory *directory)
{
    if (directory == NULL)
        return;
    for (guint i = 0; i < directory->idle->len; i++)
        free_link(g_ptr_array_index(directory->idle, i));
    g_ptr_array_unref(directory->idle);
    g_mutex_clear(&directory->lock);
    g_cond_clear(&directory->freed);
    g_free(directory->last_fault);
    g_free(directory);
}

/* --- servers ----------------------------------------------------------- */

/* Twice as long after each failure, with a part by chance so that instances
 * do not come back all at once. Called with the lock held. */
static void
give_up_server(Directory *directory, guint index, const char *fault)
{
    Server *server = &directory->servers[index];
    gint64 wait_us = server->back_off_us * 2;
    server->back_off_us = CLAMP(wait_us, MIN_BACK_OFF_US, MAX_BACK_OFF_US);
    gint64 jitter_us = g_random_int_range(0, (gint32)(server->back_off_us / 4));
    server->next_try_us =
        clock_monotonic_us() + server->back_off_us - jitter_us;
    g_free(directory->last_fault);
    directory->last_fault = g_strdup(fault);
    log_event(LOG_LEVEL_WARNING, "directory", "name",
              directory->settings->head.name, "server",
              directory->settings->uris[index], "fault", fault, NULL);
}

/* The first server in order that is not being left alone; -1: none. */
static int
choose_server(const Directory *directory)
{
    gint64 now_us = clock_monotonic_us();
    for (guint i = 0; i < directory->server_count; i++)
        if (directory->servers[i].next_try_us <= now_us)
            return (int)i;
    return -1;
}

/* --- the pool ---------------------------------------------------------- */

static void
drop_link(Directory *directory, Link *link, const char *fault)
{
    g_mutex_lock(&directory->lock);
    if (fault != NULL)
        give_up_server(directory, link->server, fault);
    directory->open--;
    g_cond_signal(&directory->freed);
    g_mutex_unlock(&directory->lock);
    free_link(link);
}

static void
give_back(Directory *directory, Link *link)
{
    g_mutex_lock(&directory->lock);
    directory->servers[link->server].back_off_us = 0;
    g_ptr_array_add(directory->idle, link);
    g_cond_signal(&directory->freed);
    g_mutex_unlock(&directory->lock);
}

/* Waits until a connection is idle or may be opened; false past the deadline.
 * Called with the lock held. */
static bool
wait_for_place(Directory *directory, gint64 deadline_us)
{
    while (directory->idle->len == 0 && directory->open >= MAX_CONNECTIONS)
        if (!g_cond_wait_until(&directory->freed, &directory->lock,
                               deadline_us))
            return false;
    return true;
}

/* Which server to connect to, or -1 with *error. The lock is held; the place
 * is taken. */
static int
take_place(Directory *directory, GError **error)
{
    int server = choose_server(directory);
    if (server < 0) {
        error_set(error, ERROR_TEMPORARY, "directory %s: %s",
                  directory->settings->head.name,
                  directory->last_fault != NULL ? directory->last_fault
                                                : "no server answers");
        return -1;
    }
    directory->open++;
    return server;
}

static Link *
connect_to(Directory *directory, guint server, gint64 deadline_us,
           GError **error)
{
    Link *link = g_new0(Link, 1);
    link->server = server;
    g_autoptr(GError) fault = NULL;
    link->connection =
        connection_open(directory->settings, directory->settings->uris[server],
                        deadline_us, &fault);
    if (link->connection != NULL)
        return link;
    drop_link(directory, link, fault->message);
    error_set(error, error_get_class(fault), "directory %s: %s",
              directory->settings->head.name, fault->message);
    return NULL;
}

/* An idle connection (*fresh false), or a new one. */
static Link *
borrow(Directory *directory, gint64 deadline_us, bool only_new, bool *fresh,
       GError **error)
{
    int server = -1;
    Link *link = NULL;
    g_mutex_lock(&directory->lock);
    if (!wait_for_place(directory, deadline_us)) {
        error_set(error, ERROR_TEMPORARY,
                  "directory %s: all connections are busy",
                  directory->settings->head.name);
    } else if (directory->idle->len > 0 && !only_new) {
        link =
            g_ptr_array_steal_index(directory->idle, directory->idle->len - 1);
    } else {
        server = take_place(directory, error);
    }
    g_mutex_unlock(&directory->lock);
    *fresh = link == NULL;
    if (link != NULL || server < 0)
        return link;
    return connect_to(directory, (guint)server, deadline_us, error);
}

/* --- searching --------------------------------------------------------- */

/* A directory that may not be read looks like an empty one: every search asks
 * for the canary too, so that "none" is never older than its proof. */
static bool
check_canary(const Directory *directory, const Link *link,
             const GPtrArray *entries, GError **error)
{
    const DirectorySettings *settings = directory->settings;
    if (settings->canary == NULL)
        return true;
    for (guint i = 0; i < entries->len; i++) {
        const QueryEntry *entry = g_ptr_array_index(entries, i);
        if (query_owns(entry, settings->canary) && entry->values->len > 0)
            return true;
    }
    error_set(error, ERROR_CONFIG,
              "canary %s has no certificate at %s: are its read rights, base "
              "or replica wrong?",
              settings->canary, settings->uris[link->server]);
    return false;
}

static GPtrArray *
ask(const Directory *directory, const Link *link, const char *const *addresses,
    guint count, gint64 deadline_us, bool *cut, GError **error)
{
    const DirectorySettings *settings = directory->settings;
    g_autofree const char **asked = g_new0(const char *, count + 1);
    for (guint i = 0; i < count; i++)
        asked[i] = addresses[i];
    if (settings->canary != NULL)
        asked[count++] = settings->canary;
    g_autoptr(GPtrArray) entries = connection_search(
        link->connection, settings, asked, count, deadline_us, cut, error);
    if (entries == NULL || !check_canary(directory, link, entries, error))
        return NULL;
    return g_steal_pointer(&entries);
}

static GPtrArray *
search_once(Directory *directory, const char *const *addresses, guint count,
            gint64 deadline_us, bool only_new, bool *fresh, bool *cut,
            GError **error)
{
    Link *link = borrow(directory, deadline_us, only_new, fresh, error);
    if (link == NULL)
        return NULL;
    g_autoptr(GError) fault = NULL;
    GPtrArray *entries =
        ask(directory, link, addresses, count, deadline_us, cut, &fault);
    if (entries != NULL) {
        give_back(directory, link);
        return entries;
    }
    /* An old connection that fails says nothing of its server: firewalls and
     * idle timeouts cut them. */
    drop_link(directory, link, *fresh ? fault->message : NULL);
    error_set(error, error_get_class(fault), "directory %s: %s",
              directory->settings->head.name, fault->message);
    return NULL;
}

GPtrArray *
directory_search(Directory *directory, const char *const *addresses,
                 guint count, gint64 deadline_us, bool *cut, GError **error)
{
    bool fresh = false;
    bool only_new = false;
    for (guint attempt = 0; attempt <= directory->server_count; attempt++) {
        g_autoptr(GError) fault = NULL;
        GPtrArray *entries =
            search_once(directory, addresses, count, deadline_us, only_new,
                        &fresh, cut, &fault);
        if (entries != NULL)
            return entries;
        bool more = attempt < directory->server_count &&
                    clock_monotonic_us() < deadline_us;
        if (!more || (fresh && choose_server(directory) < 0)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return NULL;
        }
        only_new = true;
    }
    error_set(error, ERROR_TEMPORARY, "directory %s: no server answers",
              directory->settings->head.name);
    return NULL;
}
