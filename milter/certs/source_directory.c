/* SPDX-License-Identifier: BSD-2-Clause */
/* An LDAP directory as a source. */
#include "certs/source_directory.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "certs/ca_entries.h"
#include "certs/directory.h"
#include "certs/query.h"

#include <string.h>

#define MAX_TOLD 1000

/* That answers are cut off is said so often at most. */
#define CUT_TOLD_US ((gint64)60 * G_USEC_PER_SEC)

typedef struct {
    Source source;
    Directory *directory;
    const DirectorySettings *settings;
    CaEntries *ca_entries; /* NULL: there are none */
    GMutex lock;
    GHashTable *told;   /* names of entries whose values were complained of */
    gint64 cut_told_us; /* 0: never */
} DirectorySource;

/* What is left out is said once for each entry, and no more than this. */
static void
tell_left_out(DirectorySource *self, const QueryEntry *entry)
{
    if (entry->cut == 0 && entry->garbage == 0)
        return;
    g_mutex_lock(&self->lock);
    bool tell = g_hash_table_size(self->told) < MAX_TOLD &&
                g_hash_table_add(self->told, g_strdup(entry->dn));
    g_mutex_unlock(&self->lock);
    if (!tell)
        return;
    g_autofree char *cut = g_strdup_printf("%u", entry->cut);
    g_autofree char *garbage = g_strdup_printf("%u", entry->garbage);
    log_event(LOG_LEVEL_WARNING, "left-out", "directory",
              self->settings->head.name, "entry", entry->dn, "too-many-or-long",
              cut, "no-certificate", garbage, NULL);
}

/* Either the account's size limit is too low, or somebody has put the same
 * address into many entries. */
static void
tell_cut(DirectorySource *self, const char *server)
{
    gint64 now_us = clock_monotonic_us();
    g_mutex_lock(&self->lock);
    bool tell =
        self->cut_told_us == 0 || now_us - self->cut_told_us >= CUT_TOLD_US;
    if (tell)
        self->cut_told_us = now_us;
    g_mutex_unlock(&self->lock);
    if (tell)
        log_event(LOG_LEVEL_WARNING, "directory", "name",
                  self->settings->head.name, "server", server, "fault",
                  "answers are cut off: the size limit of our account is too "
                  "low, or many entries have one address",
                  NULL);
}

/* Who owns an address; two when a choice between them would be a guess. */
typedef struct {
    const QueryEntry *owner;
    const QueryEntry *two;
} Owners;

/* The entries by each folded address. One that came in two answers is one. */
static GHashTable *
index_entries(const GPtrArray *entries)
{
    GHashTable *index =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < entries->len; i++) {
        const QueryEntry *entry = g_ptr_array_index(entries, i);
        for (guint k = 0; k < entry->addresses->len; k++) {
            char *address = g_ptr_array_index(entry->addresses, k);
            Owners *owners = g_hash_table_lookup(index, address);
            if (owners == NULL) {
                owners = g_new0(Owners, 1);
                owners->owner = entry;
                g_hash_table_insert(index, address, owners);
            } else if (strcmp(owners->owner->dn, entry->dn) != 0) {
                owners->two = entry;
            }
        }
    }
    return index;
}

static void
take_owner(const QueryEntry *owner, SourceAnswer *answer)
{
    answer->entry = g_strdup(owner->dn);
    for (guint i = 0; i < owner->addresses->len; i++)
        g_ptr_array_add(answer->owned,
                        g_strdup(g_ptr_array_index(owner->addresses, i)));
    for (guint i = 0; i < owner->chain->len; i++)
        g_ptr_array_add(answer->chain,
                        g_bytes_ref(g_ptr_array_index(owner->chain, i)));
    for (guint i = 0; i < owner->values->len; i++) {
        const SourceValue *each = g_ptr_array_index(owner->values, i);
        GBytes *capabilities = each->capabilities;
        g_ptr_array_add(answer->values,
                        source_value_new(g_bytes_ref(each->der),
                                         capabilities != NULL
                                             ? g_bytes_ref(capabilities)
                                             : NULL));
    }
}

static void
take_entries(GHashTable *index, bool cut, const char *address,
             SourceAnswer *answer)
{
    static const Owners nobody;
    g_autofree char *folded = mailbox_fold(address);
    const Owners *owners = g_hash_table_lookup(index, folded);
    if (owners == NULL)
        owners = &nobody;
    if (owners->two != NULL) {
        source_answer_set(
            answer, SOURCE_AMBIGUOUS,
            g_strdup_printf("%s and %s", owners->owner->dn, owners->two->dn));
        return;
    }
    if (cut) {
        source_answer_set(answer, SOURCE_AMBIGUOUS,
                          g_strdup("the directory did not give all it has"));
        return;
    }
    source_answer_set(answer, SOURCE_ANSWERED, NULL);
    if (owners->owner != NULL)
        take_owner(owners->owner, answer);
}

/* Whether an entry has addresses that did not come: it may own any. */
static bool
check_partial(const GPtrArray *entries)
{
    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const QueryEntry *each = g_ptr_array_index(entries, i);
        if (each->partial)
            return true;
    }
    return false;
}

/* Whether nothing is missing to judge what was found. Begins with it. */
static bool
has_authorities(DirectorySource *self, gint64 deadline_us, char **missing)
{
    return self->ca_entries == NULL ||
           ca_entries_await(self->ca_entries, deadline_us, missing);
}

static void
fill_answer(const DirectorySource *self, GHashTable *index, bool cut,
            const char *address, const char *missing, SourceAnswer *answer)
{
    answer->proven = self->settings->canary != NULL;
    take_entries(index, cut, address, answer);
    if (missing != NULL && answer->values->len > 0)
        source_answer_set(answer, SOURCE_SILENT, g_strdup(missing));
}

static void
find(Source *source, const char *const *addresses, guint count,
     gint64 deadline_us, SourceAnswer *answers)
{
    DirectorySource *self = (DirectorySource *)(gpointer)source;
    g_autofree bool *cut = g_new0(bool, count / DIRECTORY_BATCH + 1);
    const char *server = NULL;
    g_autofree char *unread = NULL, *missing = NULL;
    (void)has_authorities(self, 0, &unread);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = directory_search(
        self->directory, addresses, count, deadline_us, cut, &server, &error);
    for (guint i = 0; entries != NULL && i < entries->len; i++)
        tell_left_out(self, g_ptr_array_index(entries, i));
    bool partial = check_partial(entries);
    for (guint i = 0; i <= count / DIRECTORY_BATCH && entries != NULL; i++) {
        if (cut[i])
            tell_cut(self, server);
        cut[i] = cut[i] || partial;
    }
    g_autoptr(GHashTable) index =
        entries != NULL ? index_entries(entries) : NULL;
    if (index != NULL)
        (void)has_authorities(self, deadline_us, &missing);
    for (guint i = 0; i < count; i++) {
        answers[i].server = g_strdup(server);
        answers[i].filter = query_make_filter(
            self->settings->address_attributes, &addresses[i], 1);
        if (index != NULL)
            fill_answer(self, index, cut[i / DIRECTORY_BATCH], addresses[i],
                        missing, &answers[i]);
        else
            source_answer_set(&answers[i], SOURCE_SILENT,
                              g_strdup(error->message));
    }
}

static void
check(Source *source, gint64 deadline_us, Problems *problems)
{
    DirectorySource *self = (DirectorySource *)(gpointer)source;
    const char *address = self->settings->canary != NULL
                              ? self->settings->canary
                              : "postmaster@invalid.example";
    bool cut = false;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = directory_search(
        self->directory, &address, 1, deadline_us, &cut, NULL, &error);
    if (entries == NULL)
        problems_add(problems, &self->settings->head.at, "%s", error->message);
    else if (self->ca_entries != NULL &&
             ca_entries_read(self->settings, source->authorities, deadline_us,
                             &error) == 0)
        problems_add(problems, &self->settings->head.at, "%s", error->message);
}

static guint64
get_generation(Source *source)
{
    return authorities_get_generation(source->authorities);
}

static void
write_status(Source *source, Bulletin *bulletin)
{
    DirectorySource *self = (DirectorySource *)(gpointer)source;
    directory_write_status(self->directory, bulletin);
}

static void
destroy(Source *source)
{
    DirectorySource *self = (DirectorySource *)(gpointer)source;
    ca_entries_free(self->ca_entries);
    authorities_free(source->authorities);
    directory_free(self->directory);
    g_hash_table_unref(self->told);
    g_mutex_clear(&self->lock);
    g_free(self);
}

Source *
source_directory_new(const void *filled, const Settings *all,
                     Problems *problems)
{
    const DirectorySettings *settings = filled;
    DirectorySource *self = g_new0(DirectorySource, 1);
    self->settings = settings;
    g_mutex_init(&self->lock);
    self->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->source = (Source){.name = settings->head.name,
                            .domains = settings->domains,
                            .other_addresses = settings->other_addresses,
                            .at = settings->head.at,
                            .find = find,
                            .check = check,
                            .write_status = write_status,
                            .destroy = destroy};
    self->directory = directory_new(settings, all, problems);
    if (settings->ca_base == NULL)
        return &self->source;
    self->source.authorities = authorities_new();
    self->source.get_generation = get_generation;
    self->ca_entries = ca_entries_new(settings, self->source.authorities);
    return &self->source;
}
