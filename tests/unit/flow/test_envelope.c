/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
paths_become_canonical_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *path, *canonical, *address;
    } rows[] = {
        {"<Bob@Example.COM>", NULL, "Bob@example.com"},
        {"<Bob@Example.COM>", "bob@example.com", "bob@example.com"},
        {"bob@example.com", NULL, "bob@example.com"},
        {"<postmaster>", NULL, "postmaster"},
        {"<postmaster>", "postmaster@example.fr", "postmaster@example.fr"},
        {"<>", NULL, NULL},
        {"<a@b@c>", NULL, NULL},
        {"<bad name>", NULL, NULL},
        {"<bob@example.com>", "", "bob@example.com"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Envelope) envelope = envelope_new();
        envelope_add_recipient(envelope, rows[i].path, NULL, rows[i].canonical);
        const EnvelopeRecipient *made = envelope_get_recipient(envelope, 0);
        assert_string_equal(made->path, rows[i].path);
        assert_string_equal(made->parameters, "");
        if (rows[i].address == NULL)
            assert_null(made->address);
        else
            assert_string_equal(made->address, rows[i].address);
    }
}

static void
the_null_sender_is_empty(void **state)
{
    (void)state;
    g_autoptr(Envelope) envelope = envelope_new();
    assert_string_equal(envelope->sender, "");
    envelope_set_sender(envelope, "<alice@example.fr>", "ENVID=x SIZE=3");
    assert_string_equal(envelope->sender, "alice@example.fr");
    envelope_set_sender(envelope, "<>", NULL);
    assert_string_equal(envelope->sender, "");
    assert_string_equal(envelope->sender_parameters, "");
}

static void
a_parameter_is_found_by_its_whole_name(void **state)
{
    (void)state;
    g_autofree char *envid =
        envelope_find_parameter("XENVID=no envid=QQ314159 RET=HDRS", "ENVID");
    assert_string_equal(envid, "QQ314159");
    assert_null(envelope_find_parameter("BODY=8BITMIME", "ENVID"));
    assert_null(envelope_find_parameter("", "ENVID"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_become_canonical_addresses),
        cmocka_unit_test(the_null_sender_is_empty),
        cmocka_unit_test(a_parameter_is_found_by_its_whole_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
