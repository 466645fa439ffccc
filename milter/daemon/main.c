/* SPDX-License-Identifier: BSD-2-Clause */
/* sceaud: an ordered list. Read it from the end. */
#include "config.h"

#include "base/clock.h"
#include "base/control.h"
#include "base/error.h"
#include "base/log.h"
#include "base/state.h"
#include "daemon/control_server.h"
#include "daemon/listen.h"
#include "daemon/privileges.h"
#include "daemon/reload.h"
#include "daemon/session.h"
#include "mime/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define DEFAULT_CONFIG SYSCONFDIR "/sceau/sceau.conf"

/* How long messages under way may take once we are told to stop. */
#define STOP_WAIT_US (60 * G_USEC_PER_SEC)

/* Longer than any client retries, and shorter than a second copy matters. */
#define JOURNAL_AGE_S (14 * 24 * 3600)

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

/* For whoever starts us; in the log too when that is somewhere else. */
static int
report(const GError *error, const GeneralSettings *general)
{
    (void)fprintf(stderr, "sceaud: %s\n", error->message);
    if (general->log == LOG_TO_SYSLOG)
        log_event(LOG_LEVEL_ERROR, "not-started", "error", error->message,
                  NULL);
    return get_exit_status(error);
}

/* --- set-up ------------------------------------------------------------ */

/* The settings alone: root learns whom to become and where to listen, and
 * reads nothing that somebody else may have written. tables must outlive it.
 * NULL after telling why. */
static Settings *
load_settings(const char *config, const GPtrArray *tables)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = settings_load(
        config, (const SettingsTable *const *)tables->pdata, problems);
    if (problems_count(problems) == 0)
        return g_steal_pointer(&settings);
    problems_print(problems, stderr);
    return NULL;
}

/* Becomes the configured user and reads everything as that user: what only
 * root can read would be missing at the first reload. */
static Setup *
load_setup(const char *config, const Privileges *privileges, GError **error)
{
    if (!privileges_drop(privileges, error) || !privileges_harden(error))
        return NULL;
    g_autoptr(Problems) problems = problems_new();
    Setup *setup = reload_load(config, problems);
    problems_print(problems, stderr);
    if (setup == NULL)
        error_set(error, ERROR_CONFIG, "the configuration cannot be used");
    return setup;
}

static int
test_setup(const char *config, const GeneralSettings *general,
           const Privileges *privileges)
{
    g_autoptr(GError) error = NULL;
    bool safe = listen_check(general, privileges, &error);
    if (!safe) {
        (void)fprintf(stderr, "sceaud: %s\n", error->message);
        g_clear_error(&error);
    }
    g_autoptr(Setup) setup = load_setup(config, privileges, &error);
    if (setup != NULL && safe) {
        printf("the configuration is good\n");
        return EX_OK;
    }
    if (error != NULL)
        (void)fprintf(stderr, "sceaud: %s\n", error->message);
    return error != NULL ? get_exit_status(error) : EX_CONFIG;
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

/* Libmilter's loop until a signal ends it. */
static int
serve(const SessionWorld *world, const Setup *setup, int control)
{
    reload_log_setup("start", setup);
    warn_of_inet(setup);
    ControlServer *server = control_server_new(control, world->reload);
    int result = smfi_main();
    control_server_free(server);
    bool idle = session_stop(clock_monotonic_us() + STOP_WAIT_US);
    g_autoptr(Setup) last = reload_get_setup(world->reload);
    listen_close(setup->general);
    reload_log_counters();
    reload_log_setup("stop", last);
    if (!idle)
        /* A message still under way holds what would be freed now. Its
         * client gets a 4xx and the journal keeps copies from doubling. */
        _exit(EX_TEMPFAIL);
    reload_free(world->reload);
    state_free(world->state);
    return result == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}

static State *
open_state(const Setup *setup, GError **error)
{
    State *state = state_open(setup->general->state, error);
    g_autoptr(GError) unexpired = NULL;
    if (state != NULL && !state_expire_copies(state, JOURNAL_AGE_S, &unexpired))
        log_event(LOG_LEVEL_WARNING, "journal", "error", unexpired->message,
                  NULL);
    return state;
}

/* The control socket; -1: none. Mail goes on without it. */
static int
open_control(const GeneralSettings *general, const Privileges *privileges)
{
    if (strcmp(general->control, "none") == 0)
        return -1;
    g_autoptr(GError) error = NULL;
    int fd = control_listen(general->control, privileges->uid, privileges->gid,
                            &error);
    if (fd < 0)
        log_event(
            LOG_LEVEL_WARNING, "no-control", "error", error->message, "text",
            "sceau status, reload and refresh do not reach this sceaud", NULL);
    return fd;
}

/* From the sockets, which root opens, to everything a message needs. */
static Setup *
prepare(const char *config, const GeneralSettings *general,
        const Privileges *privileges, SessionWorld *world, int *control,
        GError **error)
{
    if (smfi_register(session_get_filter(world)) != MI_SUCCESS) {
        error_set(error, ERROR_INTERNAL, "libmilter refuses our filter");
        return NULL;
    }
    if (!listen_open(general, privileges, error))
        return NULL;
    *control = open_control(general, privileges);
    g_autoptr(Setup) setup = load_setup(config, privileges, error);
    if (setup != NULL)
        world->state = open_state(setup, error);
    if (world->state != NULL) {
        world->reload = reload_new(setup_ref(setup));
        if (reload_start(world->reload, error))
            return g_steal_pointer(&setup);
        g_clear_pointer(&world->reload, reload_free);
        g_clear_pointer(&world->state, state_free);
    }
    listen_close(general);
    return NULL;
}

static int
run(const char *config, const GeneralSettings *general,
    const Privileges *privileges)
{
    g_autoptr(GError) error = NULL;
    int control = -1;
    SessionWorld world = {.inet = listen_is_inet(general->socket)};
    log_open(general->log == LOG_TO_STDERR ? LOG_SINK_STDERR : LOG_SINK_SYSLOG,
             "sceaud");
    g_autoptr(Setup) setup =
        prepare(config, general, privileges, &world, &control, &error);
    return setup != NULL ? serve(&world, setup, control)
                         : report(error, general);
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
    g_autoptr(GPtrArray) tables = reload_list_tables();
    g_autoptr(Settings) settings = load_settings(line.config, tables);
    if (settings == NULL)
        return EX_CONFIG;
    const GeneralSettings *general = settings_get(settings, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Privileges) privileges = privileges_new(general, &error);
    if (privileges == NULL) {
        (void)fprintf(stderr, "sceaud: %s\n", error->message);
        return get_exit_status(error);
    }
    return line.test ? test_setup(line.config, general, privileges)
                     : run(line.config, general, privileges);
}
