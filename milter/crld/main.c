/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau-crld: fetches revocation lists; no mail, no keys. Read it from the
 * end. */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/problems.h"
#include "base/settings.h"
#include "certs/finder.h"
#include "certs/folder.h"
#include "certs/trust_settings.h"
#include "crld/renew.h"
#include "smime/certificate.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define DEFAULT_CONFIG SYSCONFDIR "/sceau/sceau.conf"
#define MAX_LIST_BYTES (128 * 1024 * 1024)
#define FETCH_MS       300000
#define MAX_SLEEP_S    3600

typedef struct {
    const char *config;
    bool once;
    bool test;
} CommandLine;

/* One URL of one trust set. */
typedef struct {
    RenewWish wish;
    GPtrArray *issuers;
    gint64 due_s;
    unsigned failures;
} Job;

/* --- signals ----------------------------------------------------------- */

static void
fill_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGUSR1);
}

static bool
is_stopping(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 ||
                                         sigismember(&pending, SIGINT) == 1);
}

/* --- what to fetch ----------------------------------------------------- */

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static void
free_job(gpointer pointer)
{
    Job *job = pointer;
    g_ptr_array_unref(job->issuers);
    g_free(job);
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
add_jobs(GPtrArray *jobs, const TrustSettings *set, Problems *problems)
{
    /* Without a folder sceaud does not start, and says why. */
    if (*set->crl_urls == NULL || set->crls == NULL)
        return;
    g_autoptr(GPtrArray) issuers =
        g_ptr_array_new_with_free_func(drop_certificate);
    add_issuers(issuers, set->anchors, &set->head.at, problems);
    add_issuers(issuers, set->intermediates, &set->head.at, problems);
    for (char **url = set->crl_urls; *url != NULL; url++) {
        Job *job = g_new0(Job, 1);
        job->issuers = g_ptr_array_ref(issuers);
        job->wish = (RenewWish){
            .trust = set->head.name,
            .url = *url,
            .folder = set->crls,
            .issuers = issuers,
            .limits = {.private_too = set->crl_private,
                       .max_bytes = MAX_LIST_BYTES,
                       .timeout_ms = FETCH_MS,
                       .stop = is_stopping},
        };
        g_ptr_array_add(jobs, job);
    }
}

/* NULL after telling why. settings must outlive the jobs. */
static GPtrArray *
load_jobs(const char *config, Settings **settings)
{
    static const SettingsTable *const tables[] = {&trust_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    *settings = settings_load_part(config, tables, problems);
    g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func(free_job);
    const GPtrArray *sets = settings_get_all(*settings, trust_settings.block);
    for (guint i = 0; problems_count(problems) == 0 && i < sets->len; i++)
        add_jobs(jobs, g_ptr_array_index(sets, i), problems);
    problems_print(problems, stderr);
    return problems_count(problems) == 0 ? g_steal_pointer(&jobs) : NULL;
}

/* --- fetching ---------------------------------------------------------- */

static void
run_job(Job *job)
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
}

/* How many could not be fetched. */
static unsigned
run_due(GPtrArray *jobs)
{
    unsigned failed = 0;
    for (guint i = 0; i < jobs->len && !is_stopping(); i++) {
        Job *job = g_ptr_array_index(jobs, i);
        if (job->due_s <= clock_now())
            run_job(job);
        failed += job->failures > 0;
    }
    return failed;
}

static gint64
get_sleep(const GPtrArray *jobs)
{
    gint64 sleep_s = MAX_SLEEP_S;
    for (guint i = 0; i < jobs->len; i++) {
        const Job *job = g_ptr_array_index(jobs, i);
        sleep_s = MIN(sleep_s, job->due_s - clock_now());
    }
    return MAX(sleep_s, 1);
}

/* Reads everything again and fetches all at once; with a mistake the old
 * settings stay in use. */
static void
reload(const char *config, GPtrArray **jobs, Settings **settings)
{
    Settings *new_settings = NULL;
    GPtrArray *new_jobs = load_jobs(config, &new_settings);
    if (new_jobs == NULL) {
        settings_free(new_settings);
        log_event(LOG_LEVEL_ERROR, "reload-failed", "kept", "the old one",
                  NULL);
        return;
    }
    g_ptr_array_unref(*jobs);
    settings_free(*settings);
    *jobs = new_jobs;
    *settings = new_settings;
}

static void
serve(const char *config, GPtrArray **jobs, Settings **settings)
{
    sigset_t set;
    fill_signals(&set);
    for (;;) {
        (void)run_due(*jobs);
        const struct timespec wait = {.tv_sec = get_sleep(*jobs)};
        int number = sigtimedwait(&set, NULL, &wait);
        if (number == SIGTERM || number == SIGINT)
            return;
        if (number == SIGUSR1)
            reload(config, jobs, settings);
    }
}

/* --- start ------------------------------------------------------------- */

static void
print_usage(FILE *out)
{
    (void)fprintf(out,
                  "usage: sceau-crld [-c FILE] [-1] [-t] | -V | -h\n\n"
                  "  -c FILE  configuration, " DEFAULT_CONFIG " by default\n"
                  "  -1       fetch every list once and exit\n"
                  "  -t       check the configuration and exit\n"
                  "  -V       print the version and exit\n");
}

/* False: exit with *status. */
static bool
read_command_line(int argc, char **argv, CommandLine *line, int *status)
{
    int option = 0;
    *status = EX_OK;
    while ((option = getopt(argc, argv, "c:1thV")) != -1) {
        if (option == 'c') {
            line->config = optarg;
        } else if (option == '1') {
            line->once = true;
        } else if (option == 't') {
            line->test = true;
        } else if (option == 'V') {
            printf("sceau-crld %s\n", PACKAGE_VERSION);
            return false;
        } else {
            *status = option == 'h' ? EX_OK : EX_USAGE;
            print_usage(option == 'h' ? stdout : stderr);
            return false;
        }
    }
    if (optind == argc)
        return true;
    print_usage(stderr);
    *status = EX_USAGE;
    return false;
}

static int
run(const CommandLine *line)
{
    Settings *settings = NULL;
    GPtrArray *jobs = load_jobs(line->config, &settings);
    int status = jobs != NULL ? EX_OK : EX_CONFIG;
    if (jobs != NULL && line->test)
        printf("%u lists to fetch\n", jobs->len);
    else if (jobs != NULL && line->once)
        status = run_due(jobs) == 0 ? EX_OK : EX_TEMPFAIL;
    else if (jobs != NULL)
        serve(line->config, &jobs, &settings);
    if (jobs != NULL)
        g_ptr_array_unref(jobs);
    settings_free(settings);
    return status;
}

int
main(int argc, char **argv)
{
    CommandLine line = {.config = DEFAULT_CONFIG};
    int status = EX_OK;
    sigset_t set;
    if (!read_command_line(argc, argv, &line, &status))
        return status;
    /* What comes from strangers is read here: not with root's rights. */
    if (geteuid() == 0 && !line.test) {
        (void)fprintf(stderr, "sceau-crld: start it as a user of its own, "
                              "not as root\n");
        return EX_CONFIG;
    }
    fill_signals(&set);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(022);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return EX_OSERR;
    log_open(LOG_SINK_STDERR, "sceau-crld");
    return run(&line);
}
