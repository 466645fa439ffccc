/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau-crld: fetches revocation lists; no mail, no keys. Read it from the
 * end. */
#include "config.h"

#include "base/log.h"
#include "certs/connection.h"
#include "crld/desk.h"
#include "crld/rounds.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define DEFAULT_CONFIG SYSCONFDIR "/sceau/sceau.conf"

typedef struct {
    const char *config;
    bool once;
    bool test;
} CommandLine;

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

/* --- serving ----------------------------------------------------------- */

/* Reads everything again; with a mistake the old settings stay in use. */
static void
reload(const char *config, Rounds **rounds)
{
    Rounds *new_rounds = rounds_new(config, is_stopping);
    if (new_rounds == NULL) {
        log_event(LOG_LEVEL_ERROR, "reload-failed", "kept", "the old one",
                  NULL);
        return;
    }
    rounds_free(*rounds);
    *rounds = new_rounds;
}

static void
hear(gpointer data, bool good, const char *trust, const char *text)
{
    (void)good;
    g_string_append_printf(data, "trust %s: %s\n", trust, text);
}

/* "sceau refresh crl": all of it, now, and the outcome. */
static void
refresh(Rounds *rounds, Desk *desk)
{
    g_autoptr(GString) text = g_string_new(NULL);
    rounds_run(rounds, true, hear, text);
    unsigned faults = rounds_count_faults(rounds);
    if (faults > 0)
        g_string_append_printf(text, "%u of them could not be had\n", faults);
    else if (text->len == 0)
        g_string_append(text, "there is nothing to fetch, and nothing new\n");
    desk_answer(desk, faults > 0 ? EX_TEMPFAIL : EX_OK, text->str);
}

static Desk *
open_desk(const Rounds *rounds, const sigset_t *signals)
{
    const char *learn_from = NULL;
    const char *control = rounds_get_control(rounds, &learn_from);
    const struct passwd *user =
        learn_from != NULL ? getpwnam(learn_from) : NULL;
    return desk_new(signals, control, user != NULL ? &user->pw_uid : NULL);
}

static void
serve(const char *config, Rounds **rounds, const sigset_t *signals)
{
    g_autoptr(Desk) desk = open_desk(*rounds, signals);
    for (;;) {
        DeskNews news;
        rounds_run(*rounds, false, NULL, NULL);
        DeskEvent event = desk_wait(desk, rounds_get_wait_s(*rounds), &news);
        if (event == DESK_SIGNAL && news.signal != SIGUSR1)
            return;
        if (event == DESK_SIGNAL) {
            reload(config, rounds);
            desk_free(desk);
            desk = open_desk(*rounds, signals);
        } else if (event == DESK_REFRESH) {
            refresh(*rounds, desk);
        } else if (event == DESK_LEARNT) {
            rounds_learn(*rounds, news.trust, news.url);
            g_free(news.trust);
            g_free(news.url);
        }
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
run(const CommandLine *line, const sigset_t *signals)
{
    Rounds *rounds = rounds_new(line->config, is_stopping);
    int status = rounds != NULL ? EX_OK : EX_CONFIG;
    if (rounds != NULL && line->test) {
        printf("%u lists to fetch\n", rounds_count(rounds));
    } else if (rounds != NULL && line->once) {
        rounds_run(rounds, true, NULL, NULL);
        status = rounds_count_faults(rounds) == 0 ? EX_OK : EX_TEMPFAIL;
    } else if (rounds != NULL) {
        serve(line->config, &rounds, signals);
    }
    rounds_free(rounds);
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
    connection_prepare(); /* SIGPIPE, too */
    (void)umask(022);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return EX_OSERR;
    log_open(LOG_SINK_STDERR, "sceau-crld");
    return run(&line, &set);
}
