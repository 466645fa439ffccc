/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/network.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
only_addresses_and_whole_networks_are_networks(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"10.1.2.3", true},
        {"10.20.30.0/24", true},
        {"10.1.2.3/32", true},
        {"0.0.0.0/0", true},
        {"2001:db8::/32", true},
        {"2001:db8::1", true},
        {"::1", true},
        {"::ffff:10.0.0.0/104", true},
        {"", false},
        {"10.1.2", false},
        {"10.1.2.3.4", false},
        {"10.1.2.300", false},
        {"10.20.30.1/24", false},
        {"10.20.30.0/", false},
        {"10.20.30.0/33", false},
        {"10.20.30.0/-1", false},
        {"10.20.30.0/24x", false},
        {"10.20.30.0/ 24", false},
        {"10.20.30.0/24/24", false},
        {"/24", false},
        {"2001:db8::1/32", false},
        {"2001:db8::/129", false},
        {"mail.example.fr", false},
        {"10.0.0.0/18446744073709551640", false},
        {"010.1.2.3", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (network_check(rows[i].text) != rows[i].good)
            fail_msg("%s", rows[i].text);
}

static void
everybody_is_recognised_however_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool everybody;
    } rows[] = {
        {"0.0.0.0/0", true},     {"::/0", true},           {"0.0.0.0/00", true},
        {"::ffff:0:0/96", true}, {"::/80", true},          {"2000::/3", true},
        {"10.0.0.0/8", false},   {"2001:db8::/32", false}, {"fd00::/8", false},
        {"10.1.2.3", false},     {"rubbish", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (network_is_everybody(rows[i].text) != rows[i].everybody)
            fail_msg("%s", rows[i].text);
}

static void
an_address_is_found_in_its_networks_alone(void **state)
{
    (void)state;
    static char *const networks[] = {
        (char *)(guintptr) "10.20.30.0/25", (char *)(guintptr) "192.0.2.7",
        (char *)(guintptr) "2001:db8:1::/48", NULL};
    static const struct {
        const char *address;
        bool inside;
    } rows[] = {
        {"10.20.30.0", true},         {"10.20.30.127", true},
        {"10.20.30.128", false},      {"10.20.31.1", false},
        {"192.0.2.7", true},          {"192.0.2.8", false},
        {"::ffff:192.0.2.7", true},   {"IPv6:2001:db8:1::5", true},
        {"ipv6:2001:db8:1::5", true}, {"2001:DB8:1::5", true},
        {"2001:db8:2::5", false},     {"", false},
        {"unknown", false},           {"10.20.30.1 ", false},
        {"10.20.30.1/32", false},     {"[10.20.30.1]", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (network_contains_any(networks, rows[i].address) != rows[i].inside)
            fail_msg("%s", rows[i].address);
    static char *const none[] = {NULL};
    assert_false(network_contains_any(none, "10.20.30.1"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_addresses_and_whole_networks_are_networks),
        cmocka_unit_test(everybody_is_recognised_however_written),
        cmocka_unit_test(an_address_is_found_in_its_networks_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
