/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/status.h"

#include "base/clock.h"
#include "fake_relay.h"
#include "made_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *
tell(Reload *reload)
{
    g_autoptr(Bulletin) bulletin = bulletin_new();
    status_write(bulletin, reload, 1700000000, clock_monotonic_us());
    return g_strdup(bulletin_get_text(bulletin));
}

static void
what_runs_is_told(void **state)
{
    (void)state;
    setup_unref(made_setup_new("policy 1\n", ""));
    g_autofree char *path =
        g_build_filename(made_setup_get_dir(), "sceau.conf", NULL);
    g_autofree char *policy =
        g_build_filename(made_setup_get_dir(), "policy", NULL);
    g_autoptr(Problems) problems = problems_new();
    Setup *setup = reload_load(path, problems);
    assert_non_null(setup);
    g_autoptr(Reload) reload = reload_new(setup);
    g_autofree char *text = tell(reload);
    g_autofree char *hash =
        g_strdup_printf("policy: %.12s\n", policy_get_hash(setup->policy));
    assert_non_null(strstr(text, "started: 2023-11-14T22:13:20Z\n"));
    assert_non_null(strstr(text, hash));
    assert_non_null(strstr(text, "[cache]\naddresses = 0\n"));
    assert_non_null(strstr(text, "[counters]\nsceau_messages_total = "));
    assert_null(strstr(text, "reload-failed"));
    assert_true(g_file_set_contents(policy, "", -1, NULL));
    assert_false(reload_run(reload, NULL));
    g_autofree char *after = tell(reload);
    assert_non_null(strstr(after, "reload-failed: "));
    assert_non_null(strstr(after, hash));
    made_setup_clean();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_runs_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
