/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crl.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/fakes/made_crl.h"
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

static Crl *
load_made(const MadeCrl *wish, const char *const *names, GError **error)
{
    char *dir = pki_scratch_new();
    g_autoptr(GPtrArray) issuers = list(names);
    g_autoptr(GBytes) der = made_crl_new(wish);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    g_autofree char *path = pki_scratch_write(dir, "made", bytes, size, 0644);
    Crl *crl = crl_load(path, issuers, error);
    pki_scratch_remove(dir);
    return crl;
}

/* RFC 5280 6.3.3, one fault a row. */
static void
a_list_must_be_its_issuers_own(void **state)
{
    (void)state;
    static const char *const alice[] = {"alice", NULL};
    static const struct {
        MadeCrl wish;
        const char *const *issuers;
        const char *fault; /* NULL: accepted */
    } rows[] = {
        {{.issuer = "issuing", .number = 3}, authorities, NULL},
        {{.issuer = "issuing", .key = "partners"}, authorities, "signed by no"},
        {{.issuer = "issuing", .key = "root"}, authorities, "signed by no"},
        {{.issuer = "alice"}, alice, "signed by no"}, /* no cRLSign */
        {{.issuer = "issuing", .oid = "2.5.29.35", .value = "3006800401020304"},
         authorities,
         "signed by no"}, /* another key identifier */
        {{.issuer = "issuing", .from_s = 3600, .until_s = 7200},
         authorities,
         "future"},
        {{.issuer = "issuing",
          .oid = "2.5.29.27",
          .value = "020101",
          .critical = TRUE},
         authorities,
         "delta"},
        {{.issuer = "issuing",
          .oid = "2.5.29.28",
          .value = "30038401FF",
          .critical = TRUE},
         authorities,
         "indirect"},
        {{.issuer = "issuing",
          .oid = "2.5.29.28",
          .value = "300483020640",
          .critical = TRUE},
         authorities,
         "only a part"},
        {{.issuer = "issuing",
          .oid = "1.2.3.4",
          .value = "0500",
          .critical = TRUE},
         authorities,
         "critical extension"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Crl) crl = load_made(&rows[i].wish, rows[i].issuers, &error);
        if ((crl != NULL) != (rows[i].fault == NULL))
            fail_msg("row %zu: %s", i, error != NULL ? error->message : "-");
        if (crl == NULL && strstr(error->message, rows[i].fault) == NULL)
            fail_msg("row %zu: %s", i, error->message);
    }
}

static CrlVerdict
ask_one(Crl *crl, const char *leaf, const char *by)
{
    g_autoptr(GPtrArray) crls = g_ptr_array_new();
    g_ptr_array_add(crls, crl);
    g_autoptr(Certificate) certificate = pki_certificate(leaf);
    g_autoptr(Certificate) issuer = pki_certificate(by);
    const Crl *judge = NULL;
    return crl_check(crls, certificate, issuer, clock_now(), &judge);
}

static void
a_list_for_a_part_is_silent_about_the_rest(void **state)
{
    (void)state;
    const MadeCrl users = {.issuer = "root",
                           .oid = "2.5.29.28",
                           .value = "30038101FF",
                           .critical = TRUE};
    g_autoptr(Crl) crl = load_made(&users, authorities, NULL);
    assert_non_null(crl);
    assert_int_equal(ask_one(crl, "issuing", "root"), CRL_UNKNOWN);
    const MadeCrl whole = {.issuer = "root"};
    g_autoptr(Crl) all = load_made(&whole, authorities, NULL);
    assert_int_equal(ask_one(all, "issuing", "root"), CRL_GOOD);
    /* Published elsewhere than bob's certificate says. */
    const MadeCrl point = {.issuer = "issuing",
                           .oid = "2.5.29.28",
                           .value = "300AA008A0068604753A2F2F",
                           .critical = TRUE};
    g_autoptr(Crl) shard = load_made(&point, authorities, NULL);
    assert_non_null(shard);
    assert_int_equal(ask_one(shard, "bob", "issuing"), CRL_UNKNOWN);
}

static void
numbers_tell_which_came_later(void **state)
{
    (void)state;
    const MadeCrl third = {.issuer = "issuing", .number = 3};
    const MadeCrl late = {.issuer = "issuing", .number = 256};
    const MadeCrl other = {.issuer = "root", .number = 2};
    g_autoptr(Crl) a = load_made(&third, authorities, NULL);
    g_autoptr(Crl) b = load_made(&late, authorities, NULL);
    g_autoptr(Crl) c = load_made(&other, authorities, NULL);
    assert_true(crl_is_behind(a, b));
    assert_false(crl_is_behind(b, a));
    assert_false(crl_is_behind(a, a));
    assert_false(crl_is_behind(c, a));
    g_autofree char *text = crl_describe(b);
    assert_non_null(strstr(text, "list 0x100 of CN=Example Issuing"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials_are_found_with_their_reason),
        cmocka_unit_test(an_old_list_is_stale_but_its_revocations_stand),
        cmocka_unit_test(a_list_must_be_its_issuers_own),
        cmocka_unit_test(a_list_for_a_part_is_silent_about_the_rest),
        cmocka_unit_test(numbers_tell_which_came_later),
        cmocka_unit_test(what_is_no_list_of_ours_is_refused_or_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
