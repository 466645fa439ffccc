/* SPDX-License-Identifier: BSD-2-Clause */
/* sceaud: an ordered list. Read it from the end. */
#include "config.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/state.h"
#include "daemon/listen.h"
#include "daemon/privileges.h"
#include "daemon/reload.h"
#include "daemon/session.h"
#include "mime/decode.h"
#include "relay/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#define DEFAULT_CONFIG SYSCONFDIR "/sceau/sceau.conf"

/* How long messages under way may take once we are told to stop. */
#define STOP_WAIT_US (60 * G_USEC_PER_SEC)

/* Longer than any client retries, and shorter than a second copy matters. */
#define JOURNAL_AGE_S (14 * 24 * 3600)

static const SettingsTable *const extra_tables[] = {&relay_settings, NULL};

/* --- command line ------------------------------------------------------ */

typedef struct {
    const char *config;
    bool test;
} CommandLine;

static void
print_usage(FILE *out)
{
    (void)fprintf(out,
                  "usage: sceaud [-c FILE] [-t] | -V | -h\n\n"
                  "  -c FILE  configuration, " DEFAULT_CONFIG " by default\n"
                  "  -t       check it, offline, and exit\n"
                  "  -V       print the version and exit\n");
}

/* False: exit with *status. */
static bool
read_command_line(int argc, char **argv, CommandLine *line, int *status)
{
    int option = 0;
    *status = EX_OK;
    while ((option = getopt(argc, argv, "c:thV")) != -1) {
        if (option == 'c') {
            line->config = optarg;
        } else if (option == 't') {
            line->test = true;
        } else if (option == 'V') {
            printf("sceaud %s\n", PACKAGE_VERSION);
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

/* --- errors ------------------------------------------------------------ */

static int
get_exit_status(const GError *error)
{
    switch (error_get_class(error)) {
    case ERROR_TEMPORARY:
        return EX_TEMPFAIL;
    case ERROR_MALFORMED:
    case ERROR_INTERNAL:
        return EX_SOFTWARE;
    case ERROR_CONFIG:
        break;
    }
    return EX_CONFIG;
}

/* On the terminal of whoever starts us, and in the log. */
static int
report(const GError *error)
{
    (void)fprintf(stderr, "sceaud: %s\n", error->message);
    log_event(LOG_LEVEL_ERROR, "not-started", "error", error->message, NULL);
    return get_exit_status(error);
}

/* --- set-up ------------------------------------------------------------ */

static Setup *
load(const char *config)
{
    g_autoptr(Problems) problems = problems_new();
    Setup *setup = setup_load(config, extra_tables, problems);
    problems_print(problems, stderr);
    return setup;
}

/* Becomes the configured user and reads everything again as that user: what
 * only root can read would be missing at the first reload. */
static bool
become_user(const Privileges *privileges, Setup **setup, GError **error)
{
    if (!privileges_drop(privileges, error) || !privileges_harden(error))
        return false;
    if (!privileges->change)
        return true;
    g_autofree char *config = g_strdup((*setup)->path);
    setup_unref(*setup);
    *setup = load(config);
    if (*setup != NULL)
        return true;
    error_set(error, ERROR_CONFIG,
              "what root can read, sceaud's user cannot: see above");
    return false;
}

static int
test_setup(const Privileges *privileges, Setup **setup)
{
    g_autoptr(GError) error = NULL;
    if (listen_check((*setup)->general, privileges, &error) &&
        become_user(privileges, setup, &error)) {
        printf("the configuration is well\n");
        return EX_OK;
    }
    (void)fprintf(stderr, "sceaud: %s\n", error->message);
    return get_exit_status(error);
}

static void
open_log(const Setup *setup)
{
    log_open(setup->general->log == LOG_TO_STDERR ? LOG_SINK_STDERR
                                                  : LOG_SINK_SYSLOG,
             "sceaud");
}

static void
warn_of_inet(const Setup *setup)
{
    if (!listen_is_inet(setup->general->socket))
        return;
    log_event(LOG_LEVEL_WARNING, "inet-socket", "socket",
              setup->general->socket, "logins",
              setup->general->sign_on_inet
                  ? "believed, from whoever reaches the socket"
                  : "not believed, nothing will be signed for them",
              NULL);
}

/* --- serving ----------------------------------------------------------- */

static int
serve(SessionWorld *world, GError **error)
{
    if (!reload_start(world->reload, error))
        return report(*error);
    g_autoptr(Setup) setup = reload_get_setup(world->reload);
    reload_log_setup("start", setup);
    warn_of_inet(setup);
    int result = smfi_main();
    bool idle = session_stop(clock_monotonic_us() + STOP_WAIT_US);
    listen_close(setup->general);
    reload_log_counters();
    reload_log_setup("stop", setup);
    if (!idle)
        /* A message still under way holds what would be freed now. Its
         * client gets a 4xx and the journal keeps copies from doubling. */
        _exit(EX_TEMPFAIL);
    return result == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}

static int
run(Setup **setup, const Privileges *privileges, GError **error)
{
    SessionWorld world = {.inet = listen_is_inet((*setup)->general->socket)};
    if (smfi_register(session_get_filter(&world)) != MI_SUCCESS) {
        error_set(error, ERROR_INTERNAL, "libmilter refuses our filter");
        return report(*error);
    }
    if (!listen_open((*setup)->general, privileges, error) ||
        !become_user(privileges, setup, error))
        return report(*error);
    g_autoptr(State) state = state_open((*setup)->general->state, error);
    if (state == NULL)
        return report(*error);
    g_autoptr(GError) unexpired = NULL;
    if (!state_expire_copies(state, JOURNAL_AGE_S, &unexpired))
        log_event(LOG_LEVEL_WARNING, "journal", "error", unexpired->message,
                  NULL);
    g_autoptr(Reload) reload = reload_new(g_steal_pointer(setup), extra_tables);
    world.state = state;
    world.reload = reload;
    return serve(&world, error);
}

int
main(int argc, char **argv)
{
    CommandLine line = {.config = DEFAULT_CONFIG};
    int status = EX_OK;
    if (!read_command_line(argc, argv, &line, &status))
        return status;
    reload_block_signals();
    decode_init();
    g_autoptr(Setup) setup = load(line.config);
    if (setup == NULL)
        return EX_CONFIG;
    g_autoptr(GError) error = NULL;
    g_autoptr(Privileges) privileges = privileges_new(setup->general, &error);
    if (privileges == NULL) {
        (void)fprintf(stderr, "sceaud: %s\n", error->message);
        return get_exit_status(error);
    }
    if (line.test)
        return test_setup(privileges, &setup);
    open_log(setup);
    return run(&setup, privileges, &error);
}
