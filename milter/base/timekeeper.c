/* SPDX-License-Identifier: BSD-2-Clause */
/* Timekeeper: can the machine's time be right? */
#include "base/timekeeper.h"

#include "base/clock.h"
#include "base/log.h"

#define MARK_AGE_US (10 * G_USEC_PER_SEC)

struct Timekeeper {
    gint references; /* atomic */
    gint64 built_s;
    Marks *marks;
    GMutex lock;    /* all below */
    gint64 start_s; /* the time of day when the machine was started, by the
                     * clock as it was when it was last believed */
    bool lost;      /* the time was behind, start_s means nothing */
    char *fault;    /* what was logged; NULL: all is well */
    gint64 mark_s;  /* the newest mark */
    gint64 mark_until_us; /* how long that is believed; 0: not yet asked */
};

static gint64
get_start_s(gint64 now_s)
{
    return now_s - clock_boot_s();
}

Timekeeper *
timekeeper_new(Marks *marks, gint64 built_s)
{
    Timekeeper *keeper = g_new0(Timekeeper, 1);
    keeper->references = 1;
    keeper->built_s = built_s;
    keeper->marks = marks != NULL ? marks_ref(marks) : NULL;
    keeper->start_s = get_start_s(clock_now());
    g_mutex_init(&keeper->lock);
    return keeper;
}

Timekeeper *
timekeeper_ref(Timekeeper *keeper)
{
    g_atomic_int_inc(&keeper->references);
    return keeper;
}

void
timekeeper_unref(Timekeeper *keeper)
{
    if (keeper == NULL || !g_atomic_int_dec_and_test(&keeper->references))
        return;
    marks_unref(keeper->marks);
    g_mutex_clear(&keeper->lock);
    g_free(keeper->fault);
    g_free(keeper);
}

static gint64
get_newest_mark_s(Timekeeper *keeper)
{
    gint64 now_us = clock_monotonic_us();
    if (keeper->mark_until_us == 0 || now_us >= keeper->mark_until_us) {
        keeper->mark_s = marks_get_newest_s(keeper->marks);
        keeper->mark_until_us = now_us + MARK_AGE_US;
    }
    return keeper->mark_s;
}

/* What the time must not be behind. */
static const char *
find_behind(Timekeeper *keeper, gint64 now_s, gint64 newest_list_s)
{
    if (now_s < keeper->built_s)
        return "it is before this program was built";
    if (now_s + TIMEKEEPER_LIST_SLACK_S < newest_list_s)
        return "it is before the newest revocation list was made";
    if (now_s + TIMEKEEPER_MARK_SLACK_S < get_newest_mark_s(keeper))
        return "it is before mail was last encrypted";
    return NULL;
}

/* One line each time what is wrong changes. */
static void
tell(Timekeeper *keeper, const char *fault)
{
    if (g_strcmp0(keeper->fault, fault) == 0)
        return;
    if (fault != NULL)
        log_event(LOG_LEVEL_ERROR, "clock", "fault", fault, "text",
                  "nothing is signed or encrypted until the machine's time is "
                  "right; when it is, \"sceau refresh clock\" says so",
                  NULL);
    else
        log_event(LOG_LEVEL_NOTICE, "clock", "fault", "none any more", NULL);
    g_free(keeper->fault);
    keeper->fault = g_strdup(fault);
}

char *
timekeeper_check(Timekeeper *keeper, gint64 newest_list_s)
{
    gint64 now_s = clock_now();
    g_mutex_lock(&keeper->lock);
    const char *fault = find_behind(keeper, now_s, newest_list_s);
    gint64 start_s = get_start_s(now_s);
    if (fault == NULL && keeper->lost)
        keeper->start_s = start_s;
    keeper->lost = fault != NULL;
    if (fault == NULL && ABS(start_s - keeper->start_s) > TIMEKEEPER_JUMP_S)
        fault = "it has jumped by more than an hour";
    tell(keeper, fault);
    g_mutex_unlock(&keeper->lock);
    return g_strdup(fault);
}

void
timekeeper_accept(Timekeeper *keeper)
{
    g_mutex_lock(&keeper->lock);
    keeper->start_s = get_start_s(clock_now());
    keeper->mark_until_us = 0;
    g_mutex_unlock(&keeper->lock);
}
