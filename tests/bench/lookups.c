/* SPDX-License-Identifier: BSD-2-Clause */
/* The finder's cache alone, before a source that answers at once: one line of
 * "name=value" words. lookups COUNT: so many addresses, each asked once, of
 * which some fail. */
#include "base/clock.h"
#include "certs/cache.h"
#include "certs/finder.h"
#include "certs/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of a thousand answers: how many are silence, and how many ambiguous. */
#define SILENT    100
#define AMBIGUOUS 50
#define BATCH     50
#define WARM      200000
#define AGAIN     1000000

static guint answered;

static void
find(Source *source, const char *const *addresses, guint count,
     gint64 deadline_us, SourceAnswer *answers)
{
    (void)source;
    (void)deadline_us;
    for (guint i = 0; i < count; i++) {
        guint kind = answered++ % 1000;
        answers[i].filter = g_strdup_printf("(mail=%s)", addresses[i]);
        answers[i].proven = true;
        if (kind < SILENT)
            source_answer_set(&answers[i], SOURCE_SILENT, g_strdup("a fault"));
        else if (kind < SILENT + AMBIGUOUS)
            source_answer_set(&answers[i], SOURCE_AMBIGUOUS, g_strdup("two"));
        else
            source_answer_set(&answers[i], SOURCE_ANSWERED, NULL);
    }
}

static void
keep(Source *source)
{
    (void)source;
}

static long
read_anonymous_kib(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        return 0;
    const char *at = strstr(text, "RssAnon:");
    return at != NULL ? strtol(at + strlen("RssAnon:"), NULL, 10) : 0;
}

static double
read_cpu_us(void)
{
    struct timespec spent;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec * 1e6 + (double)spent.tv_nsec / 1e3;
}

static void
ask(Finder *finder, guint from)
{
    char *addresses[BATCH + 1] = {NULL};
    for (guint i = 0; i < BATCH; i++)
        addresses[i] = g_strdup_printf("person%u@example.fr", from + i);
    g_autoptr(GPtrArray) answers = finder_find(
        finder, addresses, clock_monotonic_us() + 60 * G_USEC_PER_SEC);
    for (guint i = 0; i < BATCH; i++)
        g_free(addresses[i]);
}

static double
ask_again(Finder *finder)
{
    char *one[] = {(char *)(guintptr) "known@example.fr", NULL};
    gint64 deadline_us = clock_monotonic_us() + 60 * G_USEC_PER_SEC;
    double least_us = 1e9;
    for (int round = 0; round < 10; round++) {
        double before_us = read_cpu_us();
        for (guint i = 0; i < AGAIN / 10; i++)
            g_ptr_array_unref(finder_find(finder, one, deadline_us));
        least_us = MIN(least_us, (read_cpu_us() - before_us) / (AGAIN / 10));
    }
    return least_us;
}

static Settings *
make_settings(void)
{
    static const SettingRow no_rows[] = {{0}};
    static const SettingsTable top = {.size_bytes = sizeof(SettingsHead),
                                      .rows = no_rows};
    static const SettingsTable *const tables[] = {&top,
                                                  &directory_settings,
                                                  &certificates_settings,
                                                  &trust_settings,
                                                  &gateway_settings,
                                                  &lookup_settings,
                                                  NULL};
    g_autoptr(Problems) problems = problems_new();
    return settings_parse("bench", "", 0, tables, problems);
}

int
main(int argc, char **argv)
{
    static char *const none[] = {NULL};
    Source source = {
        .name = "fake", .domains = none, .find = find, .destroy = keep};
    guint count = argc > 1 ? (guint)strtoul(argv[1], NULL, 10) : 1000000;
    g_autoptr(Settings) settings = make_settings();
    g_autoptr(Problems) problems = problems_new();
    GPtrArray *sources = g_ptr_array_new();
    g_ptr_array_add(sources, &source);
    g_autoptr(Finder) finder = finder_new_with(sources, settings, problems);
    long empty_kib = read_anonymous_kib();
    guint at = 0;
    for (; at < WARM && at < count; at += BATCH)
        ask(finder, at);
    long full_kib = read_anonymous_kib();
    for (; at < count; at += BATCH)
        ask(finder, at);
    long last_kib = read_anonymous_kib();
    answered = SILENT + AMBIGUOUS;
    double again_us = ask_again(finder);
    printf("cached_us=%.3f full_kib=%ld grown_kib=%ld\n", again_us,
           full_kib - empty_kib, last_kib - full_kib);
    return EXIT_SUCCESS;
}
