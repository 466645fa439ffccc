/* SPDX-License-Identifier: BSD-2-Clause */
/* Watchdog: cuts sockets at their deadline. */
#include "certs/watchdog.h"

#include "base/clock.h"

#include <stdbool.h>
#include <sys/socket.h>

typedef struct {
    int fd;
    gint64 deadline_us;
} Watched;

struct Watchdog {
    GMutex lock;
    GCond changed;
    GArray *watched; /* Watched */
    gint64 next_us;  /* when the thread looks again by itself */
    bool stopping;
    GThread *thread;
};

/* Shuts down what is due and tells when to look again. */
static gint64
cut_due(Watchdog *watchdog)
{
    gint64 now_us = clock_monotonic_us();
    gint64 next_us = now_us + 3600LL * G_USEC_PER_SEC;
    for (guint i = 0; i < watchdog->watched->len; i++) {
        Watched *each = &g_array_index(watchdog->watched, Watched, i);
        if (each->deadline_us <= now_us) {
            shutdown(each->fd, SHUT_RDWR);
            each->deadline_us = G_MAXINT64; /* once is enough */
        }
        next_us = MIN(next_us, each->deadline_us);
    }
    return next_us;
}

static gpointer
watch(gpointer pointer)
{
    Watchdog *watchdog = pointer;
    g_mutex_lock(&watchdog->lock);
    while (!watchdog->stopping) {
        watchdog->next_us = cut_due(watchdog);
        g_cond_wait_until(&watchdog->changed, &watchdog->lock,
                          watchdog->next_us);
    }
    g_mutex_unlock(&watchdog->lock);
    return NULL;
}

Watchdog *
watchdog_new(void)
{
    Watchdog *watchdog = g_new0(Watchdog, 1);
    g_mutex_init(&watchdog->lock);
    g_cond_init(&watchdog->changed);
    watchdog->watched = g_array_new(FALSE, FALSE, sizeof(Watched));
    return watchdog;
}

void
watchdog_free(Watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    g_mutex_lock(&watchdog->lock);
    watchdog->stopping = true;
    g_cond_signal(&watchdog->changed);
    g_mutex_unlock(&watchdog->lock);
    if (watchdog->thread != NULL)
        g_thread_join(watchdog->thread);
    g_array_unref(watchdog->watched);
    g_cond_clear(&watchdog->changed);
    g_mutex_clear(&watchdog->lock);
    g_free(watchdog);
}

/* The thread starts with the first socket and not before: a program may fork
 * or change its user between loading and working. */
void
watchdog_arm(Watchdog *watchdog, int fd, gint64 deadline_us)
{
    const Watched watched = {.fd = fd, .deadline_us = deadline_us};
    g_mutex_lock(&watchdog->lock);
    g_array_append_val(watchdog->watched, watched);
    if (watchdog->thread == NULL)
        watchdog->thread = g_thread_new("watchdog", watch, watchdog);
    /* Not for each search: the thread looks again in time for most. */
    if (deadline_us < watchdog->next_us)
        g_cond_signal(&watchdog->changed);
    g_mutex_unlock(&watchdog->lock);
}

void
watchdog_disarm(Watchdog *watchdog, int fd)
{
    g_mutex_lock(&watchdog->lock);
    for (guint i = watchdog->watched->len; i > 0; i--)
        if (g_array_index(watchdog->watched, Watched, i - 1).fd == fd)
            g_array_remove_index_fast(watchdog->watched, i - 1);
    g_mutex_unlock(&watchdog->lock);
}
