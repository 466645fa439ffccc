/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* What log_event writes to standard error. */
static char *
listen_to(const char *value)
{
    char name[] = "/tmp/sceau-log-XXXXXX";
    int file = mkstemp(name);
    int before = dup(STDERR_FILENO);
    assert_true(file >= 0 && before >= 0);
    dup2(file, STDERR_FILENO);
    log_event(LOG_LEVEL_NOTICE, "recipient", "to", value, "absent", NULL,
              "last", "x", NULL);
    dup2(before, STDERR_FILENO);
    close(before);
    close(file);
    char *text = NULL;
    assert_true(g_file_get_contents(name, &text, NULL, NULL));
    unlink(name);
    return text;
}

static void
one_event_is_one_line_of_pairs(void **state)
{
    (void)state;
    log_open(LOG_SINK_STDERR, "sceaud");
    g_autofree char *text = listen_to("bob@x");
    assert_non_null(strstr(text, "]: info: recipient to=bob@x last=x\n"));
    assert_true(g_str_has_prefix(text, "sceaud["));
}

static void
no_value_makes_a_line_of_its_own(void **state)
{
    (void)state;
    g_autofree char *text = listen_to("a\nmessage from=forged \"x\"");
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_non_null(
        strstr(text, "to=\"a\\nmessage from=forged \\\"x\\\"\" last"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event_is_one_line_of_pairs),
        cmocka_unit_test(no_value_makes_a_line_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
