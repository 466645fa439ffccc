/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau refresh: what was learnt from outside is asked for again, now. */
#include "tool/daemon.h"

#include <stdio.h>
#include <string.h>

#define MAX_ADDRESSES 1000

static const OptionRow option_rows[] = {{0}};

static bool
check_addresses(const GPtrArray *words)
{
    for (guint i = 0; i < words->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *address =
            command_read_address(g_ptr_array_index(words, i), false, &error);
        if (address != NULL)
            continue;
        (void)command_report(error);
        return false;
    }
    return true;
}

/* "certificates", "clock", or addresses. */
static CommandStatus
refresh_daemon(const char *config, const GPtrArray *words)
{
    g_autoptr(GPtrArray) question = g_ptr_array_new();
    g_ptr_array_add(question, (gpointer)(guintptr) "refresh");
    for (guint i = 0; i < words->len; i++)
        g_ptr_array_add(question, g_ptr_array_index(words, i));
    g_ptr_array_add(question, NULL);
    return daemon_tell(config, (const char *const *)question->pdata,
                       DAEMON_SLOW_US);
}

/* What sceau-crld fetches; it tells of each list as a whole. */
static CommandStatus
refresh_lists(const char *config)
{
    static const char *const question[] = {"refresh", NULL};
    return daemon_tell_crld(config, question, 2 * DAEMON_SLOW_US);
}

static CommandStatus
run(const char *config, const Options *options)
{
    const GPtrArray *words = options_get_arguments(options);
    const char *word = g_ptr_array_index(words, 0);
    if (words->len == 1 && strcmp(word, "crl") == 0)
        return refresh_lists(config);
    bool all = words->len == 1 && (strcmp(word, "certificates") == 0 ||
                                   strcmp(word, "clock") == 0);
    if (!all && !check_addresses(words))
        return STATUS_USAGE;
    return refresh_daemon(config, words);
}

const Command cmd_refresh = {
    .name = "refresh",
    .arguments = "crl|certificates|clock|ADDRESS...",
    .help = "let directories be asked or revocation lists fetched anew, or "
            "believe the clock",
    .options = option_rows,
    .min_arguments = 1,
    .max_arguments = MAX_ADDRESSES,
    .run = run,
};
