/* SPDX-License-Identifier: BSD-2-Clause */
/* Authorities: CA certificates that a source holds, to build chains with. */
#include "certs/authorities.h"

#include "smime/openssl.h"

#include <string.h>

/* A CA has several certificates under one name while its key changes. */
#define MAX_OF_NAME 4

struct Authorities {
    GMutex lock;
    GHashTable *by_name; /* GBytes * (DER of the subject) -> GPtrArray * of
                          * Certificate * */
    char *seen;          /* a digest of what is held */
    guint64 generation;
};

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static void
drop_list(gpointer list)
{
    g_ptr_array_unref(list);
}

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static GHashTable *
new_table(void)
{
    return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, drop_bytes,
                                 drop_list);
}

Authorities *
authorities_new(void)
{
    Authorities *authorities = g_new0(Authorities, 1);
    g_mutex_init(&authorities->lock);
    authorities->by_name = new_table();
    return authorities;
}

void
authorities_free(Authorities *authorities)
{
    if (authorities == NULL)
        return;
    g_hash_table_unref(authorities->by_name);
    g_mutex_clear(&authorities->lock);
    g_free(authorities->seen);
    g_free(authorities);
}

/* --- filling ----------------------------------------------------------- */

static bool
add(GHashTable *table, Certificate *certificate)
{
    X509 *x509 = certificate_get_x509(certificate);
    const guchar *name = NULL;
    size_t size = 0;
    if (X509_check_ca(x509) != 1 ||
        X509_NAME_get0_der(X509_get_subject_name(x509), &name, &size) != 1)
        return false;
    g_autoptr(GBytes) key = g_bytes_new(name, size);
    GPtrArray *list = g_hash_table_lookup(table, key);
    if (list == NULL) {
        list = g_ptr_array_new_with_free_func(drop_certificate);
        g_hash_table_insert(table, g_steal_pointer(&key), list);
    }
    g_ptr_array_add(list, certificate_ref(certificate));
    return true;
}

guint
authorities_set(Authorities *authorities, const GPtrArray *certificates)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GHashTable) table = new_table();
    guint count = 0;
    for (guint i = 0; i < certificates->len && count < AUTHORITIES_MAX; i++) {
        Certificate *each = g_ptr_array_index(certificates, i);
        if (!add(table, each))
            continue;
        count++;
        g_checksum_update(sum, (const guchar *)certificate_get_sha256(each),
                          -1);
    }
    g_mutex_lock(&authorities->lock);
    if (g_strcmp0(authorities->seen, g_checksum_get_string(sum)) != 0) {
        g_free(authorities->seen);
        authorities->seen = g_strdup(g_checksum_get_string(sum));
        authorities->generation++;
        GHashTable *old = authorities->by_name;
        authorities->by_name = g_steal_pointer(&table);
        table = old;
    }
    g_mutex_unlock(&authorities->lock);
    return count;
}

/* --- asking ------------------------------------------------------------ */

static bool
is_there(const GPtrArray *hints, const Certificate *certificate)
{
    for (guint i = 0; i < hints->len; i++)
        if (strcmp(certificate_get_sha256(g_ptr_array_index(hints, i)),
                   certificate_get_sha256(certificate)) == 0)
            return true;
    return false;
}

/* Called with the lock held. */
static void
add_issuers(const Authorities *authorities, const Certificate *of,
            GPtrArray *hints, guint most)
{
    const GPtrArray *list = g_hash_table_lookup(authorities->by_name,
                                                certificate_get_issuer_der(of));
    for (guint i = 0; list != NULL && i < MIN(list->len, MAX_OF_NAME); i++) {
        Certificate *each = g_ptr_array_index(list, i);
        if (hints->len < most && !is_there(hints, each))
            g_ptr_array_add(hints, certificate_ref(each));
    }
}

void
authorities_add_hints(Authorities *authorities, const Certificate *leaf,
                      GPtrArray *hints, guint most)
{
    if (authorities == NULL)
        return;
    guint next = hints->len;
    g_mutex_lock(&authorities->lock);
    add_issuers(authorities, leaf, hints, most);
    /* What has been added has issuers, too. */
    for (; next < hints->len; next++)
        add_issuers(authorities, g_ptr_array_index(hints, next), hints, most);
    g_mutex_unlock(&authorities->lock);
}

guint64
authorities_get_generation(Authorities *authorities)
{
    g_mutex_lock(&authorities->lock);
    guint64 generation = authorities->generation;
    g_mutex_unlock(&authorities->lock);
    return generation;
}
