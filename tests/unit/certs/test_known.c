/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/known.h"

#include "base/error.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
drop(gpointer certificate)
{
    certificate_unref(certificate);
}

static GPtrArray *
chain_of(const char *const *names)
{
    GPtrArray *chain = g_ptr_array_new_with_free_func(drop);
    for (; *names != NULL; names++)
        g_ptr_array_add(chain, pki_certificate(*names));
    return chain;
}

static void
the_same_bytes_are_the_same_certificate(void **state)
{
    (void)state;
    g_autoptr(Known) known = known_new();
    g_autoptr(Certificate) bob = pki_certificate("bob");
    g_autoptr(Certificate) carol = pki_certificate("carol");
    GBytes *der = certificate_get_der(bob);
    g_autoptr(Certificate) one = known_parse(known, der, NULL);
    g_autoptr(GBytes) copy =
        g_bytes_new(g_bytes_get_data(der, NULL), g_bytes_get_size(der));
    g_autoptr(Certificate) two = known_parse(known, copy, NULL);
    g_autoptr(Certificate) other =
        known_parse(known, certificate_get_der(carol), NULL);
    assert_ptr_equal(one, two);
    assert_ptr_not_equal(one, other);
    assert_string_equal(certificate_get_sha256(one),
                        certificate_get_sha256(bob));
}

static void
what_is_no_certificate_stays_none(void **state)
{
    (void)state;
    g_autoptr(Known) known = known_new();
    g_autoptr(GBytes) bytes = g_bytes_new_static("none", 4);
    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        assert_null(known_parse(known, bytes, &error));
        assert_int_equal(error_get_class(error), ERROR_MALFORMED);
    }
}

static void
a_chain_is_known_for_its_leaf_and_set_alone(void **state)
{
    (void)state;
    g_autoptr(Known) known = known_new();
    g_autoptr(GPtrArray) chain =
        chain_of((const char *const[]){"bob", "issuing", "root", NULL});
    g_autoptr(Certificate) bob = pki_certificate("bob");
    g_autoptr(Certificate) carol = pki_certificate("carol");
    gint64 now_s = certificate_get_not_before(bob);
    assert_null(known_find_chain(known, "corp", "", bob, now_s));
    known_keep_chain(known, "corp", "", bob, chain);
    g_autoptr(GPtrArray) found =
        known_find_chain(known, "corp", "", bob, now_s);
    assert_int_equal(found->len, chain->len);
    for (guint i = 0; i < chain->len; i++)
        assert_ptr_equal(g_ptr_array_index(found, i),
                         g_ptr_array_index(chain, i));
    assert_null(known_find_chain(known, "partners", "", bob, now_s));
    assert_null(known_find_chain(known, "corp", "", carol, now_s));
}

/* Each link's dates count, at both ends. */
static void
a_chain_is_known_while_all_of_it_is_valid(void **state)
{
    (void)state;
    g_autoptr(Known) known = known_new();
    g_autoptr(GPtrArray) chain =
        chain_of((const char *const[]){"bob", "issuing", "root", NULL});
    g_autoptr(Certificate) bob = pki_certificate("bob");
    known_keep_chain(known, "corp", "", bob, chain);
    gint64 last_s = certificate_get_not_after(bob);
    g_autoptr(GPtrArray) at_last =
        known_find_chain(known, "corp", "", bob, last_s);
    assert_non_null(at_last);
    assert_null(known_find_chain(known, "corp", "", bob, last_s + 1));
    assert_null(known_find_chain(known, "corp", "", bob,
                                 certificate_get_not_before(bob) - 1));
    g_autoptr(GPtrArray) late =
        chain_of((const char *const[]){"bob", "expired", "root", NULL});
    known_keep_chain(known, "corp", "", bob, late);
    assert_null(known_find_chain(known, "corp", "", bob, last_s));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_are_the_same_certificate),
        cmocka_unit_test(what_is_no_certificate_stays_none),
        cmocka_unit_test(a_chain_is_known_for_its_leaf_and_set_alone),
        cmocka_unit_test(a_chain_is_known_while_all_of_it_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
