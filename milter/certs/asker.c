/* SPDX-License-Identifier: BSD-2-Clause */
/* Asker: asks one source in threads of its own. */
#include "certs/asker.h"

#include "base/clock.h"

#include <stdbool.h>

/* As many as a directory has connections. */
#define MAX_THREADS 4
#define MAX_QUEUED  256

struct Asker {
    Source *source;
    AskerTold told; /* or NULL */
    gpointer data;
    GMutex lock;
    GCond work;
    /* under lock */
    GQueue queue; /* AskerSearch * */
    GPtrArray *threads;
    guint idle;
    guint busy; /* threads of others that ask */
    bool stopping;
};

struct AskerSearch {
    Asker *asker;
    char **addresses; /* NULL-terminated */
    guint count;
    gint64 deadline_us;
    GCond answered;
    SourceAnswer **answers; /* the worker's until done */
    /* under the asker's lock */
    guint references;
    bool lazy; /* left to whoever waits for it first */
    bool done;
    bool refused; /* set before anybody else has it */
};

/* Called with the lock held. */
static void
unref_search(AskerSearch *search)
{
    if (--search->references > 0)
        return;
    for (guint i = 0; i < search->count; i++)
        source_answer_unref(search->answers[i]);
    g_free(search->answers);
    g_strfreev(search->addresses);
    g_cond_clear(&search->answered);
    g_free(search);
}

/* --- threads ----------------------------------------------------------- */

/* The next search; NULL: stop. Called with the lock held. */
static AskerSearch *
take_search(Asker *asker)
{
    asker->idle++;
    while (g_queue_is_empty(&asker->queue) && !asker->stopping)
        g_cond_wait(&asker->work, &asker->lock);
    asker->idle--;
    return asker->stopping ? NULL : g_queue_pop_head(&asker->queue);
}

/* Asks, unless nobody waits any more: then the source is spared. */
static void
make_search(const Asker *asker, AskerSearch *search, bool ask)
{
    g_autofree SourceAnswer *answers = g_new0(SourceAnswer, search->count);
    for (guint i = 0; i < search->count; i++)
        source_answer_init(&answers[i]);
    if (ask && clock_monotonic_us() < search->deadline_us)
        asker->source->find(asker->source,
                            (const char *const *)search->addresses,
                            search->count, search->deadline_us, answers);
    gint64 now_us = clock_monotonic_us();
    for (guint i = 0; i < search->count; i++)
        search->answers[i] = source_answer_share(&answers[i], now_us);
}

/* Called with the lock held, which is let go meanwhile; takes a reference. */
static void
do_search(Asker *asker, AskerSearch *search)
{
    g_mutex_unlock(&asker->lock);
    make_search(asker, search, true);
    if (asker->told != NULL)
        asker->told(asker->data, search, search->addresses, search->answers,
                    search->count);
    g_mutex_lock(&asker->lock);
    search->done = true;
    g_cond_broadcast(&search->answered);
    unref_search(search);
}

static gpointer
work(gpointer data)
{
    Asker *asker = data;
    g_mutex_lock(&asker->lock);
    AskerSearch *search = NULL;
    while ((search = take_search(asker)) != NULL)
        do_search(asker, search);
    g_mutex_unlock(&asker->lock);
    return NULL;
}

/* --- making ------------------------------------------------------------ */

Asker *
asker_new(Source *source, AskerTold told, gpointer data)
{
    Asker *asker = g_new0(Asker, 1);
    asker->source = source;
    asker->told = told;
    asker->data = data;
    g_mutex_init(&asker->lock);
    g_cond_init(&asker->work);
    g_queue_init(&asker->queue);
    asker->threads = g_ptr_array_new();
    return asker;
}

void
asker_free(Asker *asker)
{
    if (asker == NULL)
        return;
    g_mutex_lock(&asker->lock);
    asker->stopping = true;
    g_cond_broadcast(&asker->work);
    g_mutex_unlock(&asker->lock);
    for (guint i = 0; i < asker->threads->len; i++)
        (void)g_thread_join(g_ptr_array_index(asker->threads, i));
    while (!g_queue_is_empty(&asker->queue))
        unref_search(g_queue_pop_head(&asker->queue));
    g_ptr_array_unref(asker->threads);
    g_cond_clear(&asker->work);
    g_mutex_clear(&asker->lock);
    g_free(asker);
}

/* --- asking ------------------------------------------------------------ */

/* Called with the lock held. */
static void
add_thread(Asker *asker)
{
    if (asker->idle >= asker->queue.length ||
        asker->threads->len >= MAX_THREADS)
        return;
    GThread *thread = g_thread_try_new("asker", work, asker, NULL);
    if (thread != NULL)
        g_ptr_array_add(asker->threads, thread);
}

/* Called with the lock held. */
static void
enqueue(Asker *asker, AskerSearch *search)
{
    search->lazy = false;
    g_queue_push_tail(&asker->queue, search);
    add_thread(asker);
    g_cond_signal(&asker->work);
}

static AskerSearch *
make(Asker *asker, const char *const *addresses, guint count,
     gint64 deadline_us)
{
    AskerSearch *search = g_new0(AskerSearch, 1);
    search->asker = asker;
    search->addresses = g_new0(char *, count + 1);
    search->answers = g_new0(SourceAnswer *, count);
    search->count = count;
    search->deadline_us = deadline_us;
    search->references = 1;
    g_cond_init(&search->answered);
    for (guint i = 0; i < count; i++)
        search->addresses[i] = g_strdup(addresses[i]);
    return search;
}

AskerSearch *
asker_begin(Asker *asker, const char *const *addresses, guint count,
            gint64 deadline_us, bool lazy)
{
    AskerSearch *search = make(asker, addresses, count, deadline_us);
    g_mutex_lock(&asker->lock);
    if (lazy && g_queue_is_empty(&asker->queue) && asker->busy < MAX_THREADS) {
        search->references++;
        search->lazy = true;
    } else if (asker->queue.length < MAX_QUEUED) {
        search->references++;
        enqueue(asker, search);
    } else {
        make_search(asker, search, false);
        search->done = search->refused = true;
    }
    g_mutex_unlock(&asker->lock);
    return search;
}

void
asker_hurry(AskerSearch *search)
{
    Asker *asker = search->asker;
    g_mutex_lock(&asker->lock);
    if (search->lazy)
        enqueue(asker, search);
    g_mutex_unlock(&asker->lock);
}

gint64
asker_get_deadline(const AskerSearch *search)
{
    return search->deadline_us;
}

bool
asker_is_refused(AskerSearch *search)
{
    return search->refused;
}

AskerSearch *
asker_ref(AskerSearch *search)
{
    Asker *asker = search->asker;
    g_mutex_lock(&asker->lock);
    search->references++;
    g_mutex_unlock(&asker->lock);
    return search;
}

SourceAnswer *const *
asker_wait(AskerSearch *search, gint64 deadline_us)
{
    Asker *asker = search->asker;
    g_mutex_lock(&asker->lock);
    if (search->lazy && search->deadline_us <= deadline_us) {
        search->lazy = false;
        asker->busy++;
        do_search(asker, search);
        asker->busy--;
    } else if (search->lazy) {
        enqueue(asker, search); /* it may last longer than we have time */
    }
    while (!search->done &&
           g_cond_wait_until(&search->answered, &asker->lock, deadline_us))
        continue;
    bool done = search->done;
    g_mutex_unlock(&asker->lock);
    return done ? search->answers : NULL;
}

void
asker_drop(AskerSearch *search)
{
    Asker *asker = search->asker;
    g_mutex_lock(&asker->lock);
    unref_search(search);
    g_mutex_unlock(&asker->lock);
}
