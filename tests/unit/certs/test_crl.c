/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crl.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static GPtrArray *
list(const char *const *names)
{
    GPtrArray *found =
        g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
    for (; *names != NULL; names++)
        g_ptr_array_add(found, pki_certificate(*names));
    return found;
}

static const char *const authorities[] = {"root", "issuing", "partners", NULL};

static void
add(GPtrArray *crls, const char *name)
{
    g_autoptr(GPtrArray) issuers = list(authorities);
    g_autofree char *path = pki_path(name);
    g_autoptr(GError) error = NULL;
    Crl *crl = crl_load(path, issuers, &error);
    assert_null(error);
    assert_non_null(crl);
    g_ptr_array_add(crls, crl);
}

static CrlVerdict
verdict(const GPtrArray *crls, const char *name)
{
    g_autoptr(Certificate) certificate = pki_certificate(name);
    const char *by = g_str_has_prefix(name, "partner") ? "partners"
                     : strcmp(name, "issuing") == 0    ? "root"
                     : strcmp(name, "other-user") == 0 ? "other"
                                                       : "issuing";
    g_autoptr(Certificate) issuer = pki_certificate(by);
    const Crl *judge = NULL;
    CrlVerdict verdict =
        crl_check(crls, certificate, issuer, clock_now(), &judge);
    assert_int_equal(judge == NULL, verdict == CRL_UNKNOWN);
    return verdict;
}

static void
serials_are_found_with_their_reason(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) crls =
        g_ptr_array_new_with_free_func((GDestroyNotify)crl_unref);
    add(crls, "issuing.crl");
    add(crls, "partners.crl");
    assert_int_equal(verdict(crls, "bob"), CRL_GOOD);
    assert_int_equal(verdict(crls, "revoked"), CRL_REVOKED);
    assert_int_equal(verdict(crls, "on-hold"), CRL_ON_HOLD);
    assert_int_equal(verdict(crls, "partner"), CRL_GOOD);
    assert_int_equal(verdict(crls, "partner-revoked"), CRL_REVOKED);
    assert_int_equal(verdict(crls, "issuing"), CRL_UNKNOWN);
    assert_int_equal(verdict(crls, "other-user"), CRL_UNKNOWN);
    g_autoptr(Certificate) issuing = pki_certificate("issuing");
    g_autoptr(Certificate) root = pki_certificate("root");
    assert_true(crl_covers(crls, issuing));
    assert_false(crl_covers(crls, root));
}

static void
an_old_list_is_stale_but_its_revocations_stand(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) crls =
        g_ptr_array_new_with_free_func((GDestroyNotify)crl_unref);
    add(crls, "stale.crl");
    assert_int_equal(verdict(crls, "bob"), CRL_STALE);
    add(crls, "issuing.crl");
    assert_int_equal(verdict(crls, "bob"), CRL_GOOD);
    clock_set(clock_now() + 3650LL * 86400);
    assert_int_equal(verdict(crls, "bob"), CRL_STALE);
    assert_int_equal(verdict(crls, "revoked"), CRL_REVOKED);
    clock_set(1000); /* before any list was made */
    assert_int_equal(verdict(crls, "revoked"), CRL_UNKNOWN);
    clock_set(-1);
}

static void
what_is_no_list_of_ours_is_refused_or_passed_over(void **state)
{
    (void)state;
    char *dir = pki_scratch_new();
    g_autoptr(GPtrArray) issuers = list(authorities);
    static const char *const only_partners[] = {"partners", NULL};
    g_autoptr(GPtrArray) others = list(only_partners);
    g_autoptr(GError) error = NULL;
    g_autofree char *good = pki_path("issuing.crl");
    assert_null(crl_load(good, others, &error));
    assert_null(error);
    g_autofree char *junk = pki_scratch_write(dir, "junk", "junk", 4, 0644);
    assert_null(crl_load(junk, issuers, &error));
    assert_non_null(strstr(error->message, "no revocation list"));
    g_clear_error(&error);
    assert_null(crl_load("/nonexistent.crl", issuers, &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    g_clear_error(&error);
    /* One bit of the signature turned. */
    const char *const words[] = {"crl", "-in",  good, "-outform",
                                 "DER", "-out", junk, NULL};
    assert_int_equal(pki_openssl(words, NULL), 0);
    char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(junk, &bytes, &size, NULL));
    bytes[size - 3] ^= 1;
    g_autofree char *forged =
        pki_scratch_write(dir, "forged", bytes, size, 0644);
    assert_null(crl_load(forged, issuers, &error));
    assert_non_null(strstr(error->message, "signed by no CA"));
    g_free(bytes);
    pki_scratch_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials_are_found_with_their_reason),
        cmocka_unit_test(an_old_list_is_stale_but_its_revocations_stand),
        cmocka_unit_test(what_is_no_list_of_ours_is_refused_or_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
