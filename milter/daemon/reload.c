/* SPDX-License-Identifier: BSD-2-Clause */
/* Reload: the setup in use, and the signals that change or show it. */
#include "config.h"

#include "daemon/reload.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/metrics.h"
#include "relay/relay.h"

#include <pthread.h>
#include <signal.h>

struct Reload {
    GMutex one; /* held while a setup is read */
    GMutex lock;
    Setup *setup;      /* under lock, and */
    ReloadTimes times; /* likewise */
    bool running;
    gint stopping; /* atomic */
    pthread_t thread;
};

static const SettingsTable *const extra_tables[] = {&relay_settings, NULL};

GPtrArray *
reload_list_tables(void)
{
    return setup_list_tables(extra_tables);
}

Setup *
reload_load(const char *path, Problems *problems)
{
    unsigned before = problems_count(problems);
    g_autoptr(Setup) setup = setup_load(path, extra_tables, problems);
    if (setup != NULL)
        relay_check_settings(setup->settings, problems);
    return problems_count(problems) == before ? g_steal_pointer(&setup) : NULL;
}

Reload *
reload_new(Setup *setup)
{
    Reload *reload = g_new0(Reload, 1);
    g_mutex_init(&reload->one);
    g_mutex_init(&reload->lock);
    reload->setup = setup;
    reload->times.loaded_s = clock_now();
    return reload;
}

void
reload_free(Reload *reload)
{
    if (reload == NULL)
        return;
    if (reload->running) {
        g_atomic_int_set(&reload->stopping, 1);
        (void)pthread_kill(reload->thread, SIGUSR2);
        (void)pthread_join(reload->thread, NULL);
    }
    setup_unref(reload->setup);
    g_mutex_clear(&reload->lock);
    g_mutex_clear(&reload->one);
    g_free(reload);
}

Setup *
reload_get_setup(Reload *reload)
{
    g_mutex_lock(&reload->lock);
    Setup *setup = setup_ref(reload->setup);
    g_mutex_unlock(&reload->lock);
    return setup;
}

ReloadTimes
reload_get_times(Reload *reload)
{
    g_mutex_lock(&reload->lock);
    ReloadTimes times = reload->times;
    g_mutex_unlock(&reload->lock);
    return times;
}

/* --- log lines --------------------------------------------------------- */

void
reload_log_setup(const char *event, const Setup *setup)
{
    g_autofree char *hash = g_strndup(policy_get_hash(setup->policy), 12);
    log_event(LOG_LEVEL_NOTICE, event, "version", PACKAGE_VERSION,
              "configuration", setup->path, "policy", hash, "mode", "enforce",
              "socket", setup->general->socket, NULL);
}

void
reload_log_counters(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < METRIC_COUNT; i++)
        g_string_append_printf(text, "%s%s=%" G_GUINT64_FORMAT,
                               i > 0 ? " " : "", metrics_get_name((Metric)i),
                               metrics_get((Metric)i));
    log_event(LOG_LEVEL_NOTICE, "counters", "values", text->str, NULL);
}

/* --- reload ------------------------------------------------------------ */

static void
log_problems(const Problems *problems)
{
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        log_event(problems_is_warning(problems, i) ? LOG_LEVEL_WARNING
                                                   : LOG_LEVEL_ERROR,
                  "problem", "text", problems_get(problems, i), NULL);
}

/* What a running process cannot change about itself. */
static void
warn_of_restart(const GeneralSettings *old, const GeneralSettings *new)
{
    const struct {
        const char *name;
        bool same;
    } rows[] = {
        {"socket", g_strcmp0(old->socket, new->socket) == 0},
        {"socket-group", g_strcmp0(old->socket_group, new->socket_group) == 0},
        {"socket-mode", g_strcmp0(old->socket_mode, new->socket_mode) == 0},
        {"user", g_strcmp0(old->user, new->user) == 0},
        {"groups", g_strv_equal((const char *const *)old->groups,
                                (const char *const *)new->groups)},
        {"control", g_strcmp0(old->control, new->control) == 0},
        {"state", g_strcmp0(old->state, new->state) == 0},
        {"log", old->log == new->log},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (!rows[i].same)
            log_event(LOG_LEVEL_WARNING, "restart-needed", "setting",
                      rows[i].name, NULL);
}

/* Puts setup, NULL when there is none to use, in the place of the one in use,
 * which is for the caller to drop. */
static Setup *
swap(Reload *reload, Setup *setup)
{
    g_mutex_lock(&reload->lock);
    Setup *replaced = NULL;
    if (setup != NULL) {
        replaced = reload->setup;
        reload->setup = setup;
        reload->times = (ReloadTimes){.loaded_s = clock_now()};
    } else {
        reload->times.failed_s = clock_now();
    }
    g_mutex_unlock(&reload->lock);
    return replaced;
}

static bool
run(Reload *reload, Problems *problems)
{
    g_autoptr(Setup) old = reload_get_setup(reload);
    Setup *setup = reload_load(old->path, problems);
    log_problems(problems);
    if (setup == NULL) {
        log_event(LOG_LEVEL_ERROR, "reload-failed", "configuration", old->path,
                  "kept", "the old one", NULL);
        (void)swap(reload, NULL);
        return false;
    }
    warn_of_restart(old->general, setup->general);
    setup_keep_state(setup, old);
    reload_log_setup("reload", setup);
    setup_unref(swap(reload, setup));
    return true;
}

bool
reload_run(Reload *reload, Problems *problems)
{
    g_autoptr(Problems) own = problems_new();
    g_mutex_lock(&reload->one);
    bool good = run(reload, problems != NULL ? problems : own);
    g_mutex_unlock(&reload->one);
    return good;
}

/* --- signals ----------------------------------------------------------- */

static void
fill_own_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGUSR1);
    (void)sigaddset(set, SIGUSR2);
}

void
reload_block_signals(void)
{
    sigset_t set;
    fill_own_signals(&set);
    /* libmilter waits for these in a thread of its own. */
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void *
wait_for_signals(void *data)
{
    Reload *reload = data;
    sigset_t set;
    fill_own_signals(&set);
    for (;;) {
        int number = 0;
        if (sigwait(&set, &number) != 0)
            continue;
        if (g_atomic_int_get(&reload->stopping))
            return NULL;
        if (number == SIGUSR1)
            (void)reload_run(reload, NULL);
        else
            reload_log_counters();
    }
}

bool
reload_start(Reload *reload, GError **error)
{
    int result =
        pthread_create(&reload->thread, NULL, wait_for_signals, reload);
    reload->running = result == 0;
    if (result != 0)
        error_set(error, ERROR_INTERNAL, "the signal thread cannot start: %s",
                  g_strerror(result));
    return reload->running;
}
