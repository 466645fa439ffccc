/* SPDX-License-Identifier: BSD-2-Clause */
/* Query: filters (RFC 4515), attributes asked, entries read. */
#include "certs/query.h"

#include "base/mailbox.h"
#include "certs/smimecert.h"
#include "certs/source.h"

#include <string.h>

/* Of one entry. */
#define MAX_ADDRESSES 2000

void
query_entry_free(QueryEntry *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->dn);
    g_ptr_array_unref(entry->addresses);
    g_ptr_array_unref(entry->values);
    g_ptr_array_unref(entry->chain);
    g_free(entry);
}

/* --- asking ------------------------------------------------------------ */

static void
append_escaped(GString *filter, const char *text)
{
    struct berval in = {.bv_len = strlen(text),
                        .bv_val = (char *)(guintptr)text};
    struct berval out = {0};
    if (ldap_bv2escaped_filter_value(&in, &out) == 0 && out.bv_val != NULL)
        g_string_append_len(filter, out.bv_val, (gssize)out.bv_len);
    /* What did not need escaping comes back as the same bytes. */
    if (out.bv_val != in.bv_val)
        ldap_memfree(out.bv_val);
}

/* "name:prefix" in its two parts. */
static char *
split_attribute(const char *attribute, const char **prefix)
{
    gsize length = strcspn(attribute, ":");
    *prefix = attribute[length] == ':' ? attribute + length + 1 : "";
    return g_strndup(attribute, length);
}

char *
query_make_filter(char *const *attributes, const char *const *addresses,
                  guint count)
{
    GString *filter = g_string_new("(|");
    for (; *attributes != NULL; attributes++) {
        const char *prefix;
        g_autofree char *name = split_attribute(*attributes, &prefix);
        for (guint i = 0; i < count; i++) {
            g_autofree char *folded = mailbox_fold(addresses[i]);
            g_string_append_printf(filter, "(%s=", name);
            append_escaped(filter, prefix);
            append_escaped(filter, folded);
            g_string_append_c(filter, ')');
        }
    }
    g_string_append_c(filter, ')');
    return g_string_free(filter, FALSE);
}

/* Servers differ about ";binary": both spellings are asked for. */
static const char *const certificate_attributes[] = {
    "userCertificate", "userCertificate;binary", "userSMIMECertificate",
    "userSMIMECertificate;binary", NULL};

char **
query_list_attributes(char *const *attributes)
{
    GPtrArray *names = g_ptr_array_new();
    for (const char *const *each = certificate_attributes; *each != NULL;
         each++)
        g_ptr_array_add(names, g_strdup(*each));
    for (; *attributes != NULL; attributes++) {
        const char *prefix;
        g_ptr_array_add(names, split_attribute(*attributes, &prefix));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* --- reading ----------------------------------------------------------- */

/* RFC 4512 2.5: an attribute description is a name and options after ';'. */
static bool
is_attribute(const char *description, const char *name)
{
    gsize length = strcspn(description, ";");
    return length == strlen(name) &&
           g_ascii_strncasecmp(description, name, length) == 0;
}

/* Active Directory gives no more than some 1500 values at once, the first of
 * them as "name;range=0-1499"; the last piece ends with "-*". */
static bool
is_part(const char *description)
{
    static const char option[] = ";range=";
    for (const char *at = strchr(description, ';'); at != NULL;
         at = strchr(at + 1, ';')) {
        gsize length = strcspn(at + 1, ";") + 1;
        if (g_ascii_strncasecmp(at, option, strlen(option)) == 0)
            return at[length - 1] != '*';
    }
    return false;
}

static void
take_address(QueryEntry *entry, const struct berval *value, const char *prefix)
{
    gsize length = strlen(prefix);
    if (value->bv_len > 1024 || value->bv_len < length ||
        memchr(value->bv_val, '\0', value->bv_len) != NULL ||
        g_ascii_strncasecmp(value->bv_val, prefix, length) != 0)
        return;
    g_autofree char *text =
        g_strndup(value->bv_val + length, value->bv_len - length);
    g_autofree char *mailbox = mailbox_parse(text);
    if (mailbox != NULL && *mailbox != '\0')
        g_ptr_array_add(entry->addresses, mailbox_fold(mailbox));
}

static void
take_addresses(QueryEntry *entry, const char *description,
               struct berval *const *values, char *const *attributes)
{
    for (; *attributes != NULL; attributes++) {
        const char *prefix;
        g_autofree char *name = split_attribute(*attributes, &prefix);
        if (!is_attribute(description, name))
            continue;
        gsize i = 0;
        for (; values[i] != NULL && i < MAX_ADDRESSES; i++)
            take_address(entry, values[i], prefix);
        if (values[i] != NULL || is_part(description))
            entry->partial = true;
    }
}

/* A server that keeps both spellings apart may hold one certificate in each.
 * Capabilities that came with either are kept. */
static void
add_value(QueryEntry *entry, GBytes *der, GBytes *capabilities)
{
    for (guint i = 0; i < entry->values->len; i++) {
        SourceValue *each = g_ptr_array_index(entry->values, i);
        if (!g_bytes_equal(each->der, der))
            continue;
        if (each->capabilities == NULL && capabilities != NULL)
            each->capabilities = g_bytes_ref(capabilities);
        return;
    }
    if (entry->values->len < QUERY_MAX_VALUES)
        g_ptr_array_add(
            entry->values,
            source_value_new(g_bytes_ref(der), capabilities != NULL
                                                   ? g_bytes_ref(capabilities)
                                                   : NULL));
    else
        entry->cut++;
}

static void
take_wrapped(QueryEntry *entry, const guchar *bytes, gsize size)
{
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func(source_value_free);
    if (!smimecert_extract(bytes, size, found, entry->chain, QUERY_MAX_VALUES))
        entry->garbage++;
    for (guint i = 0; i < found->len; i++) {
        const SourceValue *each = g_ptr_array_index(found, i);
        add_value(entry, each->der, each->capabilities);
    }
}

static void
take_certificates(QueryEntry *entry, const char *description,
                  struct berval *const *values)
{
    bool plain = is_attribute(description, "userCertificate");
    bool wrapped = is_attribute(description, "userSMIMECertificate");
    if ((plain || wrapped) && is_part(description))
        entry->cut++;
    for (gsize i = 0; (plain || wrapped) && values[i] != NULL; i++) {
        const guchar *bytes = (const guchar *)values[i]->bv_val;
        gsize size = values[i]->bv_len;
        if (i >= QUERY_MAX_VALUES || size > QUERY_MAX_VALUE_BYTES) {
            entry->cut++;
        } else if (plain) {
            g_autoptr(GBytes) der = g_bytes_new(bytes, size);
            add_value(entry, der, NULL);
        } else {
            take_wrapped(entry, bytes, size);
        }
    }
}

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

QueryEntry *
query_read_entry(LDAP *ldap, LDAPMessage *message, char *const *attributes)
{
    QueryEntry *entry = g_new0(QueryEntry, 1);
    entry->addresses = g_ptr_array_new_with_free_func(g_free);
    entry->values = g_ptr_array_new_with_free_func(source_value_free);
    entry->chain = g_ptr_array_new_with_free_func(drop_bytes);
    char *dn = ldap_get_dn(ldap, message);
    entry->dn = g_strdup(dn != NULL ? dn : "");
    ldap_memfree(dn);
    BerElement *cursor = NULL;
    char *description = ldap_first_attribute(ldap, message, &cursor);
    while (description != NULL) {
        struct berval **values =
            ldap_get_values_len(ldap, message, description);
        if (values != NULL) {
            take_addresses(entry, description, values, attributes);
            take_certificates(entry, description, values);
            ldap_value_free_len(values);
        }
        ldap_memfree(description);
        description = ldap_next_attribute(ldap, message, cursor);
    }
    ber_free(cursor, 0);
    return entry;
}

bool
query_owns(const QueryEntry *entry, const char *address)
{
    for (guint i = 0; i < entry->addresses->len; i++)
        if (mailbox_equal(g_ptr_array_index(entry->addresses, i), address))
            return true;
    return false;
}
