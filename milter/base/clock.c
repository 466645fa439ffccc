/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of day, replaceable in tests. */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic gint64 fixed_s = -1;

gint64
clock_now(void)
{
    gint64 fixed = atomic_load(&fixed_s);
    return fixed >= 0 ? fixed : g_get_real_time() / G_USEC_PER_SEC;
}

void
clock_set(gint64 now_s)
{
    atomic_store(&fixed_s, now_s);
}

gint64
clock_monotonic_us(void)
{
    return g_get_monotonic_time();
}

gint64
clock_boot_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}
