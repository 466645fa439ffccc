/* SPDX-License-Identifier: BSD-2-Clause */
/* Pool: live connections to the servers of one directory. */
#include "certs/pool.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include <sys/stat.h>

#define MAX_CONNECTIONS 4
#define SECOND_US       ((gint64)G_USEC_PER_SEC)

/* How long a server that failed is left alone. An account that was refused is
 * tried much less often: directories lock accounts, after five attempts in a
 * quarter of an hour for instance. An empty replica refuses it too, and is well
 * again by itself: not for hours. */
#define MIN_BACK_OFF_US     (1 * SECOND_US)
#define MAX_BACK_OFF_US     (10 * SECOND_US)
#define MIN_REFUSED_WAIT_US (60 * SECOND_US)
#define MAX_REFUSED_WAIT_US (900 * SECOND_US)

typedef enum {
    POOL_STARTING, /* nobody has answered yet, nor failed to */
    POOL_UP,
    POOL_DOWN /* no server answers; all are left alone */
} PoolState;

typedef struct {
    gint64 next_try_us; /* not before */
    gint64 back_off_us;
    char *fault;    /* what was logged; NULL: it is well */
    gint64 since_s; /* since when it is as it is; 0: not tried yet */
    bool refused;   /* it knows us and says no */
    struct timespec password_changed; /* when it was last tried */
} Server;

struct Pool {
    const DirectorySettings *settings;
    GMutex lock;
    GCond changed; /* for who waits for a connection */
    GCond work;    /* for the connector */
    GThread *connector;
    GPtrArray *idle; /* PoolLink * */
    GPtrArray *dead; /* PoolLink *, to be closed without the lock */
    guint open;      /* idle, in use or being made */
    guint waiting;
    bool stopping;
    PoolState state;
    guint current; /* server of the latest connection */
    Server servers[POOL_MAX_SERVERS];
    guint server_count;
    char *last_fault;
};

/* --- servers (the lock is held in all that follows) -------------------- */

static const char *
get_uri(const Pool *pool, guint server)
{
    return pool->settings->uris[server];
}

/* The first server in order that is not being left alone; -1: none. */
static int
choose_server(const Pool *pool)
{
    gint64 now_us = clock_monotonic_us();
    for (guint i = 0; i < pool->server_count; i++)
        if (pool->servers[i].next_try_us <= now_us)
            return (int)i;
    return -1;
}

/* One line each time what is wrong changes, not one for each attempt. */
static void
tell_fault(Pool *pool, guint index, const GError *fault)
{
    Server *server = &pool->servers[index];
    if (g_strcmp0(server->fault, fault->message) == 0)
        return;
    if (server->fault == NULL)
        server->since_s = clock_now();
    g_free(server->fault);
    server->fault = g_strdup(fault->message);
    log_event(error_get_class(fault) == ERROR_CONFIG ? LOG_LEVEL_ERROR
                                                     : LOG_LEVEL_WARNING,
              "directory", "name", pool->settings->head.name, "server",
              get_uri(pool, index), "fault", fault->message, NULL);
}

/* Twice as long after each failure, with a part by chance so that instances
 * do not come back all at once. */
static void
give_up_server(Pool *pool, guint index, bool refused, const GError *fault)
{
    Server *server = &pool->servers[index];
    server->refused = refused;
    server->back_off_us =
        refused
            ? CLAMP(server->back_off_us * 2, MIN_REFUSED_WAIT_US,
                    MAX_REFUSED_WAIT_US)
            : CLAMP(server->back_off_us * 2, MIN_BACK_OFF_US, MAX_BACK_OFF_US);
    gint64 part_us = server->back_off_us / 4;
    gint64 jitter_us = g_random_int_range(0, (gint32)MIN(part_us, G_MAXINT32));
    server->next_try_us =
        clock_monotonic_us() + server->back_off_us - jitter_us;
    g_free(pool->last_fault);
    pool->last_fault = g_strdup(fault->message);
    tell_fault(pool, index, fault);
}

static void
note_well(Pool *pool, guint index)
{
    Server *server = &pool->servers[index];
    server->back_off_us = 0;
    server->next_try_us = 0;
    server->refused = false;
    if (server->fault != NULL || server->since_s == 0)
        server->since_s = clock_now();
    if (server->fault != NULL)
        log_event(LOG_LEVEL_NOTICE, "directory", "name",
                  pool->settings->head.name, "server", get_uri(pool, index),
                  "fault", "none any more", NULL);
    g_clear_pointer(&server->fault, g_free);
}

static struct timespec
get_password_change(const Pool *pool)
{
    struct stat status;
    const char *path = pool->settings->bind_password_file;
    if (path == NULL || stat(path, &status) != 0)
        return (struct timespec){0};
    return status.st_mtim;
}

/* Another password is worth a try at once. */
static void
forgive_refusals(Pool *pool)
{
    for (guint i = 0; i < pool->server_count; i++) {
        Server *server = &pool->servers[i];
        struct timespec now = get_password_change(pool);
        if (!server->refused ||
            (now.tv_sec == server->password_changed.tv_sec &&
             now.tv_nsec == server->password_changed.tv_nsec))
            continue;
        server->refused = false;
        server->back_off_us = 0;
        server->next_try_us = 0;
    }
}

static void
note_down(Pool *pool)
{
    if (pool->open > 0 || choose_server(pool) >= 0)
        return;
    pool->state = POOL_DOWN;
    g_cond_broadcast(&pool->changed);
}

/* --- connections (likewise) -------------------------------------------- */

static void
free_link(gpointer pointer)
{
    PoolLink *link = pointer;
    connection_free(link->connection);
    g_free(link);
}

/* Closes idle connections to servers from first to last. */
static void
close_idle(Pool *pool, guint first, guint last)
{
    for (guint i = pool->idle->len; i > 0; i--) {
        const PoolLink *link = g_ptr_array_index(pool->idle, i - 1);
        if (link->server < first || link->server > last)
            continue;
        g_ptr_array_add(pool->dead, g_ptr_array_steal_index(pool->idle, i - 1));
        pool->open--;
    }
}

static void
add_idle(Pool *pool, PoolLink *link)
{
    link->idle_us = clock_monotonic_us();
    g_ptr_array_add(pool->idle, link);
    g_cond_signal(&pool->changed);
}

static void
remove_link(Pool *pool, PoolLink *link)
{
    g_ptr_array_add(pool->dead, link);
    pool->open--;
    close_idle(pool, link->server, link->server);
    g_cond_signal(&pool->work);
}

/* --- the connector ----------------------------------------------------- */

/* Which server to connect to now; -1: none. */
static int
next_dial(const Pool *pool)
{
    int server = choose_server(pool);
    if (server < 0)
        return -1;
    bool none = pool->open == 0;
    bool more = pool->waiting > 0 && pool->idle->len == 0 &&
                pool->open < MAX_CONNECTIONS;
    bool better = pool->state == POOL_UP && (guint)server < pool->current;
    return none || more || better ? server : -1;
}

static Connection *
connect_to(const Pool *pool, guint server, bool *refused, GError **error)
{
    const DirectorySettings *settings = pool->settings;
    gint64 step_us = settings->timeout_ms * 1000;
    g_autoptr(Connection) connection =
        connection_open(settings, get_uri(pool, server),
                        clock_monotonic_us() + step_us, refused, error);
    /* Each step has its own time: a distant server takes some for each. */
    if (connection == NULL ||
        !connection_probe(connection, settings, clock_monotonic_us() + step_us,
                          error))
        return NULL;
    return g_steal_pointer(&connection);
}

static void
dial(Pool *pool, guint server)
{
    pool->open++;
    pool->servers[server].password_changed = get_password_change(pool);
    g_mutex_unlock(&pool->lock);
    bool refused = false;
    g_autoptr(GError) fault = NULL;
    Connection *connection = connect_to(pool, server, &refused, &fault);
    g_mutex_lock(&pool->lock);
    if (connection == NULL) {
        pool->open--;
        give_up_server(pool, server, refused, fault);
        return;
    }
    note_well(pool, server);
    pool->state = POOL_UP;
    pool->current = server;
    close_idle(pool, server + 1, POOL_MAX_SERVERS);
    PoolLink *link = g_new0(PoolLink, 1);
    link->connection = connection;
    link->server = server;
    add_idle(pool, link);
}

/* An idle connection that was not used for so long that it is to be probed:
 * servers and firewalls cut those that are silent. */
static PoolLink *
take_stale(Pool *pool)
{
    gint64 before_us = clock_monotonic_us() - pool->settings->probe_ms * 1000;
    for (guint i = 0; i < pool->idle->len; i++) {
        const PoolLink *link = g_ptr_array_index(pool->idle, i);
        if (link->idle_us <= before_us)
            return g_ptr_array_steal_index(pool->idle, i);
    }
    return NULL;
}

static void
probe(Pool *pool, PoolLink *link)
{
    g_mutex_unlock(&pool->lock);
    gint64 deadline_us =
        clock_monotonic_us() + pool->settings->timeout_ms * 1000;
    bool good =
        connection_probe(link->connection, pool->settings, deadline_us, NULL);
    g_mutex_lock(&pool->lock);
    if (good)
        add_idle(pool, link);
    else
        remove_link(pool, link); /* the next attempt tells what is wrong */
}

static void
bury(Pool *pool)
{
    GPtrArray *dead = pool->dead;
    pool->dead = g_ptr_array_new_with_free_func(free_link);
    g_mutex_unlock(&pool->lock);
    g_ptr_array_unref(dead);
    g_mutex_lock(&pool->lock);
}

/* When there may be something to do without being told. */
static gint64
next_wake(const Pool *pool)
{
    gint64 wake_us = clock_monotonic_us() + pool->settings->probe_ms * 1000;
    for (guint i = 0; i < pool->idle->len; i++) {
        const PoolLink *link = g_ptr_array_index(pool->idle, i);
        wake_us = MIN(wake_us, link->idle_us + pool->settings->probe_ms * 1000);
    }
    gint64 now_us = clock_monotonic_us();
    for (guint i = 0; i < pool->server_count; i++) {
        if (pool->servers[i].next_try_us > now_us)
            wake_us = MIN(wake_us, pool->servers[i].next_try_us);
        if (pool->servers[i].refused)
            wake_us = MIN(wake_us, now_us + SECOND_US);
    }
    return wake_us;
}

static gpointer
run(gpointer pointer)
{
    Pool *pool = pointer;
    g_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        PoolLink *stale = NULL;
        forgive_refusals(pool);
        int server = next_dial(pool);
        if (server >= 0) {
            dial(pool, (guint)server);
            note_down(pool);
        } else if (pool->dead->len > 0) {
            bury(pool);
        } else if ((stale = take_stale(pool)) != NULL) {
            probe(pool, stale);
        } else {
            note_down(pool);
            g_cond_wait_until(&pool->work, &pool->lock, next_wake(pool));
        }
    }
    g_mutex_unlock(&pool->lock);
    return NULL;
}

/* --- for those with mail ----------------------------------------------- */

Pool *
pool_new(const DirectorySettings *settings)
{
    Pool *pool = g_new0(Pool, 1);
    pool->settings = settings;
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->changed);
    g_cond_init(&pool->work);
    pool->idle = g_ptr_array_new_with_free_func(free_link);
    pool->dead = g_ptr_array_new_with_free_func(free_link);
    pool->server_count = MIN(g_strv_length(settings->uris), POOL_MAX_SERVERS);
    return pool;
}

void
pool_free(Pool *pool)
{
    if (pool == NULL)
        return;
    g_mutex_lock(&pool->lock);
    pool->stopping = true;
    g_cond_signal(&pool->work);
    g_mutex_unlock(&pool->lock);
    if (pool->connector != NULL)
        g_thread_join(pool->connector);
    g_ptr_array_unref(pool->idle);
    g_ptr_array_unref(pool->dead);
    for (guint i = 0; i < POOL_MAX_SERVERS; i++)
        g_free(pool->servers[i].fault);
    g_mutex_clear(&pool->lock);
    g_cond_clear(&pool->changed);
    g_cond_clear(&pool->work);
    g_free(pool->last_fault);
    g_free(pool);
}

static void
fail(const Pool *pool, GError **error)
{
    const char *reason =
        pool->last_fault != NULL ? pool->last_fault : "no server has answered";
    if (pool->state == POOL_UP && pool->open >= MAX_CONNECTIONS)
        reason = "all connections are busy";
    error_set(error, ERROR_TEMPORARY, "directory %s: %s",
              pool->settings->head.name, reason);
}

/* The thread starts with the first question and not before: a program may
 * fork or change its user between loading and working. */
PoolLink *
pool_borrow(Pool *pool, gint64 deadline_us, GError **error)
{
    g_mutex_lock(&pool->lock);
    if (pool->connector == NULL)
        pool->connector = g_thread_new("directory", run, pool);
    pool->waiting++;
    bool in_time = true;
    while (in_time && pool->idle->len == 0 && pool->state != POOL_DOWN) {
        g_cond_signal(&pool->work);
        in_time = g_cond_wait_until(&pool->changed, &pool->lock, deadline_us);
    }
    pool->waiting--;
    PoolLink *link = NULL;
    if (pool->idle->len > 0)
        link = g_ptr_array_steal_index(pool->idle, pool->idle->len - 1);
    else
        fail(pool, error);
    g_mutex_unlock(&pool->lock);
    return link;
}

void
pool_give_back(Pool *pool, PoolLink *link)
{
    g_mutex_lock(&pool->lock);
    link->used = true;
    if (link->server > pool->current)
        remove_link(pool, link); /* a better one is well again */
    else
        add_idle(pool, link);
    g_mutex_unlock(&pool->lock);
}

void
pool_drop(Pool *pool, PoolLink *link, const GError *fault)
{
    g_mutex_lock(&pool->lock);
    if (fault != NULL)
        give_up_server(pool, link->server, false, fault);
    remove_link(pool, link);
    note_down(pool);
    g_mutex_unlock(&pool->lock);
}

void
pool_write_status(Pool *pool, Bulletin *bulletin)
{
    g_mutex_lock(&pool->lock);
    for (guint i = 0; i < pool->server_count; i++) {
        const Server *server = &pool->servers[i];
        bulletin_begin(bulletin, "server", get_uri(pool, i));
        bulletin_add_text(bulletin, "directory", pool->settings->head.name);
        bulletin_add_text(bulletin, "state",
                          server->since_s == 0    ? "not yet asked"
                          : server->fault == NULL ? "up"
                                                  : "down");
        if (server->since_s != 0)
            bulletin_add_time(bulletin, "since", server->since_s);
        bulletin_add_text(bulletin, "fault", server->fault);
    }
    g_mutex_unlock(&pool->lock);
}
