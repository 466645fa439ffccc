/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds: every list that the configuration names, fetched and indexed. */
#include "crld/rounds.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/problems.h"
#include "base/settings.h"
#include "certs/finder.h"
#include "certs/folder.h"
#include "certs/trust_settings.h"
#include "crld/renew.h"
#include "smime/certificate.h"

#include <stdio.h>

#define MAX_LIST_BYTES (128 * 1024 * 1024)
#define FETCH_MS       300000
#define DIRECTORY_MS   60000
#define MAX_WAIT_S     3600
#define INDEX_EVERY_S  5

/* One trust set with a folder for lists. */
typedef struct {
    const TrustSettings *settings;
    GPtrArray *issuers; /* Certificate * */
    Indexer *indexer;   /* NULL: no indexes wanted */
} Set;

/* One address of one trust set. */
typedef struct {
    RenewWish wish;
    gint64 due_s;
    unsigned failures;
} Job;

struct Rounds {
    Settings *settings;
    GPtrArray *sets; /* Set * */
    GPtrArray *jobs; /* Job * */
    bool (*stop)(void);
    /* While rounds_run runs. */
    IndexerTell tell;
    gpointer data;
};

/* --- loading ----------------------------------------------------------- */

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static void
free_set(gpointer pointer)
{
    Set *set = pointer;
    indexer_free(set->indexer);
    g_ptr_array_unref(set->issuers);
    g_free(set);
}

static void
add_issuers(GPtrArray *issuers, const char *path, const Position *at,
            Problems *problems)
{
    if (path == NULL)
        return;
    g_autoptr(GPtrArray) found = folder_load_certificates(path, at, problems);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add(issuers, certificate_ref(g_ptr_array_index(found, i)));
}

static void
add_jobs(Rounds *rounds, const Set *set)
{
    const TrustSettings *settings = set->settings;
    for (char **url = settings->crl_urls; *url != NULL; url++) {
        Job *job = g_new0(Job, 1);
        job->wish = (RenewWish){
            .trust = settings->head.name,
            .url = *url,
            .folder = settings->crls,
            .issuers = set->issuers,
            .limits = {.private_too = settings->crl_private,
                       .max_bytes = MAX_LIST_BYTES,
                       .timeout_ms = FETCH_MS,
                       .stop = rounds->stop},
            .directory = {.trust = settings->head.name,
                          .start_tls = settings->crl_start_tls,
                          .tls_ca = settings->crl_tls_ca,
                          .timeout_ms = DIRECTORY_MS},
        };
        g_ptr_array_add(rounds->jobs, job);
    }
}

static void
add_set(Rounds *rounds, const TrustSettings *settings, const char *index,
        Problems *problems)
{
    /* With addresses and no folder sceaud does not start, and says why. */
    if (settings->crls == NULL)
        return;
    Set *set = g_new0(Set, 1);
    set->settings = settings;
    set->issuers = g_ptr_array_new_with_free_func(drop_certificate);
    add_issuers(set->issuers, settings->anchors, &settings->head.at, problems);
    add_issuers(set->issuers, settings->intermediates, &settings->head.at,
                problems);
    const IndexerWish wish = {.trust = settings->head.name,
                              .crls = settings->crls,
                              .index = index,
                              .issuers = set->issuers};
    set->indexer = index != NULL ? indexer_new(&wish) : NULL;
    renew_clean(settings->crls);
    g_ptr_array_add(rounds->sets, set);
    add_jobs(rounds, set);
}

Rounds *
rounds_new(const char *config, bool (*stop)(void))
{
    static const SettingsTable *const tables[] = {&trust_settings,
                                                  &crld_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Rounds) rounds = g_new0(Rounds, 1);
    rounds->stop = stop;
    rounds->sets = g_ptr_array_new_with_free_func(free_set);
    rounds->jobs = g_ptr_array_new_with_free_func(g_free);
    rounds->settings = settings_load_part(config, tables, problems);
    const GPtrArray *blocks =
        settings_get_all(rounds->settings, trust_settings.block);
    const CrldSettings *crld =
        settings_get(rounds->settings, crld_settings.block);
    const char *index = crld->head.present ? crld->index : NULL;
    for (guint i = 0; problems_count(problems) == 0 && i < blocks->len; i++)
        add_set(rounds, g_ptr_array_index(blocks, i), index, problems);
    problems_print(problems, stderr);
    return problems_count(problems) == 0 ? g_steal_pointer(&rounds) : NULL;
}

void
rounds_free(Rounds *rounds)
{
    if (rounds == NULL)
        return;
    g_ptr_array_unref(rounds->jobs);
    g_ptr_array_unref(rounds->sets);
    settings_free(rounds->settings);
    g_free(rounds);
}

unsigned
rounds_count(const Rounds *rounds)
{
    return rounds->jobs->len;
}

/* --- one round --------------------------------------------------------- */

static void
run_job(const Rounds *rounds, Job *job)
{
    gint64 next_update_s = 0;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    bool good = renew_list(&job->wish, &next_update_s, &text, &error);
    job->failures = good ? 0 : job->failures + 1;
    gint64 wait_s =
        renew_choose_wait(next_update_s - clock_now(), job->failures);
    job->due_s = clock_now() + wait_s;
    g_autofree char *wait = g_strdup_printf("%" G_GINT64_FORMAT "s", wait_s);
    log_event(good ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
              good ? "crl-fetched" : "crl-not-fetched", "trust",
              job->wish.trust, "url", job->wish.url, "list", text, "reason",
              error != NULL ? error->message : NULL, "again-in", wait, NULL);
    g_autofree char *line =
        good ? g_strdup_printf("fetched %s: %s", job->wish.url, text)
             : g_strdup_printf("not fetched: %s", error->message);
    if (rounds->tell != NULL)
        rounds->tell(rounds->data, good, job->wish.trust, line);
}

static void
hear(gpointer data, bool good, const char *trust, const char *text)
{
    const Rounds *rounds = data;
    log_event(good ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
              good ? "crl-indexed" : "crl-not-indexed", "trust", trust,
              good ? "list" : "reason", text, NULL);
    g_autofree char *line =
        g_strdup_printf("%s: %s", good ? "in use now" : "not in use", text);
    if (rounds->tell != NULL)
        rounds->tell(rounds->data, good, trust, line);
}

void
rounds_run(Rounds *rounds, bool all, IndexerTell tell, gpointer data)
{
    rounds->tell = tell;
    rounds->data = data;
    for (guint i = 0; i < rounds->jobs->len && !rounds->stop(); i++) {
        Job *job = g_ptr_array_index(rounds->jobs, i);
        if (all || job->due_s <= clock_now())
            run_job(rounds, job);
    }
    for (guint i = 0; i < rounds->sets->len && !rounds->stop(); i++) {
        const Set *set = g_ptr_array_index(rounds->sets, i);
        if (set->indexer != NULL)
            indexer_run(set->indexer, hear, rounds);
    }
    rounds->tell = NULL;
}

unsigned
rounds_count_faults(const Rounds *rounds)
{
    unsigned count = 0;
    for (guint i = 0; i < rounds->jobs->len; i++)
        count +=
            ((const Job *)g_ptr_array_index(rounds->jobs, i))->failures > 0;
    for (guint i = 0; i < rounds->sets->len; i++) {
        const Set *set = g_ptr_array_index(rounds->sets, i);
        if (set->indexer != NULL)
            count += indexer_count_faults(set->indexer);
    }
    return count;
}

gint64
rounds_get_wait_s(const Rounds *rounds)
{
    gint64 wait_s = MAX_WAIT_S;
    for (guint i = 0; i < rounds->jobs->len; i++) {
        const Job *job = g_ptr_array_index(rounds->jobs, i);
        wait_s = MIN(wait_s, job->due_s - clock_now());
    }
    for (guint i = 0; i < rounds->sets->len; i++) {
        const Set *set = g_ptr_array_index(rounds->sets, i);
        if (set->indexer != NULL)
            wait_s = MIN(wait_s, INDEX_EVERY_S);
    }
    return MAX(wait_s, 1);
}
