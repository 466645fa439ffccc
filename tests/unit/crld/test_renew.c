/* SPDX-License-Identifier: BSD-2-Clause */
#include "crld/renew.h"

#include "base/clock.h"
#include "certs/crl.h"
#include "tests/fakes/fake_http.h"
#include "tests/fakes/made_crl.h"
#include "tests/fakes/pki.h"

#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static FakeHttp *fake;
static char *folder;
static GPtrArray *issuers;

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

static int
start(void **state)
{
    (void)state;
    fake = fake_http_new();
    folder = pki_scratch_new();
    issuers = g_ptr_array_new_with_free_func(drop_certificate);
    g_ptr_array_add(issuers, pki_certificate("root"));
    g_ptr_array_add(issuers, pki_certificate("issuing"));
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    fake_http_free(fake);
    pki_scratch_remove(folder);
    g_ptr_array_unref(issuers);
    return 0;
}

/* Fetches what a wish makes; NULL: it is in place, else why not. */
static char *
renew(const MadeCrl *list, gint64 *next_update_s)
{
    g_autoptr(GBytes) der = made_crl_new(list);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    g_autofree char *url = fake_http_url(fake, "/list");
    fake_http_set(fake, "/list", "200 OK", bytes, size, FALSE);
    const RenewWish wish = {
        .trust = "corp",
        .url = url,
        .folder = folder,
        .issuers = issuers,
        .limits = {.private_too = true,
                   .max_bytes = 100000,
                   .timeout_ms = 20000},
    };
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    bool good = renew_list(&wish, next_update_s, &text, &error);
    assert_int_equal(good, text != NULL);
    return good ? NULL : g_strdup(error->message);
}

/* Whether the list in place says that bob's certificate is revoked, and
 * nothing else lies about. */
static bool
is_bob_revoked(void)
{
    g_autofree char *url = fake_http_url(fake, "/list");
    g_autofree char *path = renew_get_path(folder, url, 0);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    unsigned count = 0;
    while (g_dir_read_name(dir) != NULL)
        count++;
    assert_int_equal(count, 1);
    g_autoptr(Crl) crl = crl_load(path, issuers, NULL);
    assert_non_null(crl);
    g_autoptr(GPtrArray) crls = g_ptr_array_new();
    g_ptr_array_add(crls, crl);
    g_autoptr(Certificate) bob = pki_certificate("bob");
    const Crl *judge = NULL;
    return crl_check(crls, bob, g_ptr_array_index(issuers, 1), clock_now(),
                     &judge) == CRL_REVOKED;
}

static void
a_good_list_takes_the_place_of_the_one_before(void **state)
{
    (void)state;
    gint64 next_update_s = 0;
    const MadeCrl first = {.issuer = "issuing", .number = 5};
    const MadeCrl second = {.issuer = "issuing", .number = 6, .revoked = "bob"};
    assert_null(renew(&first, &next_update_s));
    assert_true(next_update_s > clock_now());
    assert_false(is_bob_revoked());
    assert_null(renew(&second, &next_update_s));
    assert_true(is_bob_revoked());
}

static void
a_bad_one_leaves_it(void **state)
{
    (void)state;
    gint64 next_update_s = 0;
    const MadeCrl good = {.issuer = "issuing", .number = 7, .revoked = "bob"};
    assert_null(renew(&good, &next_update_s));
    static const struct {
        MadeCrl list;
        const char *fault;
    } rows[] = {
        {{.issuer = "issuing", .number = 6}, "number is smaller"},
        {{.issuer = "issuing"}, "number is smaller"},
        {{.issuer = "issuing", .number = 8, .key = "other"}, "signed by no CA"},
        {{.issuer = "other", .number = 8}, "no CA of its trust set"},
        {{.issuer = "issuing", .number = 8, .from_s = -7200, .until_s = -3600},
         "past its date"},
        {{.issuer = "issuing", .number = 8, .from_s = 7200, .until_s = 9000},
         "from the future"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *fault = renew(&rows[i].list, &next_update_s);
        if (fault == NULL || strstr(fault, rows[i].fault) == NULL)
            fail_msg("row %zu: %s", i, fault);
        assert_true(is_bob_revoked());
    }
}

static void
waits_are_bounded(void **state)
{
    (void)state;
    static const struct {
        gint64 left_s;
        unsigned failures;
        gint64 about_s;
    } rows[] = {
        {7200, 0, 3600}, {10, 0, 300},   {-10, 0, 300},  {99999999, 0, 86400},
        {7200, 1, 60},   {7200, 2, 120}, {0, 100, 3600},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 wait_s = renew_choose_wait(rows[i].left_s, rows[i].failures);
        assert_in_range(wait_s, rows[i].about_s * 9 / 10,
                        rows[i].about_s * 11 / 10);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_list_takes_the_place_of_the_one_before),
        cmocka_unit_test(a_bad_one_leaves_it),
        cmocka_unit_test(waits_are_bounded),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
