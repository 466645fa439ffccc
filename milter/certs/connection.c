/* SPDX-License-Identifier: BSD-2-Clause */
/* Connection: one LDAP handle, opened and used within deadlines. libldap's
 * own time limits do not bound a TLS handshake: the socket is ours, and a
 * watchdog cuts it. */
#include "certs/connection.h"

#include "base/clock.h"
#include "base/error.h"
#include "certs/dial.h"
#include "certs/query.h"
#include "certs/watchdog.h"

#include <ldap.h>
#include <openldap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_PASSWORD_BYTES 1024

/* Of one message of a server. An entry has at most some hundred certificates;
 * libldap holds a message whole, however long it says it is. */
#define MAX_MESSAGE_BYTES ((ber_len_t)32 << 20)

/* References to other servers that come with a search; we follow none. */
#define MAX_REFERENCES 1000

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

/* --- passwords --------------------------------------------------------- */

static char *
load_password(const DirectorySettings *settings, GError **error)
{
    const char *path = settings->bind_password_file;
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & 0007) != 0) {
        error_set(error, ERROR_CONFIG, "password file %s is open to others",
                  path);
        return NULL;
    }
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        error_set(error, ERROR_CONFIG, "%s", cause->message);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    /* RFC 4513 5.1.2: a name without password is an anonymous bind that
     * succeeds. */
    if (*text == '\0' || strlen(text) > MAX_PASSWORD_BYTES) {
        error_set(error, ERROR_CONFIG, "password file %s is empty", path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

void
connection_check_password(const DirectorySettings *settings, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *password = load_password(settings, &error);
    if (password == NULL) {
        problems_add(problems, &settings->head.at, "directory %s: %s",
                     settings->head.name, error->message);
        return;
    }
    explicit_bzero(password, strlen(password));
}

/* --- opening ----------------------------------------------------------- */

static bool
set_options(const Connection *connection, const DirectorySettings *settings,
            gint64 left_ms, GError **error)
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
    (void)settings;
    return true;
}

static bool
set_tls(const Connection *connection, const DirectorySettings *settings,
        GError **error)
{
    LDAP *ldap = connection->ldap;
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    const int client = 0;
    bool good =
        ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == 0 &&
        ldap_set_option(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least) == 0 &&
        (settings->tls_ca == NULL ||
         ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, settings->tls_ca) ==
             0) &&
        /* Nothing above has an effect before this. */
        ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &client) == 0;
    if (good)
        return true;
    error_set(error, ERROR_CONFIG, "tls-ca %s cannot be used",
              settings->tls_ca != NULL ? settings->tls_ca : "of the system");
    return false;
}

static bool
start_tls(const Connection *connection, const DirectorySettings *settings,
          GError **error)
{
    bool ldaps = g_str_has_prefix(connection->uri, "ldaps://");
    bool plain = g_str_has_prefix(connection->uri, "ldap://");
    if (!ldaps && !(plain && settings->start_tls))
        return true;
    if (!set_tls(connection, settings, error))
        return false;
    int code = ldaps ? ldap_install_tls(connection->ldap)
                     : ldap_start_tls_s(connection->ldap, NULL, NULL);
    return code == LDAP_SUCCESS ||
           fail(connection, code,
                "TLS failed: wrong name, unknown CA or no answer", error);
}

static bool
bind_as(const Connection *connection, const DirectorySettings *settings,
        GError **error)
{
    struct berval credentials = {0};
    g_autofree char *password = NULL;
    if (settings->bind_dn != NULL) {
        password = load_password(settings, error);
        if (password == NULL)
            return false;
        credentials.bv_val = password;
        credentials.bv_len = strlen(password);
    }
    int code =
        ldap_sasl_bind_s(connection->ldap, settings->bind_dn, LDAP_SASL_SIMPLE,
                         &credentials, NULL, NULL, NULL);
    if (password != NULL)
        explicit_bzero(password, strlen(password));
    if (code == LDAP_SUCCESS)
        return true;
    g_autofree char *text = g_ascii_strdown(ldap_err2string(code), -1);
    error_set(error,
              code == LDAP_INVALID_CREDENTIALS ? ERROR_CONFIG : ERROR_TEMPORARY,
              "bind refused (%s) as %s at %s", text,
              settings->bind_dn != NULL ? settings->bind_dn : "nobody",
              connection->uri);
    return false;
}

static bool
greet(Connection *connection, const DirectorySettings *settings,
      gint64 deadline_us, GError **error)
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
    return set_options(connection, settings, left_ms, error) &&
           start_tls(connection, settings, error) &&
           bind_as(connection, settings, error);
}

Connection *
connection_open(const DirectorySettings *settings, const char *uri,
                gint64 deadline_us, GError **error)
{
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
    bool good = greet(connection, settings, until_us, error);
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

/* The next message of a search: its type, or 0 with *code. */
static int
await_message(const Connection *connection, int id, gint64 until_us,
              LDAPMessage **message, int *code)
{
    gint64 left_us = MAX(until_us - clock_monotonic_us(), 1000);
    struct timeval limit = {.tv_sec = left_us / G_USEC_PER_SEC,
                            .tv_usec = left_us % G_USEC_PER_SEC};
    int type = ldap_result(connection->ldap, id, LDAP_MSG_ONE, &limit, message);
    if (type > 0)
        return type;
    *code = LDAP_TIMEOUT;
    if (type < 0)
        (void)ldap_get_option(connection->ldap, LDAP_OPT_RESULT_CODE, code);
    return 0;
}

/* Takes entries as they come: a server may send more than it was asked for,
 * and without end. Returns the code of the search; with RESULTS_TOO_LARGE the
 * rest is still on its way, and the connection of no more use. */
static int
collect_entries(const Connection *connection, int id, gint64 until_us,
                guint most, char *const *attributes, GPtrArray *entries)
{
    LDAP *ldap = connection->ldap;
    int code = LDAP_RESULTS_TOO_LARGE;
    for (guint i = 0; i < most + MAX_REFERENCES && entries->len <= most; i++) {
        LDAPMessage *message = NULL;
        int type = await_message(connection, id, until_us, &message, &code);
        if (type == LDAP_RES_SEARCH_RESULT) {
            int parsed = ldap_parse_result(ldap, message, &code, NULL, NULL,
                                           NULL, NULL, 1);
            return parsed == LDAP_SUCCESS ? code : parsed;
        }
        if (type == LDAP_RES_SEARCH_ENTRY)
            g_ptr_array_add(entries,
                            query_read_entry(ldap, message, attributes));
        ldap_msgfree(message);
        if (type == 0)
            break;
    }
    (void)ldap_abandon_ext(ldap, id, NULL, NULL);
    return code;
}

GPtrArray *
connection_search(Connection *connection, const DirectorySettings *settings,
                  const char *const *addresses, guint count, gint64 deadline_us,
                  bool *cut, GError **error)
{
    gint64 limit_us = clock_monotonic_us() + settings->timeout_ms * 1000;
    gint64 until_us = MIN(deadline_us, limit_us);
    gint64 left_us = MAX(until_us - clock_monotonic_us(), 1000);
    struct timeval limit = {.tv_sec = left_us / G_USEC_PER_SEC,
                            .tv_usec = left_us % G_USEC_PER_SEC};
    g_autofree char *filter =
        query_make_filter(settings->address_attributes, addresses, count);
    g_auto(GStrv) names = query_list_attributes(settings->address_attributes);
    /* A few more than one each: enough to see that there are too many. */
    const guint most = count * 3 + 10;
    GPtrArray *entries = g_ptr_array_new_with_free_func(drop_entry);
    int id = 0;
    watchdog_arm(get_watchdog(), connection->fd, until_us + G_USEC_PER_SEC);
    int code =
        ldap_search_ext(connection->ldap, settings->base, LDAP_SCOPE_SUBTREE,
                        filter, names, 0, NULL, NULL, &limit, (int)most, &id);
    if (code == LDAP_SUCCESS)
        code = collect_entries(connection, id, until_us, most,
                               settings->address_attributes, entries);
    watchdog_disarm(get_watchdog(), connection->fd);
    *cut = code == LDAP_SIZELIMIT_EXCEEDED;
    if (code == LDAP_SUCCESS || *cut)
        return entries;
    g_ptr_array_unref(entries);
    fail(connection, code, "search failed", error);
    return NULL;
}
