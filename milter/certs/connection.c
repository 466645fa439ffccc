/* SPDX-License-Identifier: BSD-2-Clause */
/* Connection: one LDAP handle, opened and used within deadlines. libldap's
 * own time limits do not bound a TLS handshake: the socket is ours, and a
 * watchdog cuts it. */
#include "certs/connection.h"

#include "base/clock.h"
#include "base/error.h"
#include "certs/dial.h"
#include "certs/ldaptls.h"
#include "certs/password.h"
#include "certs/query.h"
#include "certs/watchdog.h"

#include <ldap.h>
#include <openldap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of one message of a server. An entry has at most some hundred certificates;
 * libldap holds a message whole, however long it says it is. */
#define MAX_MESSAGE_BYTES ((ber_len_t)32 << 20)

/* References to other servers that come with a search; we follow none. */
#define MAX_REFERENCES 1000

/* Searches on one connection at once; servers close it for too many. */
#define MAX_UNDER_WAY 16

struct Connection {
    LDAP *ldap;
    char *uri;
    int fd; /* libldap closes it */
};

/* One for the process: its thread outlives every directory. */
static Watchdog *
get_watchdog(void)
{
    static gsize made;
    if (g_once_init_enter(&made))
        g_once_init_leave(&made, (gsize)watchdog_new());
    return (Watchdog *)made;
}

void
connection_prepare(void)
{
    static gsize done;
    if (!g_once_init_enter(&done))
        return;
    /* Stray ldaprc files and LDAP* variables are not our settings. */
    setenv("LDAPNOINIT", "1", 1);
    /* libldap writes to closed connections with write(2). */
    signal(SIGPIPE, SIG_IGN);
    g_once_init_leave(&done, 1);
}

/* --- errors ------------------------------------------------------------ */

static bool
fail(const Connection *connection, int code, const char *what, GError **error)
{
    ErrorClass class = code == LDAP_INVALID_CREDENTIALS ||
                               code == LDAP_NO_SUCH_OBJECT ||
                               code == LDAP_INSUFFICIENT_ACCESS
                           ? ERROR_CONFIG
                           : ERROR_TEMPORARY;
    g_autofree char *text = g_ascii_strdown(ldap_err2string(code), -1);
    error_set(error, class, "%s (%s) at %s", what, text, connection->uri);
    return false;
}

/* --- opening ----------------------------------------------------------- */

static bool
set_options(const Connection *connection, gint64 left_ms, GError **error)
{
    LDAP *ldap = connection->ldap;
    const int version = LDAP_VERSION3;
    const int never = LDAP_DEREF_NEVER;
    const struct timeval limit = {.tv_sec = left_ms / 1000,
                                  .tv_usec = left_ms % 1000 * 1000};
    Sockbuf *buffer = NULL;
    ber_len_t most = MAX_MESSAGE_BYTES;
    bool good =
        ldap_get_option(ldap, LDAP_OPT_SOCKBUF, &buffer) == 0 &&
        ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &most) == 1 &&
        ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version) == 0 &&
        ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == 0 &&
        ldap_set_option(ldap, LDAP_OPT_DEREF, &never) == 0 &&
        ldap_set_option(ldap, LDAP_OPT_RESTART, LDAP_OPT_ON) == 0 &&
        ldap_set_option(ldap, LDAP_OPT_TIMEOUT, &limit) == 0;
    if (!good)
        return fail(connection, LDAP_OTHER, "options refused", error);
    return true;
}

static bool
start_tls(const Connection *connection, const DirectorySettings *settings,
          GError **error)
{
    bool ldaps = g_str_has_prefix(connection->uri, "ldaps://");
    bool plain = g_str_has_prefix(connection->uri, "ldap://");
    if (!ldaps && !(plain && settings->start_tls))
        return true;
    if (!ldaptls_set(connection->ldap, settings, error))
        return false;
    int code = ldaps ? ldap_install_tls(connection->ldap)
                     : ldap_start_tls_s(connection->ldap, NULL, NULL);
    if (code != LDAP_SUCCESS)
        return fail(connection, code,
                    "TLS failed: wrong name, unknown CA or no answer", error);
    return ldaptls_check_version(connection->ldap, connection->uri, error);
}

static const char *
name_account(const DirectorySettings *settings)
{
    if (settings->bind_external)
        return settings->tls_certificate != NULL
                   ? "the holder of tls-certificate"
                   : "the user we run as";
    return settings->bind_dn != NULL ? settings->bind_dn : "nobody";
}

static bool
bind_as(const Connection *connection, const DirectorySettings *settings,
        bool *refused, GError **error)
{
    struct berval credentials = {.bv_val = (char *)(guintptr) ""};
    g_autofree char *password = NULL;
    if (settings->bind_dn != NULL) {
        password = password_load(settings->bind_password_file, error);
        if (password == NULL)
            return false;
        credentials.bv_val = password;
        credentials.bv_len = strlen(password);
    }
    int code = ldap_sasl_bind_s(connection->ldap, settings->bind_dn,
                                settings->bind_external ? "EXTERNAL"
                                                        : LDAP_SASL_SIMPLE,
                                &credentials, NULL, NULL, NULL);
    if (password != NULL)
        explicit_bzero(password, strlen(password));
    if (code == LDAP_SUCCESS)
        return true;
    *refused =
        code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH;
    g_autofree char *text = g_ascii_strdown(ldap_err2string(code), -1);
    error_set(error, *refused ? ERROR_CONFIG : ERROR_TEMPORARY,
              "bind %s (%s) as %s at %s", *refused ? "refused" : "failed", text,
              name_account(settings), connection->uri);
    return false;
}

static bool
greet(Connection *connection, const DirectorySettings *settings,
      gint64 deadline_us, bool *refused, GError **error)
{
    bool local = g_str_has_prefix(connection->uri, "ldapi://");
    int code =
        ldap_init_fd(connection->fd, local ? LDAP_PROTO_IPC : LDAP_PROTO_TCP,
                     connection->uri, &connection->ldap);
    if (code != LDAP_SUCCESS) {
        close(connection->fd);
        connection->fd = -1;
        return fail(connection, code, "no connection", error);
    }
    gint64 left_ms = MAX(deadline_us - clock_monotonic_us(), 1000) / 1000;
    return set_options(connection, left_ms, error) &&
           start_tls(connection, settings, error) &&
           bind_as(connection, settings, refused, error);
}

Connection *
connection_open(const DirectorySettings *settings, const char *uri,
                gint64 deadline_us, bool *refused, GError **error)
{
    *refused = false;
    Watchdog *watchdog = get_watchdog();
    gint64 limit_us = clock_monotonic_us() + settings->timeout_ms * 1000;
    gint64 until_us = MIN(deadline_us, limit_us);
    g_autoptr(Connection) connection = g_new0(Connection, 1);
    connection->uri = g_strdup(uri);
    connection->fd = dial_open(uri, until_us, error);
    if (connection->fd < 0)
        return NULL;
    int fd = connection->fd;
    watchdog_arm(watchdog, fd, until_us);
    bool good = greet(connection, settings, until_us, refused, error);
    watchdog_disarm(watchdog, fd);
    return good ? g_steal_pointer(&connection) : NULL;
}

void
connection_free(Connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->ldap != NULL)
        ldap_unbind_ext_s(connection->ldap, NULL, NULL);
    g_free(connection->uri);
    g_free(connection);
}

/* --- searching --------------------------------------------------------- */

static void
drop_entry(gpointer entry)
{
    query_entry_free(entry);
}

/* One search for a batch of addresses. */
typedef struct {
    int id;
    guint most; /* entries it may bring */
    guint entries;
    guint messages; /* entries and references */
    bool shown;     /* the canary, with a certificate */
    bool done;
} Search;

/* The searches of one question. */
typedef struct {
    Connection *connection;
    const DirectorySettings *settings;
    const char *const *addresses;
    guint count;
    char **names;     /* attributes asked for */
    GArray *searches; /* Search: those begun */
    guint answered;
    guint canaries; /* how many answers showed it */
    GPtrArray *entries;
    bool *cut;
} Round;

static guint
count_batches(const Round *round)
{
    return (round->count + DIRECTORY_BATCH - 1) / DIRECTORY_BATCH;
}

static bool
begin_search(Round *round, GError **error)
{
    const DirectorySettings *settings = round->settings;
    guint from = round->searches->len * DIRECTORY_BATCH;
    guint count = MIN(DIRECTORY_BATCH, round->count - from);
    const char *asked[DIRECTORY_BATCH + 1];
    for (guint i = 0; i < count; i++)
        asked[i] = round->addresses[from + i];
    if (settings->canary != NULL)
        asked[count++] = settings->canary;
    g_autofree char *filter =
        query_make_filter(settings->address_attributes, asked, count);
    /* A few more than one each: enough to see that there are too many. */
    Search search = {.most = count * 3 + 10};
    int code = ldap_search_ext(round->connection->ldap, settings->base,
                               LDAP_SCOPE_SUBTREE, filter, round->names, 0,
                               NULL, NULL, NULL, (int)search.most, &search.id);
    if (code != LDAP_SUCCESS)
        return fail(round->connection, code, "search failed", error);
    g_array_append_val(round->searches, search);
    return true;
}

static void
take_entry(Round *round, Search *search, LDAPMessage *message)
{
    const DirectorySettings *settings = round->settings;
    QueryEntry *entry = query_read_entry(round->connection->ldap, message,
                                         settings->address_attributes);
    search->entries++;
    search->shown =
        search->shown || (settings->canary != NULL && entry->values->len > 0 &&
                          query_owns(entry, settings->canary));
    g_ptr_array_add(round->entries, entry);
}

static bool
take_end(Round *round, Search *search, guint at, LDAPMessage *message,
         GError **error)
{
    int code = LDAP_OTHER;
    ldap_parse_result(round->connection->ldap, message, &code, NULL, NULL, NULL,
                      NULL, 0);
    round->cut[at] = code == LDAP_SIZELIMIT_EXCEEDED;
    if (code != LDAP_SUCCESS && !round->cut[at])
        return fail(round->connection, code, "search failed", error);
    search->done = true;
    round->answered++;
    round->canaries += search->shown ? 1 : 0;
    return true;
}

/* Entries are taken as they come: a server may send more than it was asked
 * for, and without end. */
static bool
take_message(Round *round, LDAPMessage *message, int type, GError **error)
{
    for (guint at = 0; at < round->searches->len; at++) {
        Search *search = &g_array_index(round->searches, Search, at);
        if (search->done || search->id != ldap_msgid(message))
            continue;
        if (type == LDAP_RES_SEARCH_RESULT)
            return take_end(round, search, at, message, error);
        if (type == LDAP_RES_SEARCH_ENTRY)
            take_entry(round, search, message);
        if (search->entries > search->most ||
            ++search->messages > search->most + MAX_REFERENCES)
            return fail(round->connection, LDAP_RESULTS_TOO_LARGE,
                        "search failed", error);
        return true;
    }
    return true; /* nothing we asked for */
}

/* Waits for one message, of whichever search. */
static bool
await_message(Round *round, gint64 deadline_us, GError **error)
{
    LDAP *ldap = round->connection->ldap;
    gint64 left_us = MAX(deadline_us - clock_monotonic_us(), 1000);
    struct timeval limit = {.tv_sec = left_us / G_USEC_PER_SEC,
                            .tv_usec = left_us % G_USEC_PER_SEC};
    LDAPMessage *message = NULL;
    int got = ldap_result(ldap, LDAP_RES_ANY, LDAP_MSG_ONE, &limit, &message);
    if (got == 0)
        return fail(round->connection, LDAP_TIMEOUT, "search failed", error);
    if (got < 0) {
        int code = LDAP_SERVER_DOWN;
        ldap_get_option(ldap, LDAP_OPT_RESULT_CODE, &code);
        return fail(round->connection, code, "search failed", error);
    }
    bool good = take_message(round, message, got, error);
    ldap_msgfree(message);
    return good;
}

/* A directory that may not be read looks like an empty one. */
static bool
check_canary(const Round *round, GError **error)
{
    if (round->settings->canary == NULL ||
        round->canaries == count_batches(round))
        return true;
    error_set(error, ERROR_CONFIG,
              "canary %s has no certificate at %s: are its read rights, base "
              "or replica wrong?",
              round->settings->canary, round->connection->uri);
    return false;
}

static bool
search_all(Round *round, gint64 deadline_us, GError **error)
{
    guint batches = count_batches(round);
    while (round->answered < batches) {
        while (round->searches->len < batches &&
               round->searches->len - round->answered < MAX_UNDER_WAY)
            if (!begin_search(round, error))
                return false;
        if (!await_message(round, deadline_us, error))
            return false;
    }
    return check_canary(round, error);
}

GPtrArray *
connection_search(Connection *connection, const DirectorySettings *settings,
                  const char *const *addresses, guint count, gint64 deadline_us,
                  bool *cut, GError **error)
{
    gint64 limit_us = clock_monotonic_us() + settings->timeout_ms * 1000;
    gint64 until_us = MIN(deadline_us, limit_us);
    g_auto(GStrv) names = query_list_attributes(settings->address_attributes);
    g_autoptr(GArray) searches = g_array_new(FALSE, FALSE, sizeof(Search));
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(drop_entry);
    Round round = {.connection = connection,
                   .settings = settings,
                   .addresses = addresses,
                   .count = count,
                   .names = names,
                   .searches = searches,
                   .entries = entries,
                   .cut = cut};
    watchdog_arm(get_watchdog(), connection->fd, until_us + G_USEC_PER_SEC);
    bool good = search_all(&round, until_us, error);
    watchdog_disarm(get_watchdog(), connection->fd);
    return good ? g_steal_pointer(&entries) : NULL;
}

bool
connection_probe(Connection *connection, const DirectorySettings *settings,
                 gint64 deadline_us, GError **error)
{
    const char *address = settings->canary != NULL
                              ? settings->canary
                              : "postmaster@invalid.example";
    bool cut = false;
    g_autoptr(GPtrArray) entries = connection_search(
        connection, settings, &address, 1, deadline_us, &cut, error);
    return entries != NULL;
}

bool
connection_run(Connection *connection, gint64 deadline_us, ConnectionAsk ask,
               gpointer data, GError **error)
{
    watchdog_arm(get_watchdog(), connection->fd, deadline_us + G_USEC_PER_SEC);
    bool good = ask(connection->ldap, data, error);
    watchdog_disarm(get_watchdog(), connection->fd);
    return good;
}
