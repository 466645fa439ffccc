/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache: what sources have said, and what was made of it, for a while. */
#include "certs/cache.h"

#include "base/clock.h"

#include <string.h>

#define AT(member) offsetof(LookupSettings, member)
#define DAY_MS     86400000

static const SettingRow rows[] = {
    {.name = "merge",
     .type = SETTING_FLAG,
     .offset = AT(merge),
     .default_text = "no",
     .help = "ask all sources of a domain and take the best certificate, "
             "instead of that of the first source that has a usable one"},
    {.name = "keep-found",
     .type = SETTING_DURATION,
     .offset = AT(keep_found_ms),
     .default_text = "15min",
     .maximum = DAY_MS,
     .help = "how long a directory is not asked again for a certificate that "
             "it had"},
    {.name = "keep-none",
     .type = SETTING_DURATION,
     .offset = AT(keep_none_ms),
     .default_text = "2min",
     .maximum = DAY_MS,
     .help = "how long it is not asked again where it had no usable one and "
             "showed its canary; without a canary: keep-error"},
    {.name = "keep-error",
     .type = SETTING_DURATION,
     .offset = AT(keep_error_ms),
     .default_text = "10s",
     .maximum = DAY_MS,
     .help = "how long it is not asked again after it did not answer"},
    {.name = "stale",
     .type = SETTING_DURATION,
     .offset = AT(stale_ms),
     .default_text = "4h",
     .maximum = 30LL * DAY_MS,
     .help = "how old a certificate may be that is used while its directory "
             "does not answer"},
    {.name = "cache-size",
     .type = SETTING_SIZE,
     .offset = AT(size_bytes),
     .default_text = "32MiB",
     .maximum = 1099511627776,
     .help = "memory for all that is kept"},
    {0}};

const SettingsTable lookup_settings = {
    .block = "lookup",
    .size_bytes = sizeof(LookupSettings),
    .rows = rows,
    .help = "how certificates are looked up and kept",
};

/* One source about one address. */
typedef struct {
    SourceAnswer *answer; /* the last real one, or NULL */
    SourceAnswer *error;  /* that it was silent since, or NULL */
    AskerSearch *search;  /* under way, or NULL */
    guint index;
} Slot;

typedef struct {
    GList link;          /* of the cache's queue; data: the entry */
    CertAnswer *verdict; /* or NULL */
    CacheTerm term;
    gsize verdict_bytes, slot_bytes;
    bool found; /* what the last verdict came to */
    Slot *slots;
    char address[];
} Entry;

struct Cache {
    const LookupSettings *settings;
    guint sources;
    GMutex lock;
    /* under lock */
    GHashTable *entries; /* Entry.address -> Entry * */
    GQueue queue;        /* Entry.link, what was asked for last first */
    gsize bytes;
};

/* --- entries: all with the lock held ----------------------------------- */

/* What an entry takes beside answers: itself, its place in the table. */
static gsize
reckon_entry(const Cache *cache, const Entry *entry)
{
    return sizeof *entry + strlen(entry->address) + 96 +
           cache->sources * sizeof(Slot);
}

static void
clear_slot(Slot *slot)
{
    source_answer_unref(slot->answer);
    source_answer_unref(slot->error);
    if (slot->search != NULL)
        asker_drop(slot->search);
    *slot = (Slot){0};
}

static void
remove_entry(Cache *cache, Entry *entry)
{
    g_queue_unlink(&cache->queue, &entry->link);
    g_hash_table_remove(cache->entries, entry->address);
    cache->bytes -=
        reckon_entry(cache, entry) + entry->verdict_bytes + entry->slot_bytes;
    for (guint i = 0; i < cache->sources; i++)
        clear_slot(&entry->slots[i]);
    cert_answer_unref(entry->verdict);
    g_free(entry->slots);
    g_free(entry);
}

static void
trim(Cache *cache)
{
    while (cache->bytes > cache->settings->size_bytes &&
           cache->queue.tail != NULL)
        remove_entry(cache, cache->queue.tail->data);
}

static Entry *
find_entry(Cache *cache, const char *address)
{
    Entry *entry = g_hash_table_lookup(cache->entries, address);
    if (entry != NULL && cache->queue.head != &entry->link) {
        g_queue_unlink(&cache->queue, &entry->link);
        g_queue_push_head_link(&cache->queue, &entry->link);
    }
    return entry;
}

static Entry *
make_entry(Cache *cache, const char *address)
{
    Entry *entry = find_entry(cache, address);
    if (entry != NULL)
        return entry;
    gsize length = strlen(address) + 1;
    entry = g_malloc0(sizeof *entry + length);
    memcpy(entry->address, address, length);
    entry->link.data = entry;
    entry->slots = g_new0(Slot, cache->sources);
    g_hash_table_insert(cache->entries, entry->address, entry);
    g_queue_push_head_link(&cache->queue, &entry->link);
    cache->bytes += reckon_entry(cache, entry);
    return entry;
}

static void
reckon_slots(Cache *cache, Entry *entry)
{
    cache->bytes -= entry->slot_bytes;
    entry->slot_bytes = 0;
    for (guint i = 0; i < cache->sources; i++) {
        const Slot *slot = &entry->slots[i];
        if (slot->answer != NULL)
            entry->slot_bytes += source_answer_reckon(slot->answer);
        if (slot->error != NULL)
            entry->slot_bytes += source_answer_reckon(slot->error);
    }
    cache->bytes += entry->slot_bytes;
}

/* --- making ------------------------------------------------------------ */

Cache *
cache_new(const LookupSettings *settings, guint sources)
{
    Cache *cache = g_new0(Cache, 1);
    cache->settings = settings;
    cache->sources = sources;
    g_mutex_init(&cache->lock);
    g_queue_init(&cache->queue);
    cache->entries = g_hash_table_new(g_str_hash, g_str_equal);
    return cache;
}

void
cache_drop(Cache *cache, const char *address)
{
    g_mutex_lock(&cache->lock);
    Entry *entry = g_hash_table_lookup(cache->entries, address);
    if (entry != NULL)
        remove_entry(cache, entry);
    g_mutex_unlock(&cache->lock);
}

guint
cache_drop_all(Cache *cache)
{
    g_mutex_lock(&cache->lock);
    guint count = g_hash_table_size(cache->entries);
    while (cache->queue.head != NULL)
        remove_entry(cache, cache->queue.head->data);
    g_mutex_unlock(&cache->lock);
    return count;
}

void
cache_close(Cache *cache)
{
    (void)cache_drop_all(cache);
}

void
cache_free(Cache *cache)
{
    if (cache == NULL)
        return;
    cache_close(cache);
    g_hash_table_unref(cache->entries);
    g_mutex_clear(&cache->lock);
    g_free(cache);
}

/* --- verdicts ---------------------------------------------------------- */

static bool
holds(const Entry *entry, guint64 stamp)
{
    const CacheTerm *term = &entry->term;
    gint64 now_s = clock_now();
    return entry->verdict != NULL && term->stamp == stamp &&
           now_s >= term->from_s && now_s <= term->until_s &&
           clock_monotonic_us() < term->until_us;
}

CertAnswer *
cache_find_verdict(Cache *cache, const char *address, guint64 stamp)
{
    g_mutex_lock(&cache->lock);
    Entry *entry = find_entry(cache, address);
    CertAnswer *verdict = NULL;
    if (entry != NULL && holds(entry, stamp))
        verdict = cert_answer_ref(entry->verdict);
    g_mutex_unlock(&cache->lock);
    return verdict;
}

void
cache_keep_verdict(Cache *cache, CertAnswer *verdict, const CacheTerm *term)
{
    gsize bytes = cert_answer_reckon(verdict);
    g_mutex_lock(&cache->lock);
    Entry *entry = make_entry(cache, verdict->address);
    cert_answer_unref(entry->verdict);
    entry->verdict = cert_answer_ref(verdict);
    entry->term = *term;
    entry->found = verdict->class == CERT_FOUND;
    cache->bytes += bytes - entry->verdict_bytes;
    entry->verdict_bytes = bytes;
    trim(cache);
    g_mutex_unlock(&cache->lock);
}

/* --- answers ----------------------------------------------------------- */

gint64
cache_get_age_us(const Cache *cache, const SourceAnswer *answer, bool found)
{
    const LookupSettings *settings = cache->settings;
    if (answer->state == SOURCE_SILENT)
        return settings->keep_error_ms * 1000;
    if (found)
        return settings->keep_found_ms * 1000;
    return 1000 * (answer->proven
                       ? settings->keep_none_ms
                       : MIN(settings->keep_none_ms, settings->keep_error_ms));
}

static bool
is_fresh(const Cache *cache, const SourceAnswer *answer, bool found)
{
    return answer != NULL && clock_monotonic_us() - answer->time_us <
                                 cache_get_age_us(cache, answer, found);
}

/* Whether a search that somebody else began has half the time left that we
 * have: what ends before its source could speak says nothing to us. */
static bool
has_time(const AskerSearch *search, gint64 deadline_us)
{
    gint64 now_us = clock_monotonic_us();
    return asker_get_deadline(search) - now_us >= (deadline_us - now_us) / 2;
}

/* What needs no new search; false: it does. Called with the lock held. */
static bool
take_known(Cache *cache, const Entry *entry, const Slot *slot,
           gint64 deadline_us, CacheHold *hold)
{
    if (slot->search != NULL && has_time(slot->search, deadline_us)) {
        hold->search = asker_ref(slot->search);
        hold->index = slot->index;
        return true;
    }
    SourceAnswer *newest = slot->error != NULL ? slot->error : slot->answer;
    if (!is_fresh(cache, newest, entry->found))
        return false;
    hold->known = source_answer_ref(newest);
    return true;
}

/* Called with the lock held. */
static void
begin_search(Cache *cache, guint source, Asker *asker,
             const GPtrArray *addresses, gint64 deadline_us, bool lazy,
             CacheHold *holds)
{
    AskerSearch *search =
        asker_begin(asker, (const char *const *)addresses->pdata,
                    addresses->len, deadline_us, lazy);
    for (guint i = 0, at = 0; at < addresses->len; i++) {
        CacheHold *hold = &holds[i];
        if (hold->known != NULL || hold->search != NULL)
            continue;
        hold->search = asker_ref(search);
        hold->index = at;
        Slot *slot =
            &make_entry(cache, g_ptr_array_index(addresses, at))->slots[source];
        if (!asker_is_refused(search)) {
            if (slot->search != NULL)
                asker_drop(slot->search);
            slot->search = asker_ref(search);
            slot->index = at;
        }
        at++;
    }
    asker_drop(search);
}

void
cache_ask(Cache *cache, guint source, Asker *asker,
          const char *const *addresses, guint count, gint64 deadline_us,
          bool fresh, bool lazy, CacheHold *holds)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    g_mutex_lock(&cache->lock);
    for (guint i = 0; i < count; i++) {
        const Entry *entry = make_entry(cache, addresses[i]);
        if (fresh || !take_known(cache, entry, &entry->slots[source],
                                 deadline_us, &holds[i]))
            g_ptr_array_add(missing, (gpointer)(guintptr)addresses[i]);
    }
    if (missing->len > 0)
        begin_search(cache, source, asker, missing, deadline_us, lazy, holds);
    trim(cache);
    g_mutex_unlock(&cache->lock);
}

void
cache_hold_clear(CacheHold *hold)
{
    source_answer_unref(hold->known);
    if (hold->search != NULL) {
        asker_hurry(hold->search);
        asker_drop(hold->search);
    }
    *hold = (CacheHold){0};
}

SourceAnswer *
cache_find_stale(Cache *cache, guint source, const char *address)
{
    SourceAnswer *stale = NULL;
    g_mutex_lock(&cache->lock);
    const Entry *entry = find_entry(cache, address);
    SourceAnswer *answer = entry != NULL ? entry->slots[source].answer : NULL;
    if (answer != NULL && answer->state == SOURCE_ANSWERED &&
        clock_monotonic_us() - answer->time_us <
            cache->settings->stale_ms * 1000)
        stale = source_answer_ref(answer);
    g_mutex_unlock(&cache->lock);
    return stale;
}

/* Called with the lock held. */
static void
keep_answer(Slot *slot, SourceAnswer *answer)
{
    if (answer->state == SOURCE_SILENT) {
        source_answer_unref(slot->error);
        slot->error = source_answer_ref(answer);
        return;
    }
    g_clear_pointer(&slot->error, source_answer_unref);
    source_answer_unref(slot->answer);
    slot->answer = source_answer_ref(answer);
}

void
cache_hear(gpointer data, const AskerSearch *search, char *const *addresses,
           SourceAnswer *const *answers, guint count)
{
    const CacheEar *ear = data;
    Cache *cache = ear->cache;
    g_mutex_lock(&cache->lock);
    for (guint i = 0; i < count; i++) {
        /* What made room for others meanwhile is not worth keeping. */
        Entry *entry = g_hash_table_lookup(cache->entries, addresses[i]);
        if (entry == NULL)
            continue;
        /* Nor is what was asked before somebody asked anew. */
        Slot *slot = &entry->slots[ear->source];
        if (slot->search != search)
            continue;
        asker_drop(slot->search);
        slot->search = NULL;
        keep_answer(slot, answers[i]);
        reckon_slots(cache, entry);
    }
    trim(cache);
    g_mutex_unlock(&cache->lock);
}

gsize
cache_get_bytes(Cache *cache)
{
    g_mutex_lock(&cache->lock);
    gsize bytes = cache->bytes;
    g_mutex_unlock(&cache->lock);
    return bytes;
}

guint
cache_count(Cache *cache)
{
    g_mutex_lock(&cache->lock);
    guint count = g_hash_table_size(cache->entries);
    g_mutex_unlock(&cache->lock);
    return count;
}
