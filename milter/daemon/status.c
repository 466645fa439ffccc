/* SPDX-License-Identifier: BSD-2-Clause */
/* Status: what sceaud is doing. */
#include "config.h"

#include "daemon/status.h"

#include "base/clock.h"
#include "base/metrics.h"

#include <unistd.h>

static void
write_process(Bulletin *bulletin, gint64 started_s, gint64 started_us)
{
    bulletin_begin(bulletin, "sceaud", NULL);
    bulletin_add_text(bulletin, "version", PACKAGE_VERSION);
    bulletin_add_number(bulletin, "pid", getpid());
    bulletin_add_time(bulletin, "started", started_s);
    bulletin_add_number(bulletin, "uptime-s",
                        (clock_monotonic_us() - started_us) / G_USEC_PER_SEC);
}

static void
write_setup(Bulletin *bulletin, const Setup *setup, const ReloadTimes *times)
{
    g_autofree char *hash = g_strndup(policy_get_hash(setup->policy), 12);
    bulletin_add_text(bulletin, "configuration", setup->path);
    bulletin_add_time(bulletin, "loaded", times->loaded_s);
    if (times->failed_s != 0)
        bulletin_add_time(bulletin, "reload-failed", times->failed_s);
    bulletin_add_text(bulletin, "policy", hash);
    bulletin_add_text(bulletin, "mode", "enforce");
    g_autofree char *clock = setup_check_clock(setup);
    bulletin_add_text(bulletin, "clock", clock != NULL ? clock : "plausible");
    bulletin_add_text(bulletin, "socket", setup->general->socket);
}

static void
write_counters(Bulletin *bulletin)
{
    bulletin_begin(bulletin, "counters", NULL);
    for (int i = 0; i < METRIC_COUNT; i++)
        bulletin_add_number(bulletin, metrics_get_name((Metric)i),
                            (gint64)metrics_get((Metric)i));
}

void
status_write(Bulletin *bulletin, Reload *reload, gint64 started_s,
             gint64 started_us)
{
    g_autoptr(Setup) setup = reload_get_setup(reload);
    const ReloadTimes times = reload_get_times(reload);
    write_process(bulletin, started_s, started_us);
    write_setup(bulletin, setup, &times);
    finder_write_status(setup->finder, bulletin);
    write_counters(bulletin);
}
