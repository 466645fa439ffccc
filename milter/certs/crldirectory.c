/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL directory: revocation lists out of a directory. */
#include "certs/crldirectory.h"

#include "base/clock.h"
#include "base/error.h"
#include "certs/connection.h"

#include <ldap.h>
#include <string.h>

static const char *const attributes[] = {"certificateRevocationList",
                                         "authorityRevocationList", NULL};

/* --- addresses --------------------------------------------------------- */

bool
crldirectory_is_url(const char *url)
{
    return g_str_has_prefix(url, "ldap://") ||
           g_str_has_prefix(url, "ldaps://") ||
           g_str_has_prefix(url, "ldapi://");
}

/* Whether description, whatever its options, is one of ours. */
static bool
is_ours(const char *description)
{
    gsize size = strcspn(description, ";");
    for (const char *const *name = attributes; *name != NULL; name++)
        if (size == strlen(*name) &&
            g_ascii_strncasecmp(description, *name, size) == 0)
            return true;
    return false;
}

static const char *
check_parts(const LDAPURLDesc *parts)
{
    if (parts->lud_host == NULL || *parts->lud_host == '\0')
        return "names no host";
    if (parts->lud_dn == NULL || *parts->lud_dn == '\0')
        return "names no entry";
    if (parts->lud_scope != LDAP_SCOPE_DEFAULT &&
        parts->lud_scope != LDAP_SCOPE_BASE)
        return "names more than one entry";
    /* An objectClass filter is what AD CS writes; the entry is named anyway. */
    if (parts->lud_filter != NULL &&
        g_ascii_strncasecmp(parts->lud_filter, "(objectClass=", 13) != 0)
        return "has a filter";
    for (char **each = parts->lud_attrs; each != NULL && *each != NULL; each++)
        if (!is_ours(*each))
            return "names an attribute that holds no revocation lists";
    return NULL;
}

const char *
crldirectory_check_url(const char *url)
{
    LDAPURLDesc *parts = NULL;
    if (ldap_url_parse(url, &parts) != LDAP_URL_SUCCESS)
        return "is no LDAP address";
    const char *fault = check_parts(parts);
    ldap_free_urldesc(parts);
    return fault;
}

/* --- asking ------------------------------------------------------------ */

typedef struct {
    const char *url;
    const LDAPURLDesc *parts;
    gint64 deadline_us;
    GPtrArray *lists; /* GBytes * */
} Errand;

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static bool
fail(const Errand *errand, ErrorClass class, const char *why, GError **error)
{
    error_set(error, class, "%s: %s", errand->url, why);
    return false;
}

static bool
take_values(const Errand *errand, struct berval *const *values, GError **error)
{
    for (; *values != NULL; values++) {
        if ((*values)->bv_len > CRLDIRECTORY_MAX_BYTES)
            return fail(errand, ERROR_CONFIG, "it is larger than 16 MiB",
                        error);
        if (errand->lists->len >= CRLDIRECTORY_MAX_LISTS)
            return fail(errand, ERROR_CONFIG, "there are too many lists",
                        error);
        /* An authority without one keeps an empty value where the class wants
         * the attribute. */
        if ((*values)->bv_len > 0)
            g_ptr_array_add(errand->lists,
                            g_bytes_new((*values)->bv_val, (*values)->bv_len));
    }
    return true;
}

static bool
take_entry(const Errand *errand, LDAP *ldap, LDAPMessage *entry, GError **error)
{
    BerElement *cursor = NULL;
    bool good = true;
    char *name = ldap_first_attribute(ldap, entry, &cursor);
    while (name != NULL) {
        struct berval **values = good && is_ours(name)
                                     ? ldap_get_values_len(ldap, entry, name)
                                     : NULL;
        if (values != NULL) {
            good = take_values(errand, values, error);
            ldap_value_free_len(values);
        }
        ldap_memfree(name);
        name = ldap_next_attribute(ldap, entry, cursor);
    }
    ber_free(cursor, 0);
    return good;
}

/* Asked for with ";binary", as RFC 4523 has them transferred. */
static char **
list_names(const LDAPURLDesc *parts)
{
    GPtrArray *names = g_ptr_array_new();
    char *const *asked = parts->lud_attrs;
    if (asked == NULL || *asked == NULL)
        asked = (char *const *)(guintptr)attributes;
    for (; *asked != NULL; asked++)
        g_ptr_array_add(names, strchr(*asked, ';') != NULL
                                   ? g_strdup(*asked)
                                   : g_strconcat(*asked, ";binary", NULL));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static bool
ask(LDAP *ldap, gpointer data, GError **error)
{
    const Errand *errand = data;
    gint64 left_us = MAX(errand->deadline_us - clock_monotonic_us(), 1000);
    struct timeval limit = {.tv_sec = left_us / G_USEC_PER_SEC,
                            .tv_usec = left_us % G_USEC_PER_SEC};
    g_auto(GStrv) names = list_names(errand->parts);
    LDAPMessage *answer = NULL;
    int code = ldap_search_ext_s(ldap, errand->parts->lud_dn, LDAP_SCOPE_BASE,
                                 "(objectClass=*)", names, 0, NULL, NULL,
                                 &limit, 1, &answer);
    LDAPMessage *entry =
        code == LDAP_SUCCESS ? ldap_first_entry(ldap, answer) : NULL;
    bool good = entry != NULL && take_entry(errand, ldap, entry, error);
    if (code != LDAP_SUCCESS) {
        g_autofree char *text = g_ascii_strdown(ldap_err2string(code), -1);
        (void)fail(errand,
                   code == LDAP_NO_SUCH_OBJECT ? ERROR_CONFIG : ERROR_TEMPORARY,
                   text, error);
    } else if (entry == NULL || (good && errand->lists->len == 0)) {
        good = fail(errand, ERROR_CONFIG,
                    "the entry shows no revocation list (is it empty, or may "
                    "nobody read it?)",
                    error);
    }
    ldap_msgfree(answer);
    return good;
}

/* As connection_open wants it: the address without its entry. */
static char *
name_server(const LDAPURLDesc *parts)
{
    if (strcmp(parts->lud_scheme, "ldapi") == 0) {
        g_autofree char *path = g_uri_escape_string(parts->lud_host, "", FALSE);
        return g_strconcat("ldapi://", path, NULL);
    }
    bool v6 = strchr(parts->lud_host, ':') != NULL;
    return g_strdup_printf("%s://%s%s%s:%d", parts->lud_scheme, v6 ? "[" : "",
                           parts->lud_host, v6 ? "]" : "", parts->lud_port);
}

GPtrArray *
crldirectory_fetch(const CrlDirectoryWish *wish, const char *url,
                   GError **error)
{
    LDAPURLDesc *parts = NULL;
    const char *fault = crldirectory_check_url(url);
    if (fault != NULL || ldap_url_parse(url, &parts) != LDAP_URL_SUCCESS) {
        error_set(error, ERROR_CONFIG, "%s: %s", url, fault);
        return NULL;
    }
    g_autofree char *server = name_server(parts);
    const DirectorySettings settings = {
        .head = {.name = wish->trust},
        .tls_ca = (char *)(guintptr)wish->tls_ca,
        .start_tls = wish->start_tls,
        .timeout_ms = wish->timeout_ms,
    };
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func(drop_bytes);
    Errand errand = {
        .url = url,
        .parts = parts,
        .deadline_us = clock_monotonic_us() + wish->timeout_ms * 1000,
        .lists = lists,
    };
    bool refused = false;
    g_autoptr(Connection) connection =
        connection_open(&settings, server, errand.deadline_us, &refused, error);
    bool good =
        connection != NULL &&
        connection_run(connection, errand.deadline_us, ask, &errand, error);
    ldap_free_urldesc(parts);
    return good ? g_steal_pointer(&lists) : NULL;
}
