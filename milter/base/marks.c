/* SPDX-License-Identifier: BSD-2-Clause */
/* Marks: for whom mail was encrypted lately. */
#include "base/marks.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mailbox.h"

#define EXPIRE_US (G_GINT64_CONSTANT(86400) * G_USEC_PER_SEC)

struct Marks {
    gint references; /* atomic */
    char *dir;
    GMutex lock;      /* all below */
    State *state;     /* NULL: not open */
    bool seen;        /* there was a file once */
    gint64 expire_us; /* when old marks go again; 0: not yet done */
};

Marks *
marks_new(const char *dir)
{
    Marks *marks = g_new0(Marks, 1);
    marks->references = 1;
    marks->dir = g_strdup(dir);
    g_mutex_init(&marks->lock);
    return marks;
}

Marks *
marks_ref(Marks *marks)
{
    g_atomic_int_inc(&marks->references);
    return marks;
}

void
marks_unref(Marks *marks)
{
    if (marks == NULL || !g_atomic_int_dec_and_test(&marks->references))
        return;
    state_free(marks->state);
    g_mutex_clear(&marks->lock);
    g_free(marks->dir);
    g_free(marks);
}

/* YES: it is open; NO: there is no file; UNKNOWN: TEMPORARY. Under lock. */
static StateAnswer
open_state(Marks *marks, GError **error)
{
    if (marks->state != NULL && state_get_version(marks->state) >= 0)
        return STATE_YES;
    g_clear_pointer(&marks->state, state_free);
    bool absent = false;
    marks->state = state_open_existing(marks->dir, &absent, error);
    if (marks->state != NULL) {
        marks->seen = true;
        return STATE_YES;
    }
    if (absent && !marks->seen)
        return STATE_NO;
    if (absent)
        error_set(error, ERROR_TEMPORARY, "the state file has gone");
    return STATE_UNKNOWN;
}

static StateAnswer
judge(const StateMark *mark)
{
    gint64 now_s = clock_now();
    bool counts = now_s - mark->last_s <= MARKS_AGE_S;
    bool lost = mark->lost_s == 0 || now_s - mark->lost_s <= MARKS_LOST_S;
    return counts && lost ? STATE_YES : STATE_NO;
}

StateAnswer
marks_find_lost(Marks *marks, const char *address, gint64 *last_s,
                char **reason)
{
    *reason = NULL;
    if (marks == NULL)
        return STATE_NO;
    g_autofree char *folded = mailbox_fold(address);
    StateMark mark = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&marks->lock);
    (void)locker;
    StateAnswer answer = open_state(marks, &error);
    if (answer == STATE_YES)
        answer = state_find_mark(marks->state, folded, &mark);
    if (answer == STATE_UNKNOWN)
        *reason = g_strdup_printf("it cannot be read whether there was a "
                                  "certificate before: %s",
                                  error != NULL ? error->message
                                                : "the state file fails");
    *last_s = mark.last_s;
    return answer == STATE_YES ? judge(&mark) : answer;
}

/* A failure is for the next time. */
static void
expire(Marks *marks)
{
    gint64 now_us = clock_monotonic_us();
    if (marks->expire_us != 0 && now_us < marks->expire_us)
        return;
    marks->expire_us = now_us + EXPIRE_US;
    (void)state_expire_marks(marks->state, MARKS_AGE_S, NULL);
}

bool
marks_add(Marks *marks, const char *const *addresses, GError **error)
{
    if (marks == NULL)
        return true;
    g_autoptr(GPtrArray) folded = g_ptr_array_new_with_free_func(g_free);
    for (; *addresses != NULL; addresses++)
        g_ptr_array_add(folded, mailbox_fold(*addresses));
    g_ptr_array_add(folded, NULL);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&marks->lock);
    (void)locker;
    switch (open_state(marks, error)) {
    case STATE_NO:
        error_set(error, ERROR_TEMPORARY, "there is no state file");
        return false;
    case STATE_UNKNOWN:
        return false;
    case STATE_YES:
        break;
    }
    if (!state_add_marks(marks->state, (const char *const *)folded->pdata,
                         error))
        return false;
    expire(marks);
    return true;
}

StateAnswer
marks_note_lost(Marks *marks, const char *address, GError **error)
{
    if (marks == NULL)
        return STATE_NO;
    g_autofree char *folded = mailbox_fold(address);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&marks->lock);
    (void)locker;
    StateAnswer answer = open_state(marks, error);
    return answer == STATE_YES ? state_lose_mark(marks->state, folded, error)
                               : answer;
}

gint64
marks_get_newest_s(Marks *marks)
{
    if (marks == NULL)
        return 0;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&marks->lock);
    (void)locker;
    if (open_state(marks, NULL) != STATE_YES)
        return 0;
    return MAX(state_get_newest_mark(marks->state), 0);
}

bool
marks_settle(Marks *marks, GError **error)
{
    if (marks == NULL)
        return true;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&marks->lock);
    (void)locker;
    switch (open_state(marks, error)) {
    case STATE_NO:
        return true;
    case STATE_YES:
        return state_settle_marks(marks->state, error);
    case STATE_UNKNOWN:
        break;
    }
    return false;
}
