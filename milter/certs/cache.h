/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache: what sources have said, and what was made of it, for a while. */
#ifndef SCEAU_CERTS_CACHE_H
#define SCEAU_CERTS_CACHE_H

#include "base/settings.h"
#include "certs/asker.h"
#include "certs/finder.h"
#include "certs/source.h"

#include <glib.h>
#include <stdbool.h>

/* A verdict is made anew after so long at most, from the same answers: what a
 * revocation list says ends with time alone. */
#define CACHE_VERDICT_US (10 * G_USEC_PER_SEC)

/* The block "lookup"; times in milliseconds. */
typedef struct {
    SettingsHead head;
    bool merge;           /* not the cache's, see finder.c */
    gint64 keep_found_ms; /* an answer that led to a certificate */
    gint64 keep_none_ms;  /* one that did not, where the source proved that it
                           * can find somebody; else as an error */
    gint64 keep_error_ms;
    gint64 stale_ms; /* how old an answer may be that stands in for an error */
    guint64 size_bytes;
} LookupSettings;

/* Bounded by reckoned bytes: what was not asked for longest goes first. Keyed
 * by the address exactly as given. Any thread; has its own lock. */
typedef struct Cache Cache;

/* For so many sources. settings must outlive it. */
Cache *cache_new(const LookupSettings *settings, guint sources);

/* Lets go of the searches under way: before their askers are freed. Nothing
 * may be asked any more. */
void cache_close(Cache *cache);
void cache_free(Cache *cache); /* NULL is fine; after the askers */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cache, cache_free)

/* The verdict on address, if it was made under that stamp and holds still;
 * NULL: make one. Caller unrefs. */
CertAnswer *cache_find_verdict(Cache *cache, const char *address,
                               guint64 stamp);

/* How long a verdict may be believed: until_us by the answers it was made from
 * (clock_monotonic_us), and while the day's time is from from_s to until_s. */
typedef struct {
    guint64 stamp;
    gint64 until_us;
    gint64 from_s, until_s;
} CacheTerm;

void cache_keep_verdict(Cache *cache, CertAnswer *verdict,
                        const CacheTerm *term);

/* How long an answer may be believed, in microseconds after it came. found:
 * whether it led to a certificate. */
gint64 cache_get_age_us(const Cache *cache, const SourceAnswer *answer,
                        bool found);

/* Where one answer comes from: is known, or to be waited for with
 * asker_wait(search) at index. */
typedef struct {
    SourceAnswer *known; /* or NULL */
    AskerSearch *search; /* or NULL */
    guint index;
} CacheHold;

/* Fills holds[i] for addresses[i] (count of them): with an answer that is
 * fresh enough, a search for that address that somebody else has begun and that
 * has time enough left, or one new search for all others. fresh: only with the
 * new search. lazy: see asker_begin. The caller clears them. */
void cache_ask(Cache *cache, guint source, Asker *asker,
               const char *const *addresses, guint count, gint64 deadline_us,
               bool fresh, bool lazy, CacheHold *holds);
void cache_hold_clear(CacheHold *hold);

/* The last real answer of a source that now is silent, unless it is too old.
 * NULL: none. Caller unrefs. */
SourceAnswer *cache_find_stale(Cache *cache, guint source, const char *address);

/* Forgets what was said about address, what is being asked among it. */
void cache_drop(Cache *cache, const char *address);

/* The same for all; how many there were. */
guint cache_drop_all(Cache *cache);

/* What the askers tell of; an AskerTold. data: a CacheEar of that source. */
typedef struct {
    Cache *cache;
    guint source;
} CacheEar;
void cache_hear(gpointer data, const AskerSearch *search,
                char *const *addresses, SourceAnswer *const *answers,
                guint count);

/* Bytes, as reckoned, and addresses. For people, tests and figures. */
gsize cache_get_bytes(Cache *cache);
guint cache_count(Cache *cache);

#endif
