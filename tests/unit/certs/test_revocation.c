/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/revocation.h"

#include "base/clock.h"
#include "tests/fakes/made_crl.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static char *dir;
static GPtrArray *issuers;

static void
put(const char *folder, const char *file)
{
    pki_scratch_put(dir, folder, file);
}

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static int
make_lists(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    put("crls", "root.crl");
    put("crls", "issuing.crl");
    issuers = g_ptr_array_new_with_free_func(drop_certificate);
    g_ptr_array_add(issuers, pki_certificate("root"));
    g_ptr_array_add(issuers, pki_certificate("issuing"));
    return 0;
}

static int
remove_lists(void **state)
{
    (void)state;
    g_ptr_array_unref(issuers);
    pki_scratch_remove(dir);
    return 0;
}

static Revocation *
make(RevocationRule rule, const char *folder, gint64 grace_ms,
     Problems *problems)
{
    g_autofree char *crls =
        folder != NULL ? g_build_filename(dir, folder, NULL) : NULL;
    /* Kept until the test program ends: a wish is borrowed. */
    const RevocationWish wish = {
        .name = "corp",
        .rule = rule,
        .crls = crls != NULL ? g_intern_string(crls) : NULL,
        .grace_ms = grace_ms,
    };
    return revocation_new(&wish, issuers, problems);
}

static CertClass
check(Revocation *revocation, const char *leaf)
{
    g_autoptr(GPtrArray) chain =
        g_ptr_array_new_with_free_func(drop_certificate);
    g_ptr_array_add(chain, pki_certificate(leaf));
    g_ptr_array_add(chain, pki_certificate("issuing"));
    g_ptr_array_add(chain, pki_certificate("root"));
    g_autofree char *reason = NULL;
    g_autofree char *told = NULL;
    CertClass class =
        revocation_check(revocation, chain, clock_now(), &reason, &told);
    assert_int_equal(reason == NULL, class == CERT_FOUND);
    if (class == CERT_REVOKED)
        assert_non_null(strstr(told, " of CN=Example Issuing"));
    return class;
}

static void
lists_tell_revoked_from_held_from_good(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Revocation) revocation =
        make(REVOCATION_AUTO, "crls", 0, problems);
    assert_int_equal(problems_count(problems), 0);
    guint64 before = revocation_get_generation(revocation);
    assert_int_equal(check(revocation, "bob"), CERT_FOUND);
    assert_int_equal(revocation_get_generation(revocation), before);
    assert_int_equal(check(revocation, "revoked"), CERT_REVOKED);
    assert_int_equal(check(revocation, "on-hold"), CERT_ON_HOLD);
}

static void
without_lists_the_rule_decides(void **state)
{
    (void)state;
    static const struct {
        RevocationRule rule;
        gint64 grace_ms;
        CertClass class;
    } rows[] = {
        {REVOCATION_AUTO, 0, CERT_FOUND},
        {REVOCATION_OFF, 0, CERT_FOUND},
        {REVOCATION_REQUIRE, 86400000, CERT_REVOCATION_UNKNOWN},
        {REVOCATION_PREFER, 86400000, CERT_REVOCATION_UNKNOWN},
        {REVOCATION_PREFER, 0, CERT_REVOCATION_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Revocation) revocation =
            make(rows[i].rule, NULL, rows[i].grace_ms, problems);
        clock_set(clock_now() + 5);
        CertClass class = check(revocation, "bob");
        clock_set(-1);
        if (class != rows[i].class)
            fail_msg("row %zu: %s", i, cert_class_get_name(class));
    }
}

static void
put_made(const char *folder, const char *name, const MadeCrl *wish)
{
    g_autoptr(GBytes) der = made_crl_new(wish);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    g_autofree char *final = g_build_filename(folder, name, NULL);
    g_autofree char *written =
        pki_scratch_write(folder, ".new", bytes, size, 0644);
    assert_int_equal(rename(written, final), 0);
}

/* Puts a list in its place by rename, and then the root's next one: once that
 * has been noticed, the list has been read. */
static void
replace(Revocation *revocation, const MadeCrl *wish)
{
    static long number;
    const MadeCrl root = {.issuer = "root", .number = ++number};
    g_autofree char *folder = g_build_filename(dir, "lists", NULL);
    guint64 before =
        revocation != NULL ? revocation_get_generation(revocation) : 0;
    assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
    put_made(folder, "list", wish);
    put_made(folder, "root", &root);
    while (revocation != NULL &&
           revocation_get_generation(revocation) == before)
        g_thread_yield();
}

static void
numbers_do_not_go_back(void **state)
{
    (void)state;
    const MadeCrl revoking = {
        .issuer = "issuing", .number = 7, .revoked = "bob"};
    const MadeCrl older = {
        .issuer = "issuing", .number = 6, .from_s = -60, .until_s = 86400};
    const MadeCrl newer = {.issuer = "issuing", .number = 8};
    replace(NULL, &revoking);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Revocation) revocation =
        make(REVOCATION_REQUIRE, "lists", 0, problems);
    assert_int_equal(check(revocation, "bob"), CERT_REVOKED);
    replace(revocation, &older);
    assert_int_equal(check(revocation, "bob"), CERT_REVOKED);
    replace(revocation, &newer);
    assert_int_equal(check(revocation, "bob"), CERT_FOUND);
}

static void
grace_counts_from_the_last_list(void **state)
{
    (void)state;
    const MadeCrl old = {
        .issuer = "issuing", .from_s = -7200, .until_s = -3600};
    replace(NULL, &old);
    static const struct {
        RevocationRule rule;
        gint64 grace_ms;
        CertClass class;
    } rows[] = {
        {REVOCATION_PREFER, 7200000, CERT_FOUND},
        {REVOCATION_PREFER, 1800000, CERT_REVOCATION_UNKNOWN},
        {REVOCATION_REQUIRE, 7200000, CERT_REVOCATION_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Revocation) revocation =
            make(rows[i].rule, "lists", rows[i].grace_ms, problems);
        CertClass class = check(revocation, "bob");
        if (class != rows[i].class)
            fail_msg("row %zu: %s", i, cert_class_get_name(class));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_tell_revoked_from_held_from_good),
        cmocka_unit_test(without_lists_the_rule_decides),
        cmocka_unit_test(numbers_do_not_go_back),
        cmocka_unit_test(grace_counts_from_the_last_list),
    };
    return cmocka_run_group_tests(tests, make_lists, remove_lists);
}
