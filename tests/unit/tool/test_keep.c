/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool/keep.h"

#include "base/error.h"
#include "made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
the_state_of_the_configuration_is_opened(void **state)
{
    (void)state;
    setup_unref(made_setup_new("policy 1\n", ""));
    const char *dir = made_setup_get_dir();
    g_autofree char *config = g_build_filename(dir, "sceau.conf", NULL);
    g_autofree char *path = g_build_filename(dir, "state/state.db", NULL);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    /* What is wrong elsewhere does not matter. */
    g_autofree char *policy = g_build_filename(dir, "policy", NULL);
    assert_true(g_file_set_contents(policy, "no policy", -1, NULL));
    State *opened = keep_open(config, NULL);
    assert_non_null(opened);
    state_free(opened);
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    made_setup_clean();
}

static void
a_wrong_configuration_is_told(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_null(keep_open("/nonexistent/sceau.conf", &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_of_the_configuration_is_opened),
        cmocka_unit_test(a_wrong_configuration_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
