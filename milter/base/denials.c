/* SPDX-License-Identifier: BSD-2-Clause */
/* Denials: certificates and addresses that must not be used. */
#include "base/denials.h"

#include "base/clock.h"
#include "base/mailbox.h"

#include <string.h>

struct Denials {
    gint references; /* atomic */
    char *dir;
    GMutex lock;     /* all below */
    State *state;    /* NULL: not open */
    bool seen;       /* there was a file once */
    gint64 version;  /* of the file, when names was read */
    gint64 until_us; /* how long that is believed; 0: not yet read */
    guint64 generation;
    GHashTable *names; /* name -> reason; NULL: could not ask */
    char *trouble;     /* why, then */
};

Denials *
denials_new(const char *dir)
{
    Denials *denials = g_new0(Denials, 1);
    denials->references = 1;
    denials->dir = g_strdup(dir);
    g_mutex_init(&denials->lock);
    return denials;
}

Denials *
denials_ref(Denials *denials)
{
    g_atomic_int_inc(&denials->references);
    return denials;
}

void
denials_unref(Denials *denials)
{
    if (denials == NULL || !g_atomic_int_dec_and_test(&denials->references))
        return;
    state_free(denials->state);
    g_clear_pointer(&denials->names, g_hash_table_unref);
    g_mutex_clear(&denials->lock);
    g_free(denials->trouble);
    g_free(denials->dir);
    g_free(denials);
}

/* --- what is in memory ------------------------------------------------- */

static bool
is_same(GHashTable *a, GHashTable *b)
{
    if (a == NULL || b == NULL || g_hash_table_size(a) != g_hash_table_size(b))
        return false;
    GHashTableIter iter;
    gpointer name;
    gpointer reason;
    g_hash_table_iter_init(&iter, a);
    while (g_hash_table_iter_next(&iter, &name, &reason))
        if (g_strcmp0(g_hash_table_lookup(b, name), reason) != 0)
            return false;
    return true;
}

/* Takes names. */
static void
set_names(Denials *denials, GHashTable *names)
{
    if (!is_same(denials->names, names))
        denials->generation++;
    g_clear_pointer(&denials->names, g_hash_table_unref);
    g_clear_pointer(&denials->trouble, g_free);
    denials->names = names;
}

/* The file is opened anew next time. */
static void
set_trouble(Denials *denials, const char *why)
{
    g_clear_pointer(&denials->state, state_free);
    g_clear_pointer(&denials->names, g_hash_table_unref);
    g_free(denials->trouble);
    denials->trouble = g_strdup_printf("the list of what is denied cannot be "
                                       "read: %s",
                                       why);
    denials->generation++;
}

static GHashTable *
new_names(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* --- reading ----------------------------------------------------------- */

/* Whether there is an open file; otherwise all has been said. */
static bool
open_state(Denials *denials)
{
    if (denials->state != NULL)
        return true;
    bool absent = false;
    g_autoptr(GError) error = NULL;
    denials->state = state_open_existing(denials->dir, &absent, &error);
    denials->version = -1;
    if (denials->state != NULL)
        denials->seen = true;
    else if (!absent)
        set_trouble(denials, error->message);
    else if (denials->seen)
        set_trouble(denials, "the state file has gone");
    else
        set_names(denials, new_names());
    return denials->state != NULL;
}

static void
read_names(Denials *denials)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = state_list_denials(denials->state, &error);
    if (list == NULL) {
        set_trouble(denials, error->message);
        return;
    }
    GHashTable *names = new_names();
    for (guint i = 0; i < list->len; i++) {
        const StateDenial *denial = g_ptr_array_index(list, i);
        g_hash_table_insert(names, g_strdup(denial->name),
                            g_strdup(denial->reason));
    }
    set_names(denials, names);
}

/* Under lock. */
static void
refresh(Denials *denials)
{
    gint64 now_us = clock_monotonic_us();
    if (denials->until_us != 0 && now_us < denials->until_us)
        return;
    denials->until_us = now_us + DENIALS_AGE_US;
    if (!open_state(denials))
        return;
    gint64 version = state_get_version(denials->state);
    if (version < 0) {
        set_trouble(denials, "the state file has gone or was replaced");
        return;
    }
    if (version == denials->version)
        return;
    /* Read after the number was taken: a change in between is read twice. */
    denials->version = version;
    read_names(denials);
}

/* --- asking ------------------------------------------------------------ */

StateAnswer
denials_find(Denials *denials, const char *name, char **reason)
{
    *reason = NULL;
    if (denials == NULL)
        return STATE_NO;
    g_autofree char *folded = mailbox_fold(name);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&denials->lock);
    (void)locker;
    refresh(denials);
    if (denials->names == NULL) {
        *reason = g_strdup(denials->trouble);
        return STATE_UNKNOWN;
    }
    *reason = g_strdup(g_hash_table_lookup(denials->names, folded));
    return *reason != NULL ? STATE_YES : STATE_NO;
}

guint64
denials_get_generation(Denials *denials)
{
    if (denials == NULL)
        return 0;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&denials->lock);
    (void)locker;
    refresh(denials);
    return denials->generation;
}
