/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of day, replaceable in tests. */
#ifndef SCEAU_BASE_CLOCK_H
#define SCEAU_BASE_CLOCK_H

#include <glib.h>

/* Seconds since 1970-01-01T00:00:00Z. Any thread. */
gint64 clock_now(void);

/* From now on clock_now answers now_s; a negative value gives the real time
 * back. For tests only. */
void clock_set(gint64 now_s);

/* Microseconds of a clock that never goes backwards, for deadlines; not
 * affected by clock_set. */
gint64 clock_monotonic_us(void);

/* Seconds since the machine was started, those it slept among them: what the
 * time of day is held against. Not affected by clock_set. */
gint64 clock_boot_s(void);

#endif
