/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/authorities.h"

#include "tests/unit/certs/given.h"

static void
drop(gpointer certificate)
{
    certificate_unref(certificate);
}

static guint
set(Authorities *authorities, const char *const *names)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(drop);
    for (; *names != NULL; names++)
        g_ptr_array_add(list, pki_certificate(*names));
    return authorities_set(authorities, list);
}

static void
issuers_are_found_up_to_the_root(void **state)
{
    (void)state;
    static const char *const names[] = {"root", "partners", "bob", "issuing",
                                        NULL};
    g_autoptr(Authorities) authorities = authorities_new();
    assert_int_equal(authorities_get_generation(authorities), 0);
    assert_int_equal(set(authorities, names), 3);
    g_autoptr(Certificate) bob = pki_certificate("bob");
    g_autoptr(Certificate) issuing = pki_certificate("issuing");
    g_autoptr(Certificate) stranger = pki_certificate("other-user");
    for (guint most = 0; most <= 4; most++) {
        g_autoptr(GPtrArray) hints = g_ptr_array_new_with_free_func(drop);
        authorities_add_hints(authorities, bob, hints, most);
        assert_int_equal(hints->len, MIN(most, 2));
        if (most == 0)
            continue;
        assert_string_equal(certificate_get_sha256(g_ptr_array_index(hints, 0)),
                            certificate_get_sha256(issuing));
        /* Nothing twice. */
        authorities_add_hints(authorities, bob, hints, most);
        assert_int_equal(hints->len, MIN(most, 2));
    }
    g_autoptr(GPtrArray) none = g_ptr_array_new_with_free_func(drop);
    authorities_add_hints(authorities, stranger, none, 4);
    authorities_add_hints(NULL, bob, none, 4);
    assert_int_equal(none->len, 0);
}

static void
others_make_another_generation(void **state)
{
    (void)state;
    static const char *const one[] = {"root", NULL};
    static const char *const two[] = {"root", "issuing", NULL};
    static const char *const none[] = {NULL};
    g_autoptr(Authorities) authorities = authorities_new();
    set(authorities, one);
    guint64 first = authorities_get_generation(authorities);
    assert_true(first > 0);
    set(authorities, one);
    assert_int_equal(authorities_get_generation(authorities), first);
    set(authorities, two);
    guint64 second = authorities_get_generation(authorities);
    assert_true(second > first);
    assert_int_equal(set(authorities, none), 0);
    assert_true(authorities_get_generation(authorities) > second);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issuers_are_found_up_to_the_root),
        cmocka_unit_test(others_make_another_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
