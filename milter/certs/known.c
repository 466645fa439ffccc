/* SPDX-License-Identifier: BSD-2-Clause */
/* Known: certificates seen before are not parsed, nor their chains verified,
 * once more. */
#include "certs/known.h"

/* A parsed certificate takes some 10 kB. */
#define MAX_CERTIFICATES 1000
#define MAX_CHAINS       10000

struct Known {
    GMutex lock;
    GHashTable *certificates; /* GBytes * -> Certificate * */
    GHashTable *chains;       /* set and SHA-256 -> GPtrArray * */
};

static void
drop_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static void
drop_chain(gpointer chain)
{
    g_ptr_array_unref(chain);
}

Known *
known_new(void)
{
    Known *known = g_new0(Known, 1);
    g_mutex_init(&known->lock);
    known->certificates = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
                                                drop_bytes, drop_certificate);
    known->chains =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop_chain);
    return known;
}

void
known_free(Known *known)
{
    if (known == NULL)
        return;
    g_hash_table_unref(known->certificates);
    g_hash_table_unref(known->chains);
    g_mutex_clear(&known->lock);
    g_free(known);
}

static void
make_room(GHashTable *table, guint most)
{
    if (g_hash_table_size(table) >= most)
        g_hash_table_remove_all(table);
}

Certificate *
known_parse(Known *known, GBytes *der, GError **error)
{
    g_mutex_lock(&known->lock);
    Certificate *found = g_hash_table_lookup(known->certificates, der);
    if (found != NULL)
        certificate_ref(found);
    g_mutex_unlock(&known->lock);
    if (found != NULL)
        return found;
    gsize size = 0;
    gconstpointer bytes = g_bytes_get_data(der, &size);
    Certificate *parsed = certificate_parse(bytes, size, error);
    if (parsed == NULL)
        return NULL;
    g_mutex_lock(&known->lock);
    make_room(known->certificates, MAX_CERTIFICATES);
    /* The certificate's own copy: der may be a slice of something larger. */
    g_hash_table_insert(known->certificates,
                        g_bytes_ref(certificate_get_der(parsed)),
                        certificate_ref(parsed));
    g_mutex_unlock(&known->lock);
    return parsed;
}

/* --- chains ------------------------------------------------------------ */

static char *
make_key(const char *set, const char *hints, const Certificate *leaf)
{
    return g_strconcat(set, " ", certificate_get_sha256(leaf), " ", hints,
                       NULL);
}

static bool
is_valid(const GPtrArray *chain, gint64 now_s)
{
    for (guint i = 0; i < chain->len; i++) {
        const Certificate *link = g_ptr_array_index(chain, i);
        if (now_s < certificate_get_not_before(link) ||
            now_s > certificate_get_not_after(link))
            return false;
    }
    return true;
}

/* What threads share are the certificates; a list of them is one thread's, or
 * the lock's. */
static GPtrArray *
copy_chain(const GPtrArray *chain)
{
    GPtrArray *copy = g_ptr_array_new_full(chain->len, drop_certificate);
    for (guint i = 0; i < chain->len; i++)
        g_ptr_array_add(copy, certificate_ref(g_ptr_array_index(chain, i)));
    return copy;
}

GPtrArray *
known_find_chain(Known *known, const char *set, const char *hints,
                 const Certificate *leaf, gint64 now_s)
{
    g_autofree char *key = make_key(set, hints, leaf);
    g_mutex_lock(&known->lock);
    const GPtrArray *kept = g_hash_table_lookup(known->chains, key);
    GPtrArray *chain =
        kept != NULL && is_valid(kept, now_s) ? copy_chain(kept) : NULL;
    g_mutex_unlock(&known->lock);
    return chain;
}

void
known_keep_chain(Known *known, const char *set, const char *hints,
                 const Certificate *leaf, GPtrArray *chain)
{
    g_mutex_lock(&known->lock);
    make_room(known->chains, MAX_CHAINS);
    g_hash_table_replace(known->chains, make_key(set, hints, leaf),
                         copy_chain(chain));
    g_mutex_unlock(&known->lock);
}
