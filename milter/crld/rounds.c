/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds: every list that the configuration names, fetched and indexed. */
#include "crld/rounds.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/problems.h"
#include "base/settings.h"
#include "certs/crllearn.h"
#include "certs/finder.h"
#include "certs/folder.h"
#include "certs/trust_settings.h"
#include "crld/renew.h"
#include "smime/certificate.h"

#include <stdio.h>
#include <string.h>

#define MAX_LIST_BYTES (128 * 1024 * 1024)
#define FETCH_MS       300000
#define DIRECTORY_MS   60000
#define MAX_WAIT_S     3600
#define INDEX_EVERY_S  5
#define MAX_LEARNT     256

/* One trust set with a folder for lists. */
typedef struct {
    const TrustSettings *settings;
    GPtrArray *issuers; /* Certificate * */
    Indexer *indexer;   /* NULL: no indexes wanted */
} Set;

/* One address of one trust set. */
typedef struct {
    RenewWish wish;
    char *learnt; /* the url of wish, when a certificate named it */
    bool proven;  /* it gave a list once */
    gint64 due_s;
    unsigned failures;
} Job;

struct Rounds {
    Settings *settings;
    GPtrArray *sets; /* Set * */
    GPtrArray *jobs; /* Job * */
    const CrldSettings *crld;
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
free_job(gpointer pointer)
{
    Job *job = pointer;
    g_free(job->learnt);
    g_free(job);
}

static Job *
add_job(Rounds *rounds, const Set *set, const char *url)
{
    const TrustSettings *settings = set->settings;
    Job *job = g_new0(Job, 1);
    job->wish = (RenewWish){
        .trust = settings->head.name,
        .url = url,
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
    return job;
}

static void
add_jobs(Rounds *rounds, const Set *set)
{
    for (char **url = set->settings->crl_urls; *url != NULL; url++)
        (void)add_job(rounds, set, *url);
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

/* --- what certificates say --------------------------------------------- */

/* Of the settings outside any block, the one we need. */
typedef struct {
    SettingsHead head;
    char *user;
} TopSettings;

static const SettingRow top_rows[] = {{.name = "user",
                                       .type = SETTING_TEXT,
                                       .offset = offsetof(TopSettings, user),
                                       .default_text = "sceau",
                                       .help = "the user of sceaud"},
                                      {0}};

static const SettingsTable top_settings = {.size_bytes = sizeof(TopSettings),
                                           .rows = top_rows};

const char *
rounds_get_control(const Rounds *rounds, const char **learn_from)
{
    const TopSettings *top = settings_get(rounds->settings, NULL);
    bool reached = rounds->crld->head.present &&
                   strcmp(rounds->crld->control, "none") != 0;
    *learn_from = reached && rounds->crld->learn ? top->user : NULL;
    return reached ? rounds->crld->control : NULL;
}

static const Set *
find_set(const Rounds *rounds, const char *trust)
{
    for (guint i = 0; i < rounds->sets->len; i++) {
        const Set *set = g_ptr_array_index(rounds->sets, i);
        if (strcmp(set->settings->head.name, trust) == 0)
            return set;
    }
    return NULL;
}

static bool
is_known(const Rounds *rounds, const char *trust, const char *url)
{
    for (guint i = 0; i < rounds->jobs->len; i++) {
        const Job *job = g_ptr_array_index(rounds->jobs, i);
        if (strcmp(job->wish.trust, trust) == 0 &&
            strcmp(job->wish.url, url) == 0)
            return true;
    }
    return false;
}

/* False: all places are taken by addresses that gave lists. */
static bool
make_room(Rounds *rounds)
{
    guint count = 0;
    guint worst = G_MAXUINT;
    unsigned most = 0;
    for (guint i = 0; i < rounds->jobs->len; i++) {
        const Job *job = g_ptr_array_index(rounds->jobs, i);
        count += job->learnt != NULL;
        if (job->learnt == NULL || job->proven || job->failures <= most)
            continue;
        worst = i;
        most = job->failures;
    }
    if (count < MAX_LEARNT)
        return true;
    if (worst == G_MAXUINT)
        return false;
    g_ptr_array_remove_index(rounds->jobs, worst);
    return true;
}

static bool
learn(Rounds *rounds, const char *trust, const char *url)
{
    const Set *set = find_set(rounds, trust);
    if (!rounds->crld->head.present || !rounds->crld->learn || set == NULL ||
        !crllearn_check_url(url) || is_known(rounds, trust, url) ||
        !make_room(rounds))
        return false;
    char *own = g_strdup(url);
    add_job(rounds, set, own)->learnt = own;
    return true;
}

static char *
get_learnt_path(const Rounds *rounds)
{
    return g_build_filename(rounds->crld->index, "learnt", NULL);
}

/* A line each, as they come in datagrams: trust set, blank, address. */
static void
load_learnt(Rounds *rounds)
{
    g_autofree char *path = get_learnt_path(rounds);
    g_autofree char *text = NULL;
    if (!rounds->crld->head.present || !rounds->crld->learn ||
        !g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", MAX_LEARNT + 1);
    for (char **line = lines; *line != NULL; line++) {
        char *blank = strrchr(*line, ' ');
        if (blank == NULL)
            continue;
        *blank = '\0';
        (void)learn(rounds, *line, blank + 1);
    }
}

static void
save_learnt(const Rounds *rounds)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < rounds->jobs->len; i++) {
        const Job *job = g_ptr_array_index(rounds->jobs, i);
        if (job->learnt != NULL)
            g_string_append_printf(text, "%s %s\n", job->wish.trust,
                                   job->learnt);
    }
    g_autofree char *path = get_learnt_path(rounds);
    g_autoptr(GError) error = NULL;
    if (!g_file_set_contents(path, text->str, (gssize)text->len, &error))
        log_event(LOG_LEVEL_WARNING, "learnt-not-kept", "error", error->message,
                  NULL);
}

void
rounds_learn(Rounds *rounds, const char *trust, const char *url)
{
    if (!learn(rounds, trust, url))
        return;
    log_event(LOG_LEVEL_NOTICE, "crl-learnt", "trust", trust, "url", url, NULL);
    save_learnt(rounds);
}

/* --- all of it --------------------------------------------------------- */

Rounds *
rounds_new(const char *config, bool (*stop)(void))
{
    static const SettingsTable *const tables[] = {
        &top_settings, &trust_settings, &crld_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Rounds) rounds = g_new0(Rounds, 1);
    rounds->stop = stop;
    rounds->sets = g_ptr_array_new_with_free_func(free_set);
    rounds->jobs = g_ptr_array_new_with_free_func(free_job);
    rounds->settings = settings_load_part(config, tables, problems);
    const GPtrArray *blocks =
        settings_get_all(rounds->settings, trust_settings.block);
    const CrldSettings *crld =
        settings_get(rounds->settings, crld_settings.block);
    const char *index = crld->head.present ? crld->index : NULL;
    rounds->crld = crld;
    for (guint i = 0; problems_count(problems) == 0 && i < blocks->len; i++)
        add_set(rounds, g_ptr_array_index(blocks, i), index, problems);
    problems_print(problems, stderr);
    if (problems_count(problems) == 0)
        load_learnt(rounds);
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
    job->proven = job->proven || good;
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
