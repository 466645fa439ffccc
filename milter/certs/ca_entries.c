/* SPDX-License-Identifier: BSD-2-Clause */
/* CA entries: the certificates of authorities that a directory holds. */
#include "certs/ca_entries.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "certs/connection.h"

#include <ldap.h>
#include <string.h>

#define EVERY_US    (10 * 60 * G_USEC_PER_SEC)
#define RETRY_US    (30 * G_USEC_PER_SEC)
#define MAX_ENTRIES 500
#define FILTER      "(|(cACertificate=*)(cACertificate;binary=*))"

struct CaEntries {
    const DirectorySettings *settings;
    Authorities *authorities;
    GMutex lock; /* of what follows */
    GCond changed;
    GThread *thread; /* NULL: not begun */
    bool read, stop;
    char *fault; /* of the last reading; NULL: it was good, or there was none */
};

/* --- reading ----------------------------------------------------------- */

typedef struct {
    const DirectorySettings *settings;
    gint64 deadline_us;
    GPtrArray *certificates; /* Certificate * */
} Errand;

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static bool
fail(const Errand *errand, int code, GError **error)
{
    g_autofree char *text = g_ascii_strdown(ldap_err2string(code), -1);
    error_set(
        error, code == LDAP_NO_SUCH_OBJECT ? ERROR_CONFIG : ERROR_TEMPORARY,
        "authorities below ca-base %s of directory %s cannot be read (%s)",
        errand->settings->ca_base, errand->settings->head.name, text);
    return false;
}

/* What cannot be parsed helps nobody, and hinders nobody. */
static void
take_values(const Errand *errand, struct berval *const *values)
{
    for (; *values != NULL && errand->certificates->len < AUTHORITIES_MAX;
         values++) {
        Certificate *made =
            certificate_parse((*values)->bv_val, (*values)->bv_len, NULL);
        if (made != NULL)
            g_ptr_array_add(errand->certificates, made);
    }
}

static void
take_entry(const Errand *errand, LDAP *ldap, LDAPMessage *entry)
{
    static const char *const spellings[] = {"cACertificate",
                                            "cACertificate;binary"};
    for (gsize i = 0; i < G_N_ELEMENTS(spellings); i++) {
        struct berval **values = ldap_get_values_len(ldap, entry, spellings[i]);
        if (values == NULL)
            continue;
        take_values(errand, values);
        ldap_value_free_len(values);
    }
}

/* Entry by entry: an answer may be as long as a server likes. False: more. */
static bool
take_message(const Errand *errand, LDAP *ldap, LDAPMessage *message, int *code)
{
    *code = LDAP_SUCCESS;
    if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY)
        take_entry(errand, ldap, message);
    if (ldap_msgtype(message) != LDAP_RES_SEARCH_RESULT)
        return false;
    ldap_parse_result(ldap, message, code, NULL, NULL, NULL, NULL, 0);
    /* As many as it would give are better than none. */
    if (*code == LDAP_SIZELIMIT_EXCEEDED)
        *code = LDAP_SUCCESS;
    return true;
}

static bool
ask(LDAP *ldap, gpointer data, GError **error)
{
    const Errand *errand = data;
    char *names[] = {(char *)(guintptr) "cACertificate",
                     (char *)(guintptr) "cACertificate;binary", NULL};
    int id = 0;
    int code =
        ldap_search_ext(ldap, errand->settings->ca_base, LDAP_SCOPE_SUBTREE,
                        FILTER, names, 0, NULL, NULL, NULL, MAX_ENTRIES, &id);
    if (code != LDAP_SUCCESS)
        return fail(errand, code, error);
    for (guint count = 0; count < 4 * MAX_ENTRIES; count++) {
        gint64 left_us = MAX(errand->deadline_us - clock_monotonic_us(), 1000);
        struct timeval limit = {.tv_sec = left_us / G_USEC_PER_SEC,
                                .tv_usec = left_us % G_USEC_PER_SEC};
        LDAPMessage *message = NULL;
        int got = ldap_result(ldap, id, LDAP_MSG_ONE, &limit, &message);
        if (got <= 0)
            return fail(errand, got == 0 ? LDAP_TIMEOUT : LDAP_SERVER_DOWN,
                        error);
        bool done = take_message(errand, ldap, message, &code);
        ldap_msgfree(message);
        if (done)
            return code == LDAP_SUCCESS || fail(errand, code, error);
    }
    return fail(errand, LDAP_RESULTS_TOO_LARGE, error);
}

static bool
ask_server(Errand *errand, const char *uri, GError **error)
{
    bool refused = false;
    gint64 limit_us =
        clock_monotonic_us() + errand->settings->timeout_ms * 1000;
    gint64 until_us = MIN(limit_us, errand->deadline_us);
    g_autoptr(Connection) connection =
        connection_open(errand->settings, uri, until_us, &refused, error);
    g_ptr_array_set_size(errand->certificates, 0);
    return connection != NULL &&
           connection_run(connection, until_us, ask, errand, error);
}

guint
ca_entries_read(const DirectorySettings *settings, Authorities *authorities,
                gint64 deadline_us, GError **error)
{
    g_autoptr(GPtrArray) certificates =
        g_ptr_array_new_with_free_func(drop_certificate);
    Errand errand = {.settings = settings,
                     .deadline_us = deadline_us,
                     .certificates = certificates};
    bool good = false;
    for (char **uri = settings->uris; *uri != NULL && !good; uri++) {
        g_clear_error(error);
        good = ask_server(&errand, *uri, error);
    }
    if (!good)
        return 0;
    /* None found is more likely none shown. */
    g_autoptr(Authorities) fresh = authorities_new();
    if (authorities_set(fresh, certificates) > 0)
        return authorities_set(authorities, certificates);
    error_set(error, ERROR_CONFIG,
              "directory %s shows no CA certificate below ca-base %s: is it "
              "mistyped, or may our account not read there?",
              settings->head.name, settings->ca_base);
    return 0;
}

/* --- in the background ------------------------------------------------- */

static void
read_once(CaEntries *entries)
{
    g_autoptr(GError) error = NULL;
    /* Each server has its time. */
    gint64 deadline_us =
        clock_monotonic_us() + 2 * entries->settings->timeout_ms * 1000 *
                                   g_strv_length(entries->settings->uris);
    bool good = ca_entries_read(entries->settings, entries->authorities,
                                deadline_us, &error) > 0;
    g_mutex_lock(&entries->lock);
    bool news = good ? entries->fault != NULL
                     : g_strcmp0(entries->fault, error->message) != 0;
    g_free(entries->fault);
    entries->fault = good ? NULL : g_strdup(error->message);
    entries->read = entries->read || good;
    g_cond_broadcast(&entries->changed);
    g_mutex_unlock(&entries->lock);
    if (news)
        log_event(good ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING, "ca-entries",
                  "directory", entries->settings->head.name, "fault",
                  good ? "none any more" : error->message, NULL);
}

static gpointer
keep_reading(gpointer pointer)
{
    CaEntries *entries = pointer;
    g_mutex_lock(&entries->lock);
    while (!entries->stop) {
        g_mutex_unlock(&entries->lock);
        read_once(entries);
        g_mutex_lock(&entries->lock);
        gint64 pause_us = entries->fault == NULL ? EVERY_US : RETRY_US;
        /* Gateways that were started together need not ask together. */
        gint64 until_us = g_get_monotonic_time() +
                          (gint64)(pause_us * g_random_double_range(0.8, 1.2));
        while (!entries->stop &&
               g_cond_wait_until(&entries->changed, &entries->lock, until_us))
            ;
    }
    g_mutex_unlock(&entries->lock);
    return NULL;
}

CaEntries *
ca_entries_new(const DirectorySettings *settings, Authorities *authorities)
{
    CaEntries *entries = g_new0(CaEntries, 1);
    entries->settings = settings;
    entries->authorities = authorities;
    g_mutex_init(&entries->lock);
    g_cond_init(&entries->changed);
    return entries;
}

void
ca_entries_free(CaEntries *entries)
{
    if (entries == NULL)
        return;
    g_mutex_lock(&entries->lock);
    entries->stop = true;
    g_cond_broadcast(&entries->changed);
    g_mutex_unlock(&entries->lock);
    if (entries->thread != NULL)
        g_thread_join(entries->thread);
    g_mutex_clear(&entries->lock);
    g_cond_clear(&entries->changed);
    g_free(entries->fault);
    g_free(entries);
}

bool
ca_entries_await(CaEntries *entries, gint64 deadline_us, char **reason)
{
    g_mutex_lock(&entries->lock);
    if (entries->thread == NULL && !entries->stop)
        entries->thread = g_thread_new("ca-entries", keep_reading, entries);
    while (!entries->read && entries->fault == NULL &&
           g_cond_wait_until(&entries->changed, &entries->lock, deadline_us))
        ;
    bool read = entries->read;
    if (!read)
        *reason = entries->fault != NULL
                      ? g_strdup(entries->fault)
                      : g_strdup_printf("authorities below ca-base of "
                                        "directory %s were not read in time",
                                        entries->settings->head.name);
    g_mutex_unlock(&entries->lock);
    return read;
}
