/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/smimecert.h"

#include "smime/certificate.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static GPtrArray *
extract(const void *bytes, gsize size, guint limit)
{
    GPtrArray *found =
        g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    smimecert_extract(bytes, size, found, limit);
    return found;
}

/* certs-only SignedData of two certificates. */
static GBytes *
make_signed_data(void)
{
    g_autofree char *dir = pki_scratch_new();
    g_autofree char *out = g_build_filename(dir, "p7", NULL);
    g_autofree char *bob = pki_path("bob.pem");
    g_autofree char *issuing = pki_path("issuing.pem");
    const char *const words[] = {"crl2pkcs7", "-nocrl", "-certfile", bob,
                                 "-certfile", issuing,  "-outform",  "DER",
                                 "-out",      out,      NULL};
    assert_int_equal(pki_openssl(words, NULL), 0);
    char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(out, &bytes, &size, NULL));
    pki_scratch_remove(g_steal_pointer(&dir));
    return g_bytes_new_take(bytes, size);
}

static void
certificates_are_taken_out_of_signed_data(void **state)
{
    (void)state;
    g_autoptr(GBytes) value = make_signed_data();
    gsize size = 0;
    const void *bytes = g_bytes_get_data(value, &size);
    g_autoptr(GPtrArray) found = extract(bytes, size, 10);
    assert_int_equal(found->len, 2);
    g_autoptr(Certificate) bob = pki_certificate("bob");
    bool there = false;
    for (guint i = 0; i < 2; i++)
        there = there || g_bytes_equal(g_ptr_array_index(found, i),
                                       certificate_get_der(bob));
    assert_true(there);
    g_autoptr(GPtrArray) one = extract(bytes, size, 1);
    assert_int_equal(one->len, 1);
    for (gsize cut = 0; cut < size; cut++) {
        g_autofree guint8 *copy = g_memdup2(bytes, cut);
        g_autoptr(GPtrArray) part = extract(copy, cut, 10);
        assert_true(part->len <= 2); /* and no byte past the end was read */
    }
}

static void
a_bare_certificate_is_taken_as_it_is(void **state)
{
    (void)state;
    g_autoptr(Certificate) bob = pki_certificate("bob");
    GBytes *der = certificate_get_der(bob);
    g_autoptr(GPtrArray) found =
        extract(g_bytes_get_data(der, NULL), g_bytes_get_size(der), 5);
    assert_int_equal(found->len, 1);
    assert_true(g_bytes_equal(g_ptr_array_index(found, 0), der));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_taken_out_of_signed_data),
        cmocka_unit_test(a_bare_certificate_is_taken_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
