/* SPDX-License-Identifier: BSD-2-Clause */
/* Seen locks: GLib's locks once more, on pthreads, for builds with the thread
 * sanitizer. GLib's own use futexes, which it cannot see, so that it takes
 * everything they guard for a race. Only in such builds. */
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdlib.h>

/* Made when first used: a lock may be static. */
static pthread_mutex_t *
get_mutex(GMutex *mutex)
{
    pthread_mutex_t *have = __atomic_load_n(&mutex->p, __ATOMIC_ACQUIRE);
    if (have != NULL)
        return have;
    pthread_mutex_t *made = calloc(1, sizeof *made);
    pthread_mutex_init(made, NULL);
    gpointer none = NULL;
    if (__atomic_compare_exchange_n(&mutex->p, &none, (gpointer)made, 0,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    free(made);
    return none;
}

static pthread_cond_t *
get_cond(GCond *cond)
{
    pthread_cond_t *have = __atomic_load_n(&cond->p, __ATOMIC_ACQUIRE);
    if (have != NULL)
        return have;
    pthread_cond_t *made = calloc(1, sizeof *made);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(made, &monotonic);
    gpointer none = NULL;
    if (__atomic_compare_exchange_n(&cond->p, &none, (gpointer)made, 0,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    free(made);
    return none;
}

void
g_mutex_init(GMutex *mutex)
{
    mutex->p = NULL;
}

void
g_mutex_clear(GMutex *mutex)
{
    if (mutex->p == NULL)
        return;
    pthread_mutex_destroy(mutex->p);
    free(mutex->p);
    mutex->p = NULL;
}

void
g_mutex_lock(GMutex *mutex)
{
    pthread_mutex_lock(get_mutex(mutex));
}

void
g_mutex_unlock(GMutex *mutex)
{
    pthread_mutex_unlock(get_mutex(mutex));
}

void
g_cond_init(GCond *cond)
{
    cond->p = NULL;
}

void
g_cond_clear(GCond *cond)
{
    if (cond->p == NULL)
        return;
    pthread_cond_destroy(cond->p);
    free(cond->p);
    cond->p = NULL;
}

void
g_cond_signal(GCond *cond)
{
    pthread_cond_signal(get_cond(cond));
}

void
g_cond_broadcast(GCond *cond)
{
    pthread_cond_broadcast(get_cond(cond));
}

void
g_cond_wait(GCond *cond, GMutex *mutex)
{
    pthread_cond_wait(get_cond(cond), get_mutex(mutex));
}

gboolean
g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_us)
{
    const struct timespec end = {.tv_sec = end_us / G_USEC_PER_SEC,
                                 .tv_nsec = end_us % G_USEC_PER_SEC * 1000};
    return pthread_cond_timedwait(get_cond(cond), get_mutex(mutex), &end) !=
           ETIMEDOUT;
}

/* --- once -------------------------------------------------------------- */

static pthread_mutex_t once_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t once_done = PTHREAD_COND_INITIALIZER;
static GSList *under_way; /* locations somebody is making */

gboolean(g_once_init_enter)(volatile void *location)
{
    gsize *value = (gsize *)(guintptr)location;
    pthread_mutex_lock(&once_lock);
    while (g_slist_find(under_way, value) != NULL)
        pthread_cond_wait(&once_done, &once_lock);
    gboolean enter = __atomic_load_n(value, __ATOMIC_ACQUIRE) == 0;
    if (enter)
        under_way = g_slist_prepend(under_way, value);
    pthread_mutex_unlock(&once_lock);
    return enter;
}

void(g_once_init_leave)(volatile void *location, gsize result)
{
    gsize *value = (gsize *)(guintptr)location;
    pthread_mutex_lock(&once_lock);
    __atomic_store_n(value, result, __ATOMIC_RELEASE);
    under_way = g_slist_remove(under_way, value);
    pthread_cond_broadcast(&once_done);
    pthread_mutex_unlock(&once_lock);
}
