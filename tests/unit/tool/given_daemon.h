/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration whose control socket is in its own directory. */
#ifndef SCEAU_TESTS_TOOL_GIVEN_DAEMON_H
#define SCEAU_TESTS_TOOL_GIVEN_DAEMON_H

#include "fake_daemon.h"
#include "made_setup.h"
#include "run_command.h"

static char *config;
static char *control;

static inline int
set_up(void **state)
{
    (void)state;
    /* The directory's name is made with the first setup. */
    setup_unref(made_setup_new("policy 1\n", ""));
    control = g_build_filename(made_setup_get_dir(), "control.sock", NULL);
    g_autofree char *line = g_strdup_printf("control = \"%s\"", control);
    setup_unref(made_setup_new("policy 1\n", line));
    config = g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    return 0;
}

static inline int
tear_down(void **state)
{
    (void)state;
    g_clear_pointer(&config, g_free);
    g_clear_pointer(&control, g_free);
    made_setup_clean();
    return 0;
}

#endif
