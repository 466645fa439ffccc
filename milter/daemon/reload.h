/* SPDX-License-Identifier: BSD-2-Clause */
/* Reload: the setup in use, and the signals that change or show it. libmilter
 * takes SIGHUP, SIGTERM and SIGINT as stop, so reload is SIGUSR1; SIGUSR2
 * logs the counters. */
#ifndef SCEAU_DAEMON_RELOAD_H
#define SCEAU_DAEMON_RELOAD_H

#include "flow/setup.h"

#include <glib.h>
#include <stdbool.h>

/* Any thread; the lock is inside. */
typedef struct Reload Reload;

/* Reads path and everything it names, the relay's settings too. NULL when
 * problems_count grew. */
Setup *reload_load(const char *path, Problems *problems);

/* Every table of sceau.conf; const SettingsTable *, NULL at the end. Caller
 * unrefs. */
GPtrArray *reload_list_tables(void);

/* Takes setup. */
Reload *reload_new(Setup *setup);
void reload_free(Reload *reload); /* NULL is fine; ends the thread */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reload, reload_free)

/* The setup for a message that begins now: a new reference. */
Setup *reload_get_setup(Reload *reload);

/* Builds a new setup from the same file and swaps it in; or keeps the old one.
 * Every problem is logged, and added to problems (NULL is fine). Messages under
 * way keep theirs. One at a time. */
bool reload_run(Reload *reload, Problems *problems);

/* When the setup in use was read, and when one was last read that could not be
 * used, if that was later; 0: it was not. */
typedef struct {
    gint64 loaded_s;
    gint64 failed_s;
} ReloadTimes;
ReloadTimes reload_get_times(Reload *reload);

/* Keeps signals from every thread made from now on: first thing in main. */
void reload_block_signals(void);

/* Starts the thread that waits for SIGUSR1 and SIGUSR2; ended by reload_free.
 * Errors: INTERNAL. */
bool reload_start(Reload *reload, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The log lines for "what runs" and "what was done". event: "start", …. */
void reload_log_setup(const char *event, const Setup *setup);
void reload_log_counters(void);

#endif
