/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
every_counter_has_a_name_and_help(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_COUNT; i++) {
        assert_true(g_str_has_prefix(metrics_get_name((Metric)i), "sceau_"));
        assert_true(g_str_has_suffix(metrics_get_name((Metric)i), "_total"));
        assert_true(strlen(metrics_get_help((Metric)i)) > 5);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(metrics_get_name((Metric)i),
                                    metrics_get_name((Metric)k));
    }
}

static gpointer
count(gpointer unused)
{
    for (int i = 0; i < 10000; i++)
        metrics_add(METRIC_COPIES, 1);
    return unused;
}

static void
threads_lose_no_count(void **state)
{
    (void)state;
    guint64 before = metrics_get(METRIC_COPIES);
    GThread *threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("count", count, NULL);
    for (int i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    assert_int_equal(metrics_get(METRIC_COPIES), before + 40000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_counter_has_a_name_and_help),
        cmocka_unit_test(threads_lose_no_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
