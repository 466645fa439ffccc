/* SPDX-License-Identifier: BSD-2-Clause */
/* Given: what the tests of commands start from: a whole configuration in a
 * private directory, see tests/fakes/made_setup.h. */
#ifndef SCEAU_TESTS_TOOL_GIVEN_H
#define SCEAU_TESTS_TOOL_GIVEN_H

#include "made_setup.h"
#include "run_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The path of its sceau.conf. */
static char *config;

/* The same people, with another policy and more settings. */
static inline void
given_config(const char *policy, const char *extra)
{
    setup_unref(made_setup_new(policy, extra));
    g_free(config);
    config = g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
}

static inline int
given_people(void **state)
{
    (void)state;
    given_config("policy 1\n", "");
    return 0;
}

/* dave's certificate is that of his organisation's gateway, too. */
static inline void
given_gateway(const char *policy)
{
    g_autofree char *extra = g_strdup_printf(
        "gateway post { domains = partner.example certificate = "
        "\"%s/certificates/dave@partner.example.pem\" }",
        made_setup_get_dir());
    given_config(policy, extra);
}

static inline int
given_nothing(void **state)
{
    (void)state;
    g_clear_pointer(&config, g_free);
    made_setup_clean();
    return 0;
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, given_people, given_nothing)

#endif
